"""Several threads that begin together, and whatever one of them raises."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 60.0  # real seconds


def together(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result(PATIENCE)

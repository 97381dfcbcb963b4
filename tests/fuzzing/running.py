"""Feeds a target: no exception, no hang, and the same rows in either database."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlmodel import select

from qc_engine.store import arrivals
from qc_engine.store.arrivals import Incoming
from qc_engine.store.database import Database
from qc_engine.store.driver import Driver
from qc_engine.store.tables import InboxRow
from tests.fuzzing.fed import Fed
from tests.fuzzing.targets import Target

LONGEST_SECONDS = 1.0  # of the processor: other programs on the machine are nobody's fault
AT_ONCE = 200
NOT_THE_SAME = {"id"}


class Hangs(Exception):
    """It did not come back in time."""


def feed(target: Target, examples: int, number: int, databases: Sequence[Database] = ()) -> Fed:
    """`number` decides all inputs. Raises what hypothesis raises, with the smallest input that fails."""
    fed = Fed()

    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(target.inputs())
    def each(given_input: Any) -> None:
        with patient(fed):
            found = list(target.run(given_input))
        if databases and found:
            fed.waiting += found
            if len(fed.waiting) >= AT_ONCE:
                _same_in(databases, fed)

    each()
    if databases and fed.waiting:
        _same_in(databases, fed)
    return fed


@contextmanager
def patient(fed: Fed) -> Iterator[None]:
    """Raises Hangs."""
    before = time.process_time()
    with _alarm(LONGEST_SECONDS * 3):
        yield
    taken = time.process_time() - before
    fed.inputs, fed.slowest = fed.inputs + 1, max(fed.slowest, taken)
    if taken > LONGEST_SECONDS:
        raise Hangs(f"{taken:.1f} s")


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Of the processor's time; for what would never come back by itself."""

    def ring(*_: object) -> None:
        raise Hangs(f"longer than {seconds} s")

    before: Callable[..., object] | int | None = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _same_in(databases: Sequence[Database], fed: Fed) -> None:
    """What one of them cannot hold, or holds otherwise, is a bug of the door that let it in."""
    rows, fed.waiting = fed.waiting, []
    first, *others = [_stored(one, rows) for one in databases]
    assert all(one == first for one in others)
    fed.stored += len(first)


def _stored(database: Database, rows: Sequence[Incoming]) -> list[dict[str, Any]]:
    driver = Driver(database)
    with driver.transaction() as writing:
        arrivals.add_many(writing, rows)
    driver.close()
    with database.transaction() as session:
        found = session.exec(select(InboxRow).order_by("source", "key")).all()
        told = [
            {name: value for name, value in one.model_dump().items() if name not in NOT_THE_SAME}
            for one in found
        ]
        for one in found:
            session.delete(one)
    return sorted(told, key=lambda one: (one["source"], one["key"].encode()))

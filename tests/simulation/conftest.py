"""Simulated engines die and fail by the thousand: their log lines would only hide the one that matters."""

from collections.abc import Iterator

import pytest

from tests.simulation.quiet import quiet


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield

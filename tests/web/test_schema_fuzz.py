"""Schemathesis at every door at once: no 5xx, and nobody is sent anywhere but to a stored target.

For longer: `./qc test fuzz --only api`.
"""

from collections.abc import Iterator

import pytest
from schemathesis import GenerationMode

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from tests.fuzzing.api import Asking, Site, every_door, site_of

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.fixture
def site(sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site_of(sqlite_database, clock, monkeypatch) as site:
        yield site


@pytest.mark.timeout(240)  # both ways in one: as told, and against it
def test_nothing_breaks_a_door(site: Site) -> None:
    """The doors of strangers are asked more than those that open with a key alone."""
    told = every_door(site, Asking(4, {POSITIVE: 1, NEGATIVE: 1}, 20260303))
    assert told.total() > 3 * len(site.schema["paths"])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_breaks_a_door_for_long(site: Site) -> None:
    every_door(site, Asking(300, {POSITIVE: 120, NEGATIVE: 120}, 20260303))

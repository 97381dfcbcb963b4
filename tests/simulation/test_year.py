"""In a random year of many people, two portals and four calendars, no message breaks any gate.

pytest tests/simulation/test_year.py             one year, a few seconds
pytest tests/simulation/test_year.py -m slow     twenty larger years, and the planted bugs
"""

import sys

import pytest

from tests.simulation.year import Year, live
from tests.simulation.year_judge import faults
from tests.simulation.year_planted import PLANTS

YEARS, MOST_SEEDS = 20, 12


def broken(year: Year) -> list[str]:
    return list(faults(year.told, year.facts))


def test_no_message_breaks_any_gate() -> None:
    year = live(1, people=10, orders=32)
    assert broken(year) == []
    # An empty year would keep every promise.
    assert {"question", "reply", "reminder"} <= {one.purpose for one in year.told}
    assert {one.portal for one in year.told} == {"main", "berlin"}
    assert {one.scenario for one in year.told} == {"visit", "call"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(100, 100 + YEARS))
def test_no_message_breaks_any_gate_in_larger_years(seed: int) -> None:
    assert broken(live(seed, people=25, orders=150)) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", PLANTS)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS[bug](monkeypatch)
    for seed in range(MOST_SEEDS):
        if found := broken(live(seed, people=6)):
            sys.stdout.write(f"{bug}: after {seed + 1} years, {found[0]}\n")
            return
    pytest.fail(f"{MOST_SEEDS} years did not find: {bug}")

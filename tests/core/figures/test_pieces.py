"""A period falls into whole months and the days beside them, and every day is in one of them once."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_engine.core.figures.pieces import last_of, pieces

FEBRUARY, MARCH, APRIL = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
DAYS = st.dates(date(2025, 11, 1), date(2026, 5, 31))


def on(month: int, day: int) -> date:
    return date(2026, month, day)


@pytest.mark.parametrize(
    ("since", "until", "apart", "months", "days"),
    [
        (on(3, 1), on(3, 31), [], [MARCH], []),
        (on(3, 1), on(3, 30), [], [], [(on(3, 1), on(3, 30))]),
        (on(1, 20), on(4, 5), [], [FEBRUARY, MARCH], [(on(1, 20), on(1, 31)), (on(4, 1), on(4, 5))]),
        (on(1, 20), on(4, 5), [on(3, 7)], [FEBRUARY], [(on(1, 20), on(1, 31)), (on(3, 1), on(4, 5))]),
        (on(2, 1), on(4, 30), [on(3, 31)], [FEBRUARY, APRIL], [(on(3, 1), on(3, 31))]),
        (on(3, 5), on(3, 5), [], [], [(on(3, 5), on(3, 5))]),
        (on(3, 5), on(3, 4), [], [], []),
        (on(2, 1), on(2, 28), [on(7, 1)], [FEBRUARY], []),
    ],
)
def test_a_period(since: date, until: date, apart: list[date], months: list[date], days: object) -> None:
    assert pieces(since, until, apart) == (months, days)


@given(DAYS, DAYS, st.lists(DAYS, max_size=3))
def test_every_day_is_somewhere_once(since: date, until: date, apart: list[date]) -> None:
    months, days = pieces(since, until, apart)
    spans = sorted([*((month, last_of(month)) for month in months), *days])
    held = [first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)]
    assert held == [since + timedelta(days=n) for n in range((until - since).days + 1)]
    assert not any(first <= day <= last_of(first) for first in months for day in apart)

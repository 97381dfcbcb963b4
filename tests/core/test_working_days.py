"""Days as laws count them."""

from datetime import UTC, datetime

import pytest

from qc_engine.core.calendar import Holidays, WorkingDays

SPRING = Holidays(frozenset({(0, 3, 8), (2026, 3, 23)}))


@pytest.mark.parametrize(
    ("asked", "number", "last"),
    [
        ("2026-03-03T07:00", 10, "2026-03-17"),  # a Tuesday; two weekends between
        ("2026-03-06T18:59", 1, "2026-03-09"),  # a Friday's evening in Almaty
        ("2026-03-06T19:01", 1, "2026-03-09"),  # there it is Saturday
        ("2026-03-20T07:00", 1, "2026-03-24"),  # the 23rd is a holiday of that year
        ("2027-03-05T07:00", 1, "2027-03-09"),  # the 8th is one of every year
    ],
)
def test_the_end_of_the_last_one(asked: str, number: int, last: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    due = WorkingDays(number, "Asia/Almaty", SPRING).after(moment)
    assert f"{due:%Y-%m-%d %H:%M}" == f"{last} 18:59"

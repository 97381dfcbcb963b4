"""When it is said that a branch slips, and when that is over."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from qc_engine.core.figures.drift import COMPARED, WATCHED
from qc_engine.core.figures.slips import Row, Slip, slips
from qc_engine.core.figures.tally import Tally

LAST = date(2026, 3, 31)
NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)
USUAL, LOW = 9, 6


def days(branch: str, recent: Sequence[int], a_day: int = 6) -> list[Row]:
    """Every day so many answers: the usual mark, one point up and one down, and `recent` on the last days."""
    count = (COMPARED + WATCHED).days
    marks = [USUAL] * (count - len(recent)) + list(recent)
    return [
        (
            "main", branch, LAST - timedelta(days=count - 1 - number),
            Tally(a_day, a_day, 0, 0, 1000 * mark * a_day, 1_000_000 * (mark * mark * a_day + a_day), 0, 0),
        )
        for number, mark in enumerate(marks)
    ]  # fmt: skip


def names(found: Sequence[Slip]) -> list[str]:
    return [one.branch for one in found]


def test_each_branch_is_compared_with_itself() -> None:
    rows = [*days("А", [LOW] * 9), *days("Б", []), *days("В", [LOW] * 12)]
    found = slips((), rows, LAST, NOW)
    assert names(found) == ["А", "В"]
    slip = found[0]
    assert LAST - timedelta(days=8) <= slip.since <= LAST - timedelta(days=5)
    assert (slip.usual, slip.answers, slip.seen_at) == (USUAL, COMPARED.days * 6, NOW)
    assert LOW < slip.level < USUAL


def test_it_begins_once() -> None:
    (before,) = slips((), days("А", [LOW] * 9), LAST, NOW)
    later = NOW + timedelta(days=1)
    (after,) = slips([before], days("А", [LOW] * 12), LAST, later)
    assert (after.since, after.seen_at) == (before.since, NOW)
    assert after.level < before.level


@pytest.mark.parametrize(
    ("recent", "stands"),
    [
        ([LOW] * 9, True),
        ([LOW] * 9 + [USUAL] * 4, True),  # a few good days
        ([LOW] * 9 + [USUAL + 1] * 14, False),  # more than half the way back
        ([USUAL] * 30, False),
    ],
)
def test_it_is_over_when_the_average_is_half_the_way_back(recent: list[int], stands: bool) -> None:
    (before,) = slips((), days("А", [LOW] * 9), LAST, NOW)
    assert bool(slips([before], days("А", recent), LAST, NOW)) is stands


def test_around_the_limit_it_does_not_begin_anew() -> None:
    """Above the limit and not yet half the way back: who stood before stands, who did not does not."""
    for good in range(1, 22):
        rows = days("А", [LOW] * 9 + [USUAL] * good)
        if not slips((), rows, LAST, NOW):
            break
    (before,) = slips((), days("А", [LOW] * 9), LAST, NOW)
    assert good < 21
    assert len(slips([before], rows, LAST, NOW)) == 1


@pytest.mark.parametrize("rows", [[], days("Б", []), days("А", [], a_day=0)])
def test_a_branch_of_which_nothing_is_heard_is_no_worry(rows: list[Row]) -> None:
    (before,) = slips((), days("А", [LOW] * 9), LAST, NOW)
    assert slips([before], rows, LAST, NOW) == []

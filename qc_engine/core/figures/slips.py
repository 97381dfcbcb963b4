"""A branch slips: from when on it is said, and when it is over. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qc_engine.core.figures.drift import Day, Watch, watch
from qc_engine.core.figures.marks import THOUSAND
from qc_engine.core.figures.tally import Tally, added

Row = tuple[str, str, date, Tally]  # portal, branch, day


@dataclass(frozen=True)
class Slip:
    """The average of one branch's scores is below what is usual there. In points."""

    portal: str
    branch: str
    since: date  # the first day below the limit
    seen_at: datetime  # when it was seen first
    usual: float
    level: float  # the moving average now
    answers: int  # by which `usual` is known

    @property
    def place(self) -> tuple[str, str]:
        return self.portal, self.branch


def slips(known: Iterable[Slip], rows: Sequence[Row], last: date, now: datetime) -> Sequence[Slip]:
    """Those that stand after a look at all branches; `known` are those that stood before it.

    One is over when the average has come back half the way: around its limit it would come and go.
    """
    before = {one.place: one for one in known}
    found = {place: watch(days, last) for place, days in days_of_places(rows).items()}
    standing = (_slip(before.get(place), place, seen, now) for place, seen in sorted(found.items()) if seen)
    return [one for one in standing if one]


def days_of_places(rows: Sequence[Row]) -> Mapping[tuple[str, str], Sequence[Day]]:
    of_place: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        of_place.setdefault((row[0], row[1]), []).append(row)
    return {place: days_of(its) for place, its in of_place.items()}


def days_of(rows: Sequence[Row]) -> Sequence[Day]:
    """Of all these branches together, in their order; only days with answers."""
    found = added(rows, lambda row: row[2], lambda row: row[3])
    return [
        Day(day, one.answered, one.total / THOUSAND, one.squares / THOUSAND**2)
        for day, one in sorted(found.items())
        if one.answered
    ]


def _slip(before: Slip | None, place: tuple[str, str], found: Watch, now: datetime) -> Slip | None:
    low = found.low_since
    if low is None and (before is None or found.is_back):
        return None
    since = before.since if before else low
    assert since is not None
    seen_at = before.seen_at if before else now
    return Slip(*place, since, seen_at, found.usual, found.points[-1].level, found.answers)

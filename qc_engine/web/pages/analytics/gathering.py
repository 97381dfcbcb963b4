"""The numbers of the page, as three counts of the database give them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from qc_engine.core.figures.drift import COMPARED, WATCHED, Day, Watch, watch
from qc_engine.core.figures.estimates import Estimate
from qc_engine.core.figures.marks import MARKS, THOUSAND
from qc_engine.core.figures.tally import Tally, added, mean_of, together
from qc_engine.store import tallies
from qc_engine.store.tallies import Branches, Wanted
from qc_engine.web.console.policy import Place
from qc_engine.web.pages.analytics.asking import Asking

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Group:
    """Cases that have something in common; `wanted` leads to them."""

    name: str
    wanted: Wanted
    tally: Tally


@dataclass(frozen=True)
class Question:
    """The scores of one question."""

    name: str
    wanted: Wanted
    count: int
    average: Estimate | None
    marks: Mapping[int, int]
    example: str  # one of its cases


@dataclass(frozen=True)
class Week:
    """Of the trend."""

    wanted: Wanted  # its answered cases
    first: date
    tally: Tally


@dataclass(frozen=True)
class Numbers:
    """Everything that the page and the files show."""

    whole: Group
    branches: Sequence[Group]
    employees: Sequence[Group]
    services: Sequence[Group]
    weekdays: Sequence[Group]
    marks: Mapping[int, int]
    questions: Sequence[Question]
    trend: Watch | None  # of all that is narrowed to, together
    weeks: Sequence[Week]
    slipping: Sequence[tuple[Place, Watch]]  # branches


Row = tuple[str, str, date, Tally]  # portal, branch, day


def gathered(session: Session, one: Asking, mine: Branches) -> Numbers:
    first, wanted = one.wanted.since or date.min, one.wanted
    begins = one.last - WATCHED - COMPARED + timedelta(days=1)
    longer = replace(wanted, since=min(first, begins))
    days = tallies.by_day(session, longer, mine, one.settled)
    served = tallies.by_service(session, wanted, mine, one.settled)
    within = [row for row in days if row[2] >= first]
    whole = together(row[3] for row in within)
    return Numbers(
        whole=Group("", wanted, whole),
        branches=of_branches(added(within, lambda row: (row[0], row[1]), lambda row: row[3]), wanted),
        employees=_named(
            added(served, lambda row: row[0], lambda row: row[3]), lambda name: replace(wanted, employee=name)
        ),
        services=_named(
            added(served, lambda row: row[1], lambda row: row[3]), lambda name: replace(wanted, service=name)
        ),
        weekdays=_of_weekdays(within, wanted),
        marks={mark: sum(row[3].asked for row in served if row[2] == mark) for mark in MARKS},
        questions=_questions(session, wanted, mine),
        trend=watch(_days(days), one.last),
        weeks=_weeks([row for row in days if row[2] >= begins], wanted, one.last),
        slipping=_slipping(days, one.last),
    )


def of_branches(found: Mapping[tuple[str, str], Tally], wanted: Wanted) -> Sequence[Group]:
    """By portal and branch; where there are several portals, the name tells which one."""
    several = len({portal for portal, _ in found}) > 1
    return [
        Group(
            f"{branch} ({portal})" if several else branch, _at(wanted, portal, branch), found[portal, branch]
        )
        for portal, branch in sorted(found, key=lambda place: (place[1], place[0]))
    ]


def _at(wanted: Wanted, portal: str, branch: str) -> Wanted:
    return replace(wanted, portal=portal, branch=branch)


def _named(found: Mapping[str, Tally], narrowed: Callable[[str], Wanted]) -> Sequence[Group]:
    """Those with the most cases first. Where nobody was ever named there is nothing to tell apart."""
    if not any(found):
        return ()
    names = sorted(found, key=lambda name: (-found[name].asked, name))
    return [Group(name, narrowed(name), found[name]) for name in names]


def _of_weekdays(rows: Sequence[Row], wanted: Wanted) -> Sequence[Group]:
    found = added(rows, lambda row: row[2].weekday(), lambda row: row[3])
    return [Group(str(day), replace(wanted, weekday=day), found[day]) for day in sorted(found)]


def _questions(session: Session, wanted: Wanted, mine: Branches) -> Sequence[Question]:
    rows = tallies.by_question(session, wanted, mine)
    return [
        Question(
            name,
            replace(wanted, question=name),
            sum(row.count for row in rows if row.question == name),
            mean_of(*(sum(column) for column in zip(*_sums(rows, name), strict=True))),
            {row.mark: row.count for row in rows if row.question == name},
            max(row.example for row in rows if row.question == name),
        )
        for name in sorted({row.question for row in rows})
    ]


def _sums(rows: Sequence[tallies.Scores], name: str) -> Sequence[tuple[int, int, int]]:
    return [(row.count, row.total, row.squares) for row in rows if row.question == name]


# --- the trend --------------------------------------------------------------------------------


def _days(rows: Sequence[Row]) -> Sequence[Day]:
    found = added(rows, lambda row: row[2], lambda row: row[3])
    return [
        Day(day, one.answered, one.total / THOUSAND, one.squares / THOUSAND**2)
        for day, one in sorted(found.items())
        if one.answered
    ]


def _slipping(rows: Sequence[Row], last: date) -> Sequence[tuple[Place, Watch]]:
    """Each branch against itself."""
    of_place: dict[Place, list[Row]] = {}
    for row in rows:
        of_place.setdefault(Place(row[0], row[1]), []).append(row)
    seen = [(place, watch(_days(its), last)) for place, its in of_place.items()]
    low = [(place, found) for place, found in seen if found and found.low_since]
    return sorted(low, key=lambda one: (one[0].branch, one[0].portal))


def _weeks(rows: Sequence[Row], wanted: Wanted, last: date) -> Sequence[Week]:
    """From Monday to Sunday; the first and the last one may be cut."""
    found = added(rows, lambda row: row[2] - timedelta(days=row[2].weekday()), lambda row: row[3])
    first = min((row[2] for row in rows), default=last)
    return [
        Week(
            replace(wanted, since=max(week, first), until=min(week + WEEK - timedelta(days=1), last)),
            week,
            found[week],
        )
        for week in sorted(found)
    ]

"""The numbers of the page, as the sums of the database give them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session

from qc_engine.core.figures.drift import COMPARED, WATCHED, Watch, watch
from qc_engine.core.figures.estimates import Estimate
from qc_engine.core.figures.slips import Row, days_of, days_of_places
from qc_engine.core.figures.tally import Tally, added, mean_of, together
from qc_engine.store import scores, tallies
from qc_engine.store.scores import Scores
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


def gathered(session: Session, one: Asking, mine: Branches) -> Numbers:
    wanted, narrowed = one.wanted, (one.wanted, mine, one.settled)
    watched = replace(wanted, since=one.last - WATCHED - COMPARED + timedelta(days=1))
    days = tallies.by_day(session, watched, mine, one.settled)
    places = tallies.by_weekday(session, *narrowed)
    employees, services = tallies.by_employee(session, *narrowed), tallies.by_service(session, *narrowed)
    return Numbers(
        whole=Group("", wanted, together(row[3] for row in places)),
        branches=of_branches(added(places, lambda row: (row[0], row[1]), lambda row: row[3]), wanted),
        employees=_named(employees, lambda name: replace(wanted, employee=name)),
        services=_named(services, lambda name: replace(wanted, service=name)),
        weekdays=_of_weekdays(added(places, lambda row: row[2], lambda row: row[3]), wanted),
        marks=scores.by_mark(session, wanted, mine),
        questions=[_question(row, wanted) for row in scores.by_question(session, wanted, mine)],
        trend=watch(days_of(days), one.last),
        weeks=_weeks(days, wanted, one.last),
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


def _of_weekdays(found: Mapping[int, Tally], wanted: Wanted) -> Sequence[Group]:
    return [Group(str(day), replace(wanted, weekday=day), found[day]) for day in sorted(found)]


def _question(row: Scores, wanted: Wanted) -> Question:
    average = mean_of(row.count, row.total, row.squares)
    narrowed = replace(wanted, question=row.question)
    return Question(row.question, narrowed, row.count, average, row.marks, row.example)


# --- the trend --------------------------------------------------------------------------------


def _slipping(rows: Sequence[Row], last: date) -> Sequence[tuple[Place, Watch]]:
    """Each branch against itself."""
    seen = [(Place(*place), watch(days, last)) for place, days in days_of_places(rows).items()]
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

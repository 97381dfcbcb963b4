"""GET /api/analytics: the numbers of the page, by the same filters, with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from qc_engine.core.figures.estimates import Estimate
from qc_engine.store.tallies import Wanted
from qc_engine.web.calls.door import Calling
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import shown
from qc_engine.web.console import behind
from qc_engine.web.console.policy import Scope, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.analytics.asking import asking
from qc_engine.web.pages.analytics.gathering import Group, Numbers, Question, Week, gathered
from qc_engine.web.pages.analytics.shown import TABLES

WORDS = {
    "since": "First day on which cases were asked, YYYY-MM-DD; 30 days ago when it is not given",
    "until": "Last day",
    "branch": "portal/branch",
    "scenario": "Its name",
    "employee": "As the deal names them; ~ for those whom nobody has named",
    "service": "Likewise",
}
FILTERS = Filters(WORDS)


class Measured(BaseModel):
    """A number of `count` answers, and between what and what it really is, at 95 %; null: nobody can say."""

    value: float
    low: float | None
    high: float | None
    count: int


class Counted(BaseModel):
    """Cases that have something in common."""

    name: str
    asked: int
    answered: int
    clicked: int
    reviewed: int
    settled: int = Field(description="Asked so long ago that they had the time to answer")
    settled_answered: int
    rate: Measured | None = Field(description="Share of the settled ones that answered, from 0 to 1")
    average: Measured | None
    cases: str = Field(description="The filters of GET /api/cases that list the asked ones")


class Scored(BaseModel):
    """The scores of one question."""

    question: str
    answers: int
    average: Measured | None
    marks: dict[int, int] = Field(description="How often each was given")


class OfWeek(BaseModel):
    """From Monday to Sunday."""

    first: date
    answered: int
    average: Measured | None


class Figures(BaseModel):
    """What the page shows."""

    model_config = shown(since="2026-02-06", until="2026-03-08", whole={}, tables={}, marks={"9": 4})
    since: str
    until: date
    whole: Counted
    tables: dict[str, Sequence[Counted]] = Field(description="branches, employees, services, weekdays")
    marks: dict[int, int]
    questions: Sequence[Scored]
    weeks: Sequence[OfWeek]


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/analytics", tags=["analytics"])
    reading, filtered = Depends(calling(Scope.ANALYTICS)), Depends(FILTERS)

    @router.get("", summary="Response rate, average, funnel and scores", responses=answers(404),
                openapi_extra=FILTERS.described())  # fmt: skip
    def numbers(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Figures:
        one = asking(visitor, query)
        with console.database.reading() as session:
            found = gathered(session, one, scope(visitor.user))
        return _figures(one.asked.values["since"], one.last, found)

    return router


def _figures(since: str, until: date, found: Numbers) -> Figures:
    tables: dict[str, Sequence[Group]] = {name: getattr(found, name) for name in TABLES}
    return Figures(
        since=since, until=until, whole=_counted(found.whole),
        tables={name: [_counted(one) for one in groups] for name, groups in tables.items()},
        marks=dict(found.marks), questions=[_scored(one) for one in found.questions],
        weeks=[_week(one) for one in found.weeks],
    )  # fmt: skip


def _counted(one: Group) -> Counted:
    tally = one.tally
    return Counted(
        name=one.name, asked=tally.asked, answered=tally.answered, clicked=tally.clicked,
        reviewed=tally.reviewed, settled=tally.settled, settled_answered=tally.settled_answered,
        rate=_measured(tally.rate), average=_measured(tally.average), cases=_query(one.wanted),
    )  # fmt: skip


def _query(wanted: Wanted) -> str:
    return behind.address(replace(wanted, reached="asked")).partition("?")[2]


def _scored(one: Question) -> Scored:
    return Scored(question=one.name, answers=one.count, average=_measured(one.average), marks=dict(one.marks))


def _week(one: Week) -> OfWeek:
    return OfWeek(first=one.first, answered=one.tally.answered, average=_measured(one.tally.average))


def _measured(one: Estimate | None) -> Measured | None:
    return Measured(value=one.value, low=one.low, high=one.high, count=one.count) if one else None

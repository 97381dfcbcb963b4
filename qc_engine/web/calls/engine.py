"""GET /api/lanes, /api/doctor and /api/audit: how the engine stands, and who did what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from qc_engine.store import audit
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.examinations import Examination
from qc_engine.web.calls.door import Calling
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import shown
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.log import FIELDS, NOBODY, PAGE, number_in, said, sought, values_of

WORDS = (
    f"The id of a user or a token; {NOBODY}: nobody who was signed in",
    "The act, as case.pause",
    "The thing, as case:K7Q2W9XR",
    "First day, YYYY-MM-DD",
    "Last day",
)
FILTERS = Filters(
    {**dict(zip(FIELDS, WORDS, strict=True)), "before": "Number of the last line that was read"}
)


class Lane(BaseModel):
    """One way out: to a portal, to a channel."""

    name: str
    lines: Sequence[str] = Field(description="How it stands, in sentences")
    told: Mapping[str, Any] = Field(description="The same as `qc status --json` tells it, with the forecast")
    limit: Mapping[str, float] | None = Field(description="Requests a second, and how many at once")


class Lanes(BaseModel):
    """What waits, how quickly it leaves and when it will have left."""

    model_config = shown(alarms=[], lanes=[], rest=["Nothing waits"])
    alarms: Sequence[str]
    lanes: Sequence[Lane]
    rest: Sequence[str]


class Found(BaseModel):
    """One line of the doctor."""

    ok: bool
    what: str
    remedy: str


class Examined(BaseModel):
    """Our own parts as they stand now, or the vendors as they were asked last."""

    ok: bool
    at: datetime
    by: str
    findings: Sequence[Found]


class Doctor(BaseModel):
    """What was found."""

    model_config = shown(own={"ok": True, "at": "2026-03-08T09:09:00Z", "by": "", "findings": []}, last=None)
    own: Examined
    last: Examined | None = Field(description="Null: the vendors were never asked")


class Line(BaseModel):
    """Who did what, when and from where."""

    model_config = shown(
        id=12, at="2026-03-08T09:09:00Z", who="3f9", name="Till", action="case.pause", did="let a case wait",
        thing="case:K7Q2W9XR", details={"reason": "Asked to wait"}, address="10.0.0.7",
    )  # fmt: skip
    id: int
    at: datetime
    who: str = Field(description="The id of a user or of a token; empty: nobody who was signed in")
    name: str = Field(description="As it was then")
    action: str
    did: str = Field(description="The same in words")
    thing: str
    details: Mapping[str, Any]
    address: str


class Log(BaseModel):
    """The newest first."""

    model_config = shown(lines=[], before=None)
    lines: Sequence[Line]
    before: int | None = Field(description="For the next page; null: this is the last one")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["settings"])
    filtered = Depends(FILTERS)
    reading, auditing = Depends(calling(Scope.SETTINGS)), Depends(calling(Scope.AUDIT))

    @router.get("/lanes", summary="What waits to leave, with its forecast", responses=answers())
    def lanes(visitor: Visitor = reading) -> Lanes:
        return _lanes(console.office.standing(visitor.look.language))

    @router.get("/doctor", summary="What the doctor found", responses=answers())
    def doctor(visitor: Visitor = reading) -> Doctor:
        health = console.office.health()
        return Doctor(own=_examined(health.own), last=_examined(health.last) if health.last else None)

    @router.get("/audit", summary="The audit log", responses=answers(), openapi_extra=FILTERS.described())
    def log(visitor: Visitor = auditing, query: Mapping[str, str] = filtered) -> Log:
        return _log(console, visitor, query)

    return router


def _lanes(told: Mapping[str, Any]) -> Lanes:
    return Lanes(
        alarms=[one["text"] for one in told["alarms"]],
        lanes=[
            Lane(name=one["name"], lines=one["lines"], told=one["told"], limit=_limit(one["limit"]))
            for one in told["lanes"]
        ],
        rest=told["rest"],
    )


def _limit(one: tuple[float, int] | None) -> Mapping[str, float] | None:
    return {"a_second": one[0], "at_once": one[1]} if one else None


def _examined(one: Examination) -> Examined:
    findings = [Found(ok=each.ok, what=each.what, remedy=each.remedy) for each in one.findings]
    return Examined(ok=one.ok, at=one.at, by=one.by, findings=findings)


def _log(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Log:
    wanted, before = sought(visitor, values_of(query)), number_in(query.get("before", ""))
    with console.database.reading() as session:
        rows = audit.found(session, wanted, PAGE + 1, before)
    return Log(
        lines=[_line(visitor, row) for row in rows[:PAGE]],
        before=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )


def _line(visitor: Visitor, row: AuditRow) -> Line:
    return Line(
        id=row.id or 0, at=row.at, who=row.user_id, name=row.name, action=row.action,
        did=said(visitor, row.action), thing=row.thing, details=row.details, address=row.address,
    )  # fmt: skip

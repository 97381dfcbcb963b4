"""/api/scenarios/{portal}/{name}/past: a version on the clients of the past, its progress and its figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.scenario_doing import ONE, text_of, why_not
from qc_engine.web.calls.shapes import shown
from qc_engine.web.console.narrowing import clean
from qc_engine.web.console.policy import Action, Scope, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios.pasts import begin_past, past_of, readable, stop_past
from qc_engine.web.pages.scenarios.rooms import Asked, Past
from qc_engine.web.pages.scenarios.visiting import LARGEST, LONGEST_VERSION, changed, id_in, version_in
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Told

PAST = f"{ONE}/past/{{id_}}"


class Play(BaseModel):
    """What is to be lived through once more, with nothing sent and nothing written."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"version": FILE, "days": 30, "branch": ""}]}
    )
    version: str = Field(FILE, max_length=LONGEST_VERSION, description=f"A kept version, or {FILE}")
    days: Literal[7, 30, 90] = 30
    branch: str = Field("", max_length=200, description="Only of this one")
    text: str | None = Field(None, description="A text that stands in no file yet, in the version's stead")


class Stop(BaseModel):
    """Nothing is kept of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"do": "cancel"}]})
    do: Literal["cancel"]


class Played(BaseModel):
    """How far it is; when it is done, what came of it."""

    model_config = shown(
        id="K7Q2W9XR", version="0d5f22e3cf96afcc", days=30, branch="", by="Till",
        began_at="2026-03-08T09:09:00Z", state="running", done=12, of=40, why_not="", report=None,
    )  # fmt: skip
    id: str
    version: str
    days: int
    branch: str
    by: str
    began_at: datetime
    state: str = Field(description="running, done, cancelled, failed")
    done: int = Field(description="People so far")
    of: int = Field(description="Of so many; 0: they are being gathered")
    why_not: str = Field(description="Why it failed")
    report: Mapping[str, Any] | None = Field(
        description="Figures, once it is done; `people` only for a token that reads cases too"
    )


class Both(BaseModel):
    """One case by the version in force, and by the one that is tried: as GET /api/story tells it."""

    model_config = shown(case_id="K7Q2W9XR", old={}, new={})
    case_id: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])
    changing, reading = calling(Scope.SCENARIO_ACTS), Depends(calling(Scope.SCENARIOS))
    playing, stopping = Depends(sent_of(changing, Play, LARGEST)), Depends(sent_of(changing, Stop))
    seeing = Depends(calling(Scope.SCENARIO_CASES))

    @router.post(f"{ONE}/past", summary="Live the past once more by a version; it goes on by itself",
                 status_code=202, responses=answers(400, 404, 409), openapi_extra=takes(Play))  # fmt: skip
    def begin(portal: str, name: str, call: Call[Play] = playing) -> Played:
        told = changed(console, call.visitor, portal, name)
        return _told(console, call.visitor, told, _begun(console, call, told))

    @router.get(PAST, summary="How far it is, and what came of it", responses=answers(404))
    def look(portal: str, name: str, id_: str, visitor: Visitor = reading) -> Played:
        told = readable(console, visitor, portal, name)
        return _told(console, visitor, told, id_)

    @router.post(PAST, summary="Cancel it", responses=answers(400, 404), openapi_extra=takes(Stop))
    def cancel(portal: str, name: str, id_: str, call: Call[Stop] = stopping) -> Played:
        told = changed(console, call.visitor, portal, name)
        stop_past(console, call.visitor, told, id_)
        return _told(console, call.visitor, told, id_)

    @router.get(f"{PAST}/{{case_id}}", summary="Both stories of one case in it", responses=answers(404))
    def both(portal: str, name: str, id_: str, case_id: str, visitor: Visitor = seeing) -> Both:
        past = past_of(console, readable(console, visitor, portal, name), id_)
        pair = console.workshop.pasts.both(past.id, id_in(case_id), visitor.look.language)
        if pair is None:
            raise HTTPException(404)
        return Both(**pair)

    return router


def _begun(console: Console, call: Call[Play], told: Told) -> str:
    """Its id. Raises 409: why none has begun, and whose goes on."""
    one = call.asked
    text = text_of(call) if one.text is not None else None
    version = FILE if text is not None else version_in({"version": one.version})
    begun = begin_past(console, call.visitor, told, Asked(version, one.days, clean(one.branch), text))
    if begun.id:
        return begun.id
    said = [why_not(call.visitor, begun.came)]
    said += [_busy(call.visitor, begun.other)] if begun.other else []
    raise HTTPException(409, "\n".join(said))


def _busy(visitor: Visitor, other: Past) -> str:
    return visitor.say("scenarios.busy_with", name=other.name, by=other.by, done=other.done, of=other.of)


def _told(console: Console, visitor: Visitor, told: Told, id_: str) -> Played:
    past = past_of(console, told, id_)
    return Played(
        id=past.id, version=past.version, days=past.asked.days, branch=past.asked.branch, by=past.by,
        began_at=past.began_at, state=past.state, done=past.done, of=past.of,
        why_not=why_not(visitor, Came(past.why_not)) if past.why_not else "",
        report=_report(console, visitor, past),
    )  # fmt: skip


def _report(console: Console, visitor: Visitor, past: Past) -> Mapping[str, Any] | None:
    whole = console.workshop.pasts.report(past.id, visitor.look.language)
    if whole is None:
        return None
    people: Sequence[Any] = whole["people"] if visitor.may(Action.SEE_CASES, Where.COMPANY) else ()
    return {**whole, "people": people}

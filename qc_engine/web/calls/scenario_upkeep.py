"""/api/scenarios/{portal}/{name}/did, /migrate and /undo: what it did, running cases, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.scenario_doing import ONE, reason_of
from qc_engine.web.calls.shapes import Done, shown
from qc_engine.web.console.policy import Action, Scope, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios.upkeep import LONGEST_SEEN, SPANS, move_cases, take_back
from qc_engine.web.pages.scenarios.visiting import LONGEST_REASON, LONGEST_VERSION, changed, found, version_in
from qc_engine.web.pages.scenarios.workshop import Told

Rows = Sequence[Mapping[str, Any]]
SPAN = Filters(
    {"hours": f"Of the last {', '.join(map(str, SPANS))} hours; 24 when it is not given"},
    {"hours": tuple(map(str, SPANS))},
)
TO = Filters({"version": "A kept version; the one in force when it is not given"})


class Did(BaseModel):
    """What it did lately, and what is held while it stands still."""

    model_config = shown(since="2026-03-07T09:09:00+00:00", did={"messages": 4}, cases=[], held={})
    since: str
    did: Mapping[str, int] = Field(
        description="By kinds of deeds: messages, moves, tasks, deals, fields, other"
    )
    cases: Rows
    held: Mapping[str, Any]


class Movable(BaseModel):
    """Who can go by that version, and who cannot and why."""

    model_config = shown(to="dca2437b95f3f12a", can=2, cannot=0, at_once=500, cases=[])
    to: str = Field(description="Send this `version` to move them")
    can: int
    cannot: int
    at_once: int = Field(description="So many are moved by one request at most")
    cases: Rows


class Move(BaseModel):
    """Cases that can go by this version do so from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": "dca2437b95f3f12a", "reason": "The mistake is mended"}]},
    )
    version: str = Field(max_length=LONGEST_VERSION, description="`to` of the list that was read")
    reason: str = Field(max_length=LONGEST_REASON)


class Undoable(BaseModel):
    """Case by case what can be taken back in the CRM, and what is left for a person, with the reason."""

    model_config = shown(
        moves=1, tasks=1, fields=1, for_a_person=[], cases=[], seen="5f1c0a94f0d1e2b35f1c0a94f0d1e2b3"
    )
    moves: int = Field(description="Deals that go back to their stage")
    tasks: int = Field(description="Tasks that nobody has touched, and that are closed")
    fields: int = Field(description="Fields that get the value which they had before")
    for_a_person: Rows
    cases: Rows
    seen: str = Field(description="Stands for exactly this list: an undo names it")


class Undo(BaseModel):
    """Takes back exactly the list that was read, of a scenario that is frozen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"hours": 24, "seen": "5f1c0a94f0d1e2b3", "reason": "It moved the wrong deals"}]
        },
    )
    hours: Literal[2, 24, 168] = 24
    seen: str = Field(max_length=LONGEST_SEEN, description="`seen` of the list that was read")
    reason: str = Field(max_length=LONGEST_REASON)


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])
    _add_looks(router, console, calling)
    _add_acts(router, console, calling)
    return router


def _add_looks(router: APIRouter, console: Console, calling: Calling) -> None:
    reading, span, version = Depends(calling(Scope.SCENARIO_CASES)), Depends(SPAN), Depends(TO)

    @router.get(f"{ONE}/did", summary="What it did lately", responses=answers(404),
                openapi_extra=SPAN.described())  # fmt: skip
    def did(portal: str, name: str, visitor: Visitor = reading, query: Mapping[str, str] = span) -> Did:
        found(console, visitor, portal, name)
        told = console.workshop.did(portal, name, _hours(query), visitor.look.language)
        return Did(**{key: told[key] for key in Did.model_fields})

    @router.get(f"{ONE}/migrate", summary="Which running cases can go by another version",
                responses=answers(404), openapi_extra=TO.described())  # fmt: skip
    def movable(
        portal: str, name: str, visitor: Visitor = reading, query: Mapping[str, str] = version
    ) -> Movable:
        told = changed(console, visitor, portal, name)
        to, language = version_in(query, otherwise=told["version"]), visitor.look.language
        moves = console.workshop.upkeep.movable(portal, name, to, language)
        if moves is None:
            raise HTTPException(404)
        return Movable(**{key: moves[key] for key in Movable.model_fields})

    @router.get(f"{ONE}/undo", summary="What can be taken back", responses=answers(404),
                openapi_extra=SPAN.described())  # fmt: skip
    def undoable(
        portal: str, name: str, visitor: Visitor = reading, query: Mapping[str, str] = span
    ) -> Undoable:  # fmt: skip
        _may_take_back(console, visitor, portal, name)
        plan = console.workshop.upkeep.undoable(portal, name, _hours(query), visitor.look.language)
        return Undoable(**{key: plan[key] for key in Undoable.model_fields})


def _add_acts(router: APIRouter, console: Console, calling: Calling) -> None:
    acting = calling(Scope.SCENARIO_CASES)
    moving, undoing = Depends(sent_of(acting, Move)), Depends(sent_of(acting, Undo))

    @router.post(f"{ONE}/migrate", summary="Move running cases to another version",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Move))  # fmt: skip
    def move(portal: str, name: str, call: Call[Move] = moving) -> Done:
        told = changed(console, call.visitor, portal, name)
        reason, version = reason_of(call), version_in({"version": call.asked.version})
        count = move_cases(console, call.visitor, told, version, reason)
        return _done(call.visitor, count, "migrate", "scenarios.stands_otherwise")

    @router.post(f"{ONE}/undo", summary="Take back what a frozen scenario did",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Undo))  # fmt: skip
    def undo(portal: str, name: str, call: Call[Undo] = undoing) -> Done:
        told, asked = _may_take_back(console, call.visitor, portal, name), call.asked
        count = take_back(console, call.visitor, told, asked.hours, asked.seen, reason_of(call))
        return _done(call.visitor, count, "undo", "scenarios.list_changed")


def _may_take_back(console: Console, visitor: Visitor, portal: str, name: str) -> Told:
    """As on the page: whoever sees the list sees cases of every branch. Raises 404, 403."""
    told = changed(console, visitor, portal, name)
    if not visitor.may(Action.SEE_CASES, Where.COMPANY):
        raise HTTPException(404)
    return told


def _hours(query: Mapping[str, str]) -> int:
    return int(query.get("hours", "24"))


def _done(visitor: Visitor, count: int | None, act: str, why_not: str) -> Done:
    if not count:
        raise HTTPException(409, visitor.say(why_not))
    return Done(said=visitor.say(f"scenarios.done_{act}", n=count))

"""GET and POST /api/queue: what waits for a person, and what the buttons of the page Today do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import Done, shown
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Scope, comes_in
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.today.acts import LONGEST_KEY, LONGEST_NOTE, act
from qc_engine.web.pages.today.gathering import gathered
from qc_engine.web.pages.today.items import KINDS, Item, version_of

FILTERS = Filters({"kind": "What it is"}, {"kind": KINDS})


class Way(BaseModel):
    """What can be done. `exact`: what would be sent, word for word."""

    do: str
    label: str
    confirm: str
    exact: str


class Waiting(BaseModel):
    """One thing that waits."""

    model_config = shown(
        key="effect:812", kind="uncertain", title="Message to the client", since="2026-03-03T07:00:00Z",
        case="K7Q2W9XR", where="Abay street", known=["The channel did not answer in time"], said="",
        if_nothing="The client hears nothing", ways=[],
    )  # fmt: skip
    key: str = Field(description="Names it in POST /api/queue")
    kind: str
    title: str
    since: datetime | None
    case: str
    where: str
    known: Sequence[str]
    said: str = Field(description="The client's own words")
    if_nothing: str = Field(description="What happens when nobody does anything")
    ways: Sequence[Way] = Field(description="What this token may do about it")


class Queue(BaseModel):
    """Alarms first, then what waits longest."""

    model_config = shown(count=1, version="5f1c0a94f0d1e2b3", items=[])
    count: int
    version: str = Field(description="Another one as soon as something has come or gone")
    items: Sequence[Waiting]


class Decided(BaseModel):
    """A button."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"key": "effect:812", "do": "again", "note": "Called: nothing came"}]
        },
    )
    key: str = Field(max_length=LONGEST_KEY)
    do: Literal["happened", "again", "drop", "replay", "dismiss", "handled"]
    note: str = Field("", max_length=LONGEST_NOTE, description="A word to the colleagues")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/queue", tags=["queue"])
    reading, filtered = Depends(calling(Scope.QUEUE)), Depends(FILTERS)
    acting = Depends(call_of(calling(Scope.QUEUE_ACTS), Decided))

    @router.get("", summary="What waits for a person", responses=answers(),
                openapi_extra=FILTERS.described())  # fmt: skip
    def waiting(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Queue:
        found, kind = gathered(console, visitor), query.get("kind", "")
        may_act = comes_in(visitor.user, Scope.QUEUE_ACTS)
        items = [_told(one, may_act=may_act) for one in found if kind in ("", one.kind)]
        return Queue(count=len(items), version=version_of(found), items=items)

    @router.post("", summary="Do what a button of the page Today does", responses=answers(400, 404, 409, 422),
                 openapi_extra=takes(Decided))  # fmt: skip
    def decide(call: Call[Decided] = acting) -> Done:
        return carried_out(console, call, partial(_pressed, console, call))

    return router


def _pressed(console: Console, call: Call[Decided], session: Session) -> Notice:
    return act(console, call.visitor, session, call.asked.model_dump())


def _told(one: Item, *, may_act: bool) -> Waiting:
    return Waiting(
        key=one.key, kind=one.kind, title=one.title, since=one.since, case=one.case_id, where=one.where,
        known=list(one.known), said=one.said, if_nothing=one.if_nothing,
        ways=[
            Way(do=way.do, label=way.label, confirm=way.confirm, exact=way.exact)
            for way in (one.answers if may_act else ())
        ],
    )  # fmt: skip

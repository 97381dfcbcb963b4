"""GET /api/connections: what is connected and which branches there are; POST /api/doctor asks the vendors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import Done, done_of, shown
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.engine import examined
from qc_engine.web.pages.settings.office import Branch, Connection


class Value(BaseModel):
    """One setting. Of a secret it is only told whether it is there."""

    name: str
    what: str
    value: str
    is_secret: bool
    is_set: bool
    origin: str = Field(description="A variable, or a place in a file")


class Connected(BaseModel):
    """A portal or a channel: what is set, and how it stands."""

    name: str
    kind: str = Field(description="portal, channel")
    address: str
    values: Sequence[Value]
    broken: str = Field(description="Why it does not work; empty: it does")
    broken_since: datetime | None
    paused_until: datetime | None
    heard_at: datetime | None = Field(description="When it last told us anything")


class Known(BaseModel):
    """One branch, as config.yaml has it."""

    branch: str = Field(description="portal/branch, as the filters take it")
    is_fallback: bool
    zone: str
    platforms: Sequence[str] = Field(description="Where its review pages are")


class Connections(BaseModel):
    """Everything that is connected, and every branch."""

    model_config = shown(connections=[], branches=[])
    connections: Sequence[Connected]
    branches: Sequence[Known]


class Ask(BaseModel):
    """Every vendor is asked, on a thread; GET /api/doctor tells what they answered."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"do": "ask"}]})
    do: Literal["ask"]


def make_router(console: Console, calling: Calling) -> APIRouter:
    router, reading = APIRouter(prefix="/api", tags=["settings"]), calling(Scope.SETTINGS)
    looking, asking = Depends(reading), Depends(sent_of(reading, Ask))

    @router.get("/connections", summary="What is connected, and every branch", responses=answers())
    def connections(visitor: Visitor = looking) -> Connections:
        office = console.office
        found = [_connected(one) for one in office.connections(visitor.look.language)]
        return Connections(connections=found, branches=[_branch(one) for one in office.branches()])

    @router.post("/doctor", summary="Ask every vendor", status_code=202, responses=answers(400, 409),
                 openapi_extra=takes(Ask))  # fmt: skip
    def ask(call: Call[Ask] = asking) -> Done:
        return done_of(examined(console, call.visitor))

    return router


def _connected(one: Connection) -> Connected:
    return Connected(
        name=one.name, kind=one.kind, address=one.address, broken=one.broken, broken_since=one.broken_since,
        paused_until=one.paused_until, heard_at=one.heard_at,
        values=[
            Value(
                name=each.name, what=each.what, value="" if each.is_secret else each.value,
                is_secret=each.is_secret, is_set=each.is_set, origin=each.origin,
            )
            for each in one.values
        ],
    )  # fmt: skip


def _branch(one: Branch) -> Known:
    return Known(
        branch=f"{one.portal}/{one.name}", is_fallback=one.is_fallback, zone=one.zone,
        platforms=[platform for platform, _ in one.pages],
    )  # fmt: skip

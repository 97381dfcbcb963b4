"""/api/webhooks: where the outgoing webhooks go, how their deliveries went, one once more, and a test."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.store import calls
from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, sent_of, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import Done, done_of, shown
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.log import number_in
from qc_engine.web.pages.settings.webhooks import LATELY, PAGE, call_told, resent, tested
from qc_engine.web.pages.settings.webhooks import Call as Shown

FILTERS = Filters(
    {
        "webhook": "As config.yaml calls it",
        "state": "How it stands",
        "before": "Number of the last one that was read",
    },
    {"state": calls.STATES},
)


class Endpoint(BaseModel):
    """One outgoing webhook. It is made and changed in config.yaml; of its address only the host is told."""

    name: str
    address: str
    ports: Sequence[int]
    allow_private: bool
    origin: str = Field(description="Where it stands in config.yaml")
    lately: Mapping[str, int] = Field(description=f"Deliveries of the last {LATELY.days} days, by state")


class Endpoints(BaseModel):
    """Those of config.yaml."""

    model_config = shown(webhooks=[])
    webhooks: Sequence[Endpoint]


class Delivery(BaseModel):
    """One message, and what came of it. `id` of the effect, and not of the message."""

    id: int
    webhook: str
    event: str
    case: str
    state: str
    text: str = Field(description="The state in words")
    why: str = Field(description="What came of the last attempt, if that was not well")
    attempts: int
    created_at: datetime
    done_at: datetime | None
    can: str = Field(description="again, now (it waits), or empty: nothing can be done about it")
    seen: str = Field(description="How it stood when it was read: a resend may bring it back")


class Deliveries(BaseModel):
    """The newest first."""

    model_config = shown(deliveries=[], before=None)
    deliveries: Sequence[Delivery]
    before: int | None = Field(description="For the next page; null: this is the last one")


class Test(BaseModel):
    """A signed message that says it is a test."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"do": "test"}]})
    do: Literal["test"]


class Resend(BaseModel):
    """The same message under the same id."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"do": "resend"}]})
    do: Literal["resend"]
    seen: str = Field("", max_length=80, description="`seen` of the delivery as it was read")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])
    reading, filtered = Depends(calling(Scope.SETTINGS)), Depends(FILTERS)
    acting = calling(Scope.WEBHOOK_ACTS)
    testing, resending = Depends(sent_of(acting, Test)), Depends(call_of(acting, Resend))

    @router.get("", summary="Where the outgoing webhooks go", responses=answers())
    def endpoints(visitor: Visitor = reading) -> Endpoints:
        return _endpoints(console, visitor)

    @router.get("/deliveries", summary="The log of deliveries", responses=answers(),
                openapi_extra=FILTERS.described())  # fmt: skip
    def deliveries(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Deliveries:
        return _deliveries(console, visitor, query)

    @router.post("/deliveries/{effect}", summary="Send one again, or at once",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Resend))  # fmt: skip
    def resend(effect: str, call: Call[Resend] = resending) -> Done:
        return carried_out(console, call, lambda session: _resent(console, call, effect, session))

    @router.post("/{webhook}/test", summary="Send a test and wait for the answer",
                 responses=answers(400, 404, 422), openapi_extra=takes(Test))  # fmt: skip
    def test(webhook: str, call: Call[Test] = testing) -> Done:
        return done_of(tested(console, call.visitor, webhook))

    return router


def _resent(console: Console, call: Call[Resend], effect: str, session: Session) -> Notice:
    number = number_in(effect)
    row = calls.held(session, number) if number is not None else None
    seen = call.asked.seen or (call_told(console, call.visitor, row).seen if row else "")
    return resent(console, session, call.visitor, effect, seen)


def _endpoints(console: Console, visitor: Visitor) -> Endpoints:
    with console.database.reading() as session:
        counts = calls.counts(session, visitor.now - LATELY)
    return Endpoints(
        webhooks=[
            Endpoint(
                name=one.name, address=one.address, ports=one.ports, allow_private=one.allow_private,
                origin=one.origin, lately={state: n for (of, state), n in counts.items() if of == one.name},
            )
            for one in console.office.endpoints()
        ]
    )  # fmt: skip


def _deliveries(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Deliveries:
    webhook, state = query.get("webhook", ""), query.get("state", "")
    with console.database.reading() as session:
        rows = calls.log(session, webhook, state, PAGE + 1, number_in(query.get("before", "")))
    return Deliveries(
        deliveries=[_told(call_told(console, visitor, row)) for row in rows[:PAGE]],
        before=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )


def _told(one: Shown) -> Delivery:
    row = one.row
    return Delivery(
        id=row.id or 0, webhook=one.name, event=one.event, case=row.case_id, state=row.state, text=one.state,
        why=one.why, attempts=row.attempts, created_at=row.created_at, done_at=row.done_at, can=one.can,
        seen=one.seen,
    )  # fmt: skip

"""GET /api/complaints and /api/complaints/{case}; POST to the last: dissatisfied clients, what is done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.store.dissatisfied import STATES
from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import CaseLine, Done, average_of, line_of, shown
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.dissatisfied.acts import LONGEST_WORDS, YES, act, worked
from qc_engine.web.pages.dissatisfied.listing import listed, wanted
from qc_engine.web.pages.dissatisfied.page import PAGE
from qc_engine.web.pages.dissatisfied.shown import Dissatisfied

WORDS = {
    "state": "How it stands",
    "cause": "The word of a cause",
    "branch": "portal/branch",
    "since": "First day, YYYY-MM-DD; 90 days ago when it is not given",
    "until": "Last day",
    "page": "From 1",
}
FILTERS = Filters(WORDS, {"state": STATES})


class Complaint(BaseModel):
    """One dissatisfied client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cause": "quality", "action": "Redone"}]})
    case: CaseLine
    average: float | None
    words: Sequence[str] = Field(description="The client's own")
    at: datetime
    settled_at: datetime | None
    recovered_at: datetime | None = Field(description="When the client gave a good second score")
    cause: str = Field(description="The word of the cause that was named last; empty: none")
    cause_text: str
    action: str = Field(description="What was done about it")
    second: str = Field(description="The second score")
    deal: str = Field(description="The complaint's own deal in the CRM, if there is one")
    task: str


class Happened(BaseModel):
    """One line of the history."""

    at: datetime
    what: str
    by: str
    said: Sequence[str]


class AskedAgain(BaseModel):
    """What the client will be sent when the complaint is settled with `ask`, and not before when."""

    at: datetime
    text: str
    mark: str = Field(description="Stands for this very text")


class Opened(Complaint):
    """One of them, with its history and what may be said about it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seen": "0:0:0:0", "may_work": True}]})
    history: Sequence[Happened]
    causes: dict[str, str] = Field(description="Word of each cause that can be named -> what people call it")
    asks_again: AskedAgain | None
    not_asked: str = Field(description="Why the client will not be asked again; empty where nobody is")
    pending: str = Field(description="What somebody has said a moment ago, before the engine has heard it")
    may_work: bool
    seen: str = Field(description="How the complaint stood when it was read: an act may bring it back")


class Listed(BaseModel):
    """A page of the list; `count` is that of the whole list."""

    model_config = shown(count=3, page=1, pages=1, states={"open": 2}, causes={"": 3}, complaints=[])
    count: int
    page: int
    pages: int
    states: dict[str, int] = Field(description="How many of each state; '' is all")
    causes: dict[str, int] = Field(description="How many of each cause; '' is all")
    complaints: Sequence[Complaint]


class Worked(BaseModel):
    """What somebody says about a complaint."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"do": "cause", "cause": "quality", "action": "The wheels were balanced again"}]
        },
    )
    do: Literal["cause", "resolve", "reopen"]
    cause: str = Field("", max_length=80, description="For cause: a word of `causes`")
    words: str = Field("", max_length=LONGEST_WORDS, description="For cause and resolve: in your own words")
    action: str = Field("", max_length=LONGEST_WORDS, description="For cause: what was done about it")
    ask: bool = Field(False, description="For resolve: ask the client for a second score")
    text: str = Field("", max_length=64, description="With ask: `asks_again.mark` of the text that was read")
    reason: str = Field("", max_length=LONGEST_WORDS, description="For reopen")
    seen: str = Field("", max_length=64, description="`seen` of the complaint as it was read")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/complaints", tags=["complaints"])
    reading, filtered = Depends(calling(Scope.COMPLAINTS)), Depends(FILTERS)
    acting = Depends(call_of(calling(Scope.COMPLAINT_ACTS), Worked))

    @router.get("", summary="Dissatisfied clients", responses=answers(404), openapi_extra=FILTERS.described())
    def complaints(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Listed:
        asked = wanted(visitor, query)
        found = listed(console, visitor, asked, PAGE)
        return Listed(
            count=found.count, page=asked.number + 1, pages=max(1, -(-found.count // PAGE)),
            states={one.name: one.count for one in found.states},
            causes={one.name: one.count for one in found.causes},
            complaints=[Complaint(**_told(one)) for one in found.found],
        )  # fmt: skip

    @router.get("/{case_id}", summary="One complaint with its history", responses=answers(404))
    def one(case_id: str, visitor: Visitor = reading) -> Opened:
        with console.database.reading() as session:
            return _opened(console, visitor, session, case_id)

    @router.post("/{case_id}", summary="Name the cause, settle it, open it again", status_code=202,
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Worked))  # fmt: skip
    def work(case_id: str, call: Call[Worked] = acting) -> Done:
        return carried_out(console, call, partial(_pressed, console, call, case_id))

    return router


def _pressed(console: Console, call: Call[Worked], case_id: str, session: Session) -> Notice:
    asked = call.asked
    seen = asked.seen or worked(console, call.visitor, session, case_id).seen
    form = {**asked.model_dump(), "ask": YES if asked.ask else "", "seen": seen}
    return act(console, call.visitor, session, case_id, form)


def _opened(console: Console, visitor: Visitor, session: Session, case_id: str) -> Opened:
    found = worked(console, visitor, session, case_id)
    again = found.outlook.asks_again
    return Opened(
        **_told(found.one),
        history=[
            Happened(at=each.at, what=each.what, by=each.by, said=list(each.said))
            for each in found.one.history
        ],
        causes=dict(found.outlook.causes),
        asks_again=AskedAgain(at=again.at, text=again.text, mark=again.mark) if again else None,
        not_asked=found.outlook.not_asked, pending=found.pending, may_work=found.may_work, seen=found.seen,
    )  # fmt: skip


def _told(one: Dissatisfied) -> dict[str, object]:
    complaint = one.complaint
    return {
        "case": line_of(one.row), "average": average_of(one.case), "words": list(one.words),
        "at": complaint.at, "settled_at": complaint.settled_at, "recovered_at": complaint.recovered_at,
        "cause": complaint.cause, "cause_text": one.cause, "action": one.action,
        "second": one.second, "deal": one.deal.id, "task": one.task.id,
    }  # fmt: skip

"""GET /api/reviews and /api/reviews/{case}; POST to the last: to verify, verified, and the outcome."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.core.review.reviews import ANSWERS
from qc_engine.store.reviewing import UNCHECKED
from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import CaseLine, Done, average_of, line_of, shown
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.reviews.acts import LONGEST_REASON, act, found
from qc_engine.web.pages.reviews.listing import DECIDED, PAGE, WAIT, listed, wanted
from qc_engine.web.pages.reviews.shown import Review

WORDS = {
    "tab": f"{WAIT}: to verify (the default), {DECIDED}: verified",
    "overdue": "1: only those that should have been verified by now",
    "answer": "Of the verified ones: with this outcome",
    "branch": "portal/branch",
    "since": "First day, YYYY-MM-DD; 30 days ago when it is not given",
    "until": "Last day",
    "page": "From 1",
}
FILTERS = Filters(WORDS, {"tab": (WAIT, DECIDED), "overdue": ("1",), "answer": (*ANSWERS, UNCHECKED)})


class Said(BaseModel):
    """What stands."""

    answer: str
    by: str
    at: datetime


class Checked(BaseModel):
    """One review that somebody looks for, or has found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seen": "0::active:0", "offered": ["found"]}]})
    case: CaseLine
    average: float | None
    due_at: datetime | None = Field(description="Until when somebody is to look")
    answer: str = Field(description="The outcome; empty: there is none yet")
    counted: Said | None = Field(description="By whom the outcome was set, and when")
    pending: str = Field(description="What somebody has said a moment ago, before the engine has heard it")
    bonuses: Sequence[str] = Field(description="What the client has got and still holds")
    names: str = Field(description="How the author may be called on the platform")
    pages: Sequence[str] = Field(description="Where to look")
    offered: Sequence[str] = Field(description="Outcomes that can be set now")
    correctable: Sequence[str] = Field(description="Outcomes to which it can be corrected, with a reason")
    can_take_back: bool
    seen: str = Field(description="How the review stood when it was read: an act may bring it back")


class Listed(BaseModel):
    """A page of a list; `count` is that of the whole list."""

    model_config = shown(count=1, counts={"all": 1, "overdue": 0}, page=1, pages=1, reviews=[])
    count: int
    counts: dict[str, int]
    page: int
    pages: int
    reviews: Sequence[Checked]


class Outcome(BaseModel):
    """What somebody has found, corrects, or takes back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"do": "answer", "answer": "found"}]}
    )
    do: Literal["answer", "correct", "take_back"]
    answer: str = Field("", max_length=40, description="One of `offered`, or of `correctable`")
    reason: str = Field("", max_length=LONGEST_REASON, description="For correct and take_back")
    seen: str = Field("", max_length=120, description="`seen` of the review as it was read")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/reviews", tags=["reviews"])
    reading, filtered = Depends(calling(Scope.REVIEWS)), Depends(FILTERS)
    acting = Depends(call_of(calling(Scope.REVIEW_ACTS), Outcome))

    @router.get("", summary="Reviews to verify and verified", responses=answers(404),
                openapi_extra=FILTERS.described())  # fmt: skip
    def reviews(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Listed:
        return _listed(console, visitor, query)

    @router.get("/{case_id}", summary="The review of one case", responses=answers(404))
    def one(case_id: str, visitor: Visitor = reading) -> Checked:
        with console.database.reading() as session:
            return _told(found(console, visitor, session, case_id))

    @router.post("/{case_id}", summary="Set, correct or take back an outcome", status_code=202,
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Outcome))  # fmt: skip
    def decide(case_id: str, call: Call[Outcome] = acting) -> Done:
        return carried_out(console, call, partial(_pressed, console, call, case_id))

    return router


def _pressed(console: Console, call: Call[Outcome], case_id: str, session: Session) -> Notice:
    form = call.asked.model_dump()
    form["seen"] = form["seen"] or found(console, call.visitor, session, case_id).seen
    return act(console, call.visitor, session, case_id, form)


def _listed(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Listed:
    asked = wanted(visitor, query)
    one = listed(console, visitor, asked)
    return Listed(
        count=one.count, counts=dict(one.counts), page=asked.number + 1, pages=max(1, -(-one.count // PAGE)),
        reviews=[_told(each) for each in one.reviews],
    )  # fmt: skip


def _told(one: Review) -> Checked:
    counted, view = one.counted, one.view
    return Checked(
        case=line_of(one.row), average=average_of(one.case), due_at=one.due_at, answer=one.case.review,
        counted=Said(answer=counted.outcome, by=counted.by, at=counted.at) if counted else None,
        pending=one.pending,
        bonuses=[str(each.amount) for each in one.bonuses if each.taken_back_at is None],
        names=one.variants, pages=[address for _, address in view.pages] if view else [],
        offered=[each.answer for each in one.offered],
        correctable=[each.answer for each in one.correctable],
        can_take_back=one.take_back is not None, seen=one.seen,
    )  # fmt: skip

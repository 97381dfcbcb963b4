"""GET /api/cases, /api/cases/{id} and .../phone; POST /api/cases/{id}/acts: what a case's page can do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.core.case import State
from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import CaseLine, Done, line_of, shown
from qc_engine.web.console import behind, doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.narrowing import clean
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases import listing
from qc_engine.web.pages.cases.acts import Pressed, acts_for, press
from qc_engine.web.pages.cases.page import phone_of
from qc_engine.web.pages.cases.sayings import LONGEST_REASON, LONGEST_SCORE, LONGEST_TEXT
from qc_engine.web.pages.cases.seeking import asked

WORDS = {
    "q": "A name, a phone, a deal or a case",
    "state": "How far it has come",
    "step": "Where a case stands in its scenario",
    "branch": "portal/branch",
    "scenario": "Its name",
    "outcome": "How it ended",
    "since": "First day of its beginning, YYYY-MM-DD, in the installation's zone",
    "until": "Last day, likewise",
    "after": "Where the next page begins: `after` of the page before",
    **dict.fromkeys(behind.NAMES, "Of the cases behind a number: as `cases` of GET /api/analytics has it"),
}
FILTERS = Filters(WORDS, {"state": [one.value for one in State]})
Told = Mapping[str, Any]


class Listed(BaseModel):
    """The newest first."""

    cases: Sequence[CaseLine]
    after: str = Field(description="For the next page; empty: this is the last one")
    model_config = shown(cases=[], after="2026-03-03T07:00:00+00:00~K7Q2W9XR")


class Whole(BaseModel):
    """Everything that there is to one case, and what may be done to it with this token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seen": "8", "acts": ["pause", "stop"]}]})
    case: CaseLine
    seen: str = Field(description="How the case stood when it was read: an act may bring it back")
    acts: Sequence[str] = Field(description="What makes sense as it stands, and this token may do")
    questions: Sequence[Told] = Field(description="Whose scores may be entered: name, label, bounds, score")
    lost: Told | None = Field(description="The question that was lost, or nobody knows: for `resend`")
    still: Told | None = Field(description="Who lets the case stand still, why and since when")
    entered: Sequence[Told] = Field(description="Scores that people wrote down")
    why: Told = Field(description="Why the client was or was not written to")
    talk: Sequence[Told] = Field(description="What was said, with what became of each message")
    links: Sequence[Told] = Field(description="Links to review pages and their visits")
    effects: Sequence[Told] = Field(description="All that was to be done, with its true state")
    story: Told = Field(description="The timeline: what happened and why it was decided so")


class Phone(BaseModel):
    """In full; that it was read stands in the audit."""

    model_config = shown(phone="+77011234567")
    phone: str = Field(description="Empty: nobody knows it")


class ActAsked(BaseModel):
    """One act on a case, with the rules of its button."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"do": "pause", "reason": "The client asked to wait until Monday"}]},
    )
    do: Literal["pause", "resume", "stop", "score", "answer", "resend"]
    reason: str = Field(max_length=LONGEST_REASON, description="Why: it is told in the case's story")
    scores: dict[str, Annotated[str, Field(max_length=LONGEST_SCORE)] | int | float] = Field(
        {}, max_length=50, description="For score: by the names of the questions"
    )
    text: str = Field("", max_length=LONGEST_TEXT, description="For answer: what the client said")
    message: str = Field("", max_length=120, description="For resend: `lost.key` of the case as it was read")
    confirmed: bool = Field(False, description="For resend: a person knows that it did not arrive")
    seen: str = Field(
        "", max_length=16, description="`seen` of the case as it was read: 409 if it has changed since"
    )
    preview: bool = Field(False, description="Only tell what would follow; nothing happens")


class Follows(BaseModel):
    """What would come of it."""

    model_config = shown(follows=["The case stands still", "Messages that wait: 1. They are kept"])
    follows: Sequence[str]


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/cases", tags=["cases"])
    reading, revealing = Depends(calling(Scope.CASES)), Depends(calling(Scope.PHONES))
    filtered = Depends(FILTERS)
    acting = Depends(call_of(calling(Scope.CASE_ACTS), ActAsked))

    @router.get("", summary="Cases, narrowed as in the console's list", responses=answers(404),
                openapi_extra=FILTERS.described())  # fmt: skip
    def listed(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Listed:
        wanted = asked(query, console.zone)
        if "after" in query and wanted.after is None:
            raise HTTPException(400, "after: as the page before told it")
        rows, _, last = listing.found(console, visitor, wanted)
        return Listed(cases=[line_of(row) for row in rows], after=last)

    @router.get("/{case_id}", summary="One case with everything about it", responses=answers(404))
    def one(case_id: str, visitor: Visitor = reading) -> Whole:
        return _whole(console, visitor, case_id)

    @router.get("/{case_id}/phone", summary="The phone in full, noted in the audit", responses=answers(404))
    def phone(case_id: str, visitor: Visitor = revealing) -> Phone:
        with console.database.reading() as session:
            row = doing.case_of(visitor, session, case_id)
        return Phone(phone=phone_of(console, visitor, row))

    @router.post("/{case_id}/acts", summary="Do what a button of the case's page does", status_code=202,
                 response_model=Done, responses={200: {"model": Follows}, **answers(400, 404, 409, 422)},
                 openapi_extra=takes(ActAsked))  # fmt: skip
    def act(case_id: str, call: Call[ActAsked] = acting) -> Done | JSONResponse:
        return _acted(console, call, case_id)

    return router


def _whole(console: Console, visitor: Visitor, case_id: str) -> Whole:
    with console.database.reading() as session:
        row = doing.case_of(visitor, session, case_id)
        may_do = console.behind.doable(session, row)
    told = console.behind.dossier(row.id, visitor.look.language)
    if told is None:
        raise HTTPException(404)
    still = {"by": may_do.still_by, "why": may_do.still_why, "since": may_do.still_since}
    return Whole(
        case=line_of(row), seen=str(row.rev), acts=acts_for(visitor, row, may_do),
        questions=[asdict(each) for each in may_do.scores], lost=asdict(may_do.lost) if may_do.lost else None,
        still=still if may_do.still_by else None, entered=[asdict(each) for each in may_do.entered],
        **{name: told[name] for name in ("why", "talk", "links", "effects", "story")},
    )  # fmt: skip


# --- acts -------------------------------------------------------------------------------------


def _acted(console: Console, call: Call[ActAsked], case_id: str) -> Done | JSONResponse:
    visitor, wanted = call.visitor, call.asked
    if wanted.preview:
        with console.database.reading() as session:
            came = _pressed(console, visitor, session, case_id, wanted)
        if came.notice is not None:
            raise HTTPException(came.notice.status, came.notice.text)
        return JSONResponse({"follows": list(came.follows)})

    def press_it(session: Session) -> Notice:
        came = _pressed(console, visitor, session, case_id, wanted)
        assert came.notice is not None
        return came.notice

    return carried_out(console, call, press_it)


def _pressed(console: Console, visitor: Visitor, session: Session, case_id: str, wanted: ActAsked) -> Pressed:
    row = doing.case_of(visitor, session, case_id)
    known = {each.name for each in console.behind.doable(session, row).scores}
    if strange := sorted(wanted.scores.keys() - known):
        raise HTTPException(422, visitor.say("api.no_question", name=clean(strange[0])))
    form = {
        "seen": wanted.seen or str(row.rev), "reason": wanted.reason, "text": wanted.text,
        "message": wanted.message, "confirmed": "yes" if wanted.confirmed else "",
        **{f"score_{name}": str(score) for name, score in wanted.scores.items()},
    }  # fmt: skip
    return press(console, visitor, session, case_id, wanted.do, form, looks_over=wanted.preview)

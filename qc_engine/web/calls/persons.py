"""POST /api/persons/find and /erase: a phone stands in no address and in no log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import shown
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.cases.sayings import LONGEST_REASON
from qc_engine.web.pages.privacy.page import LONGEST_PHONE, erase, held


class Sought(BaseModel):
    """Whose data are meant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"phone": "+7 701 123 45 67"}]})
    phone: str = Field(max_length=LONGEST_PHONE, description="As people write it")


class Erasure(Sought):
    """And why they are to be erased."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"phone": "+7 701 123 45 67", "reason": "The client asked for it"}]},
    )
    reason: str = Field(max_length=LONGEST_REASON)


class Held(BaseModel):
    """Everything that is held about one person; that it was read stands in the audit."""

    model_config = shown(held=None, erased_at="2026-03-08T09:09:00Z")
    held: Mapping[str, Any] | None = Field(description="Null: nothing")
    erased_at: datetime | None = Field(description="When this person was erased last, if ever")


class Erased(BaseModel):
    """For good."""

    model_config = shown(record=3, counts={"cases": 1}, rewritten=True)
    record: int = Field(description="Its number among the records of erasures")
    counts: Mapping[str, int]
    rewritten: bool = Field(description="Nothing of it can be read from the database's file any more")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/persons", tags=["personal data"])
    seeking = Depends(sent_of(calling(Scope.PRIVACY), Sought))
    erasing = Depends(sent_of(calling(Scope.ERASURE), Erasure))

    @router.post("/find", summary="What is held about a phone", responses=answers(400, 422),
                 openapi_extra=takes(Sought))  # fmt: skip
    def find(call: Call[Sought] = seeking) -> Held:
        phone = _phone(console, call.visitor, call.asked.phone)
        return Held(
            held=held(console, call.visitor, phone), erased_at=console.behind.privacy.erased_at(phone)
        )

    @router.post("/erase", summary="Erase it, with the reason; a second time there is nothing: 404",
                 responses=answers(400, 404, 422), openapi_extra=takes(Erasure))  # fmt: skip
    def end(call: Call[Erasure] = erasing) -> Erased:
        return _erased(console, call.visitor, call.asked)

    return router


def _phone(console: Console, visitor: Visitor, text: str) -> str:
    """Raises 422."""
    phone = console.behind.privacy.phone_of(text)
    if not phone:
        raise HTTPException(422, visitor.say("privacy.no_phone"))
    return phone


def _erased(console: Console, visitor: Visitor, asked: Erasure) -> Erased:
    phone, reason = _phone(console, visitor, asked.phone), on_one_line(asked.reason, LONGEST_REASON)
    if not reason:
        raise HTTPException(422, visitor.say("privacy.no_reason"))
    if console.behind.privacy.held(phone, visitor.look.language) is None:
        raise HTTPException(404)
    done = erase(console, visitor, phone, reason)
    return Erased(record=done.record, counts=done.counts, rewritten=done.rewritten)

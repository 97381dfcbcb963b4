"""/api/scenarios/{portal}/{name}/compare, /file and /versions: two versions beside; texts are written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.scenario_doing import ONE, done_or_why, reason_of, text_of
from qc_engine.web.calls.shapes import Done, shown
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios.editor import LONGEST_STAMP, keep_text, save_file
from qc_engine.web.pages.scenarios.visiting import LARGEST, LONGEST_REASON, changed, found, version_in
from qc_engine.web.pages.scenarios.workshop import FILE

PAIR = Filters(
    {
        "before": "A kept version; the one in force when it is not given",
        "after": f"Likewise; {FILE}, what the file holds now, when it is not given",
    }
)


class Compared(BaseModel):
    """What differs: in words by steps, rules and questions, and line by line."""

    model_config = shown(before="dca2437b95f3f12a", after=FILE, words=[], lines=["-a", "+b"])
    before: str
    after: str
    words: Sequence[Mapping[str, Any]]
    lines: Sequence[str]


class File(BaseModel):
    """The scenario's file as it is now."""

    model_config = shown(file="small.yaml", text="scenario: small\n", stamp="5f1c0a94f0d1e2b3")
    file: str
    text: str
    stamp: str = Field(description="Stands for exactly this text: whoever writes the file names it")


class Kept(Done):
    """The text is among the versions, and in force nowhere."""

    model_config = shown(said="The version is kept.", version="0d5f22e3cf96afcc")
    version: str


class Keep(BaseModel):
    """A text that is to be kept as a version, when its tests hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "scenario: tyre_centre\n", "reason": "A softer text"}]},
    )
    text: str
    reason: str = Field(max_length=LONGEST_REASON)


class Save(Keep):
    """A text that is to be written into the scenario's file and put in force, when its tests hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"text": "scenario: small\n", "stamp": "5f1c0a94f0d1e2b3", "reason": "A softer text"}
            ]
        },
    )
    stamp: str = Field(max_length=LONGEST_STAMP, description="`stamp` of the file as it was read")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])
    reading, pair = Depends(calling(Scope.SCENARIOS)), Depends(PAIR)

    @router.get(f"{ONE}/compare", summary="What differs between two versions", responses=answers(404),
                openapi_extra=PAIR.described())  # fmt: skip
    def compare(
        portal: str, name: str, visitor: Visitor = reading, query: Mapping[str, str] = pair
    ) -> Compared:  # fmt: skip
        told = found(console, visitor, portal, name)
        sides = version_in(query, "before", told["version"]), version_in(query, "after", FILE)
        compared = console.workshop.compared(portal, name, *sides)
        if compared is None:
            raise HTTPException(404)
        words = [asdict(one) for one in compared["words"]]
        return Compared(before=sides[0], after=sides[1], words=words, lines=list(compared["lines"]))

    _add_writing(router, console, calling)
    return router


def _add_writing(router: APIRouter, console: Console, calling: Calling) -> None:
    changing = calling(Scope.SCENARIO_ACTS)
    looking = Depends(changing)
    keeping = Depends(sent_of(changing, Keep, LARGEST))
    saving = Depends(sent_of(changing, Save, LARGEST))

    @router.get(f"{ONE}/file", summary="The scenario's file, to be written anew", responses=answers(404, 409))
    def file(portal: str, name: str, visitor: Visitor = looking) -> File:
        changed(console, visitor, portal, name)
        draft = console.workshop.draft(portal, name)
        if draft.why_not:
            raise HTTPException(409, visitor.say(f"scenarios.why_{draft.why_not}"))
        return File(file=draft.file, text=draft.text, stamp=draft.stamp)

    @router.post(f"{ONE}/versions", summary="Keep a text as a version, in force nowhere",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Keep))  # fmt: skip
    def keep(portal: str, name: str, call: Call[Keep] = keeping) -> Kept:
        told = changed(console, call.visitor, portal, name)
        came = keep_text(console, call.visitor, told, text_of(call), reason_of(call))
        done = done_or_why(call.visitor, came, "scenarios.done_keep")
        return Kept(said=done.said, version=came.report.version)

    @router.post(f"{ONE}/file", summary="Write the file and put it in force, when its tests hold",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Save))  # fmt: skip
    def save(portal: str, name: str, call: Call[Save] = saving) -> Done:
        told, asked = changed(console, call.visitor, portal, name), call.asked
        came = save_file(console, call.visitor, told, text_of(call), asked.stamp, reason_of(call))
        return done_or_why(call.visitor, came, "scenarios.done_save")

"""/api/scenarios: the list, versions and texts; check a text, play tests, put in force, pause, freeze."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, HTTPException

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.scenario_doing import ONE, done_or_why, text_of
from qc_engine.web.calls.scenario_shapes import (
    Act,
    Activation,
    Chosen,
    Listed,
    Looked,
    Opened,
    Played,
    Standing,
    Text,
    Written,
    Wrong,
)  # fmt: skip
from qc_engine.web.calls.shapes import Done
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import acts, visiting
from qc_engine.web.pages.scenarios.visiting import LARGEST
from qc_engine.web.pages.scenarios.workshop import FILE, Fault, Report, Told

OF_TEXT = Filters({"version": "A kept version; the one in force when it is not given"})


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])
    _add_looks(router, console, calling)
    _add_acts(router, console, calling)
    return router


def _add_looks(router: APIRouter, console: Console, calling: Calling) -> None:
    reading, filtered = Depends(calling(Scope.SCENARIOS)), Depends(OF_TEXT)

    @router.get("", summary="How the scenarios stand", responses=answers())
    def listed(visitor: Visitor = reading) -> Listed:
        return Listed(scenarios=[Standing(**_told(visitor, one)) for one in visiting.seen(console, visitor)])

    @router.get(ONE, summary="One scenario with its versions and its log", responses=answers(404))
    def one(portal: str, name: str, visitor: Visitor = reading) -> Opened:
        told = visiting.found(console, visitor, portal, name)
        return Opened(**_told(visitor, told), kept=told["kept"], log=told["log"])

    @router.get(f"{ONE}/text", summary="The text of a version", responses=answers(404),
                openapi_extra=OF_TEXT.described())  # fmt: skip
    def text(
        portal: str, name: str, visitor: Visitor = reading, query: Mapping[str, str] = filtered
    ) -> Text:  # fmt: skip
        told = visiting.found(console, visitor, portal, name)
        version = visiting.version_in(query, otherwise=told["version"])
        found = console.workshop.text(portal, name, version)
        if found is None:
            raise HTTPException(404)
        return Text(version=version, text=found)

    playing = Depends(sent_of(calling(Scope.SCENARIOS), Chosen))

    @router.post(f"{ONE}/tests", summary="Check a version and play its tests", responses=answers(400, 404),
                 openapi_extra=takes(Chosen))  # fmt: skip
    def play(portal: str, name: str, call: Call[Chosen] = playing) -> Played:
        visiting.found(console, call.visitor, portal, name)
        version = visiting.version_in({"version": call.asked.version})
        return _played(console.workshop.played(portal, name, version, call.visitor.look.language))


def _add_acts(router: APIRouter, console: Console, calling: Calling) -> None:
    changing = calling(Scope.SCENARIO_ACTS)
    writing = Depends(sent_of(changing, Written, LARGEST))
    activating, acting = Depends(sent_of(changing, Activation)), Depends(sent_of(changing, Act))

    @router.post(f"{ONE}/check", summary="Check a text that stands in no file yet; nothing is kept",
                 responses=answers(400, 404), openapi_extra=takes(Written))  # fmt: skip
    def check(portal: str, name: str, call: Call[Written] = writing) -> Looked:
        visiting.changed(console, call.visitor, portal, name)
        return Looked(faults=_wrong(console.workshop.faults(portal, name, text_of(call))))

    @router.post(f"{ONE}/activate", summary="Put a version in force, when its tests hold",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Activation))  # fmt: skip
    def activate(portal: str, name: str, call: Call[Activation] = activating) -> Done:
        return _activated(console, call.visitor, portal, name, call.asked)

    @router.post(f"{ONE}/acts", summary="Pause, resume, freeze, thaw, stop what is tried",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Act))  # fmt: skip
    def act(portal: str, name: str, call: Call[Act] = acting) -> Done:
        do, say = call.asked.do, call.visitor.say
        if wrong := acts.act(console, call.visitor, portal, name, call.asked.model_dump()):
            raise HTTPException(acts.STATUSES[wrong], say(wrong))
        return Done(said=say("scenarios.state_frozen" if do == "freeze" else f"scenarios.done_{do}"))


def _activated(console: Console, visitor: Visitor, portal: str, name: str, asked: Activation) -> Done:
    form = {"version": asked.version, "reason": asked.reason, "of": FILE if asked.of_file else ""}
    came = acts.activate(console, visitor, portal, name, form)
    return done_or_why(visitor, came, "scenarios.done_activate")


# --- in words ---------------------------------------------------------------------------------


def _told(visitor: Visitor, told: Told) -> dict[str, Any]:
    whole = {name: told[name] for name in Standing.model_fields.keys() - {"seen"}} | {"seen": told["stand"]}
    return whole if visiting.sees_figures(visitor) else {**whole, "cases": None}


def _played(report: Report) -> Played:
    tests = [{"name": run.name, "fault": asdict(run.fault) if run.fault else None} for run in report.runs]
    return Played(version=report.version, is_fine=report.is_fine, faults=_wrong(report.faults), tests=tests)


def _wrong(faults: Sequence[Fault]) -> Sequence[Wrong]:
    return [Wrong(file=one.file, line=one.line, column=one.column, text=one.text) for one in faults]

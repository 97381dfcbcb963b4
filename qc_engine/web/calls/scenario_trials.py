"""/api/scenarios/{portal}/{name}/try, /promote and /beside: a candidate beside the version in force."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.door import Call, Calling, sent_of, takes
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.scenario_doing import ONE, done_or_why, reason_of
from qc_engine.web.calls.shapes import Done, shown
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios.rooms import Plan
from qc_engine.web.pages.scenarios.trial_plan import OF_BRANCH, STOPS, filled
from qc_engine.web.pages.scenarios.trying_out import LONGEST_STAND, promote_candidate, try_candidate
from qc_engine.web.pages.scenarios.visiting import LONGEST_REASON, LONGEST_VERSION, changed, found, version_in

OF_CANDIDATE = Filters({"version": "The candidate; the one of now, or the last one, when it is not given"})
MEASURES = tuple(one.measure for one in STOPS)


class Try(BaseModel):
    """A candidate that decides silently beside all cases, or takes new ones until a condition stops it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "version": "0d5f22e3cf96afcc", "of_file": True, "mode": "share", "share": 10,
                    "stop_if": {"undelivered": 5}, "after": 20, "seen": "dca2437b95f3f12a::",
                    "reason": "A warmer farewell",
                }
            ]
        },
    )  # fmt: skip
    version: str = Field(max_length=LONGEST_VERSION, description="`version` of the answer to .../tests")
    of_file: bool = Field(False, description="It is what the file holds, and no kept version")
    mode: Literal["shadow", "share", "branches"] = Field(
        description="shadow: it decides silently; share, branches: it takes new cases"
    )
    share: float = Field(0, description="For share: per cent of the new cases")
    branches: list[str] = Field([], max_length=200, description="For branches: all new cases of these")
    stop_if: dict[str, float] = Field(
        {},
        max_length=len(MEASURES),
        description=f"When it ends by itself: {', '.join(MEASURES)} and a number",
    )
    after: int = Field(20, description="So many clients are asked before the conditions are looked at")
    seen: str = Field(max_length=LONGEST_STAND, description="`seen` of the scenario as it was read")
    reason: str = Field(max_length=LONGEST_REASON)


class Promote(BaseModel):
    """The candidate that takes new cases becomes the version in force, when its tests hold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"version": "0d5f22e3cf96afcc", "reason": "Answered more often"}]},
    )
    version: str = Field(max_length=LONGEST_VERSION, description="The candidate's")
    reason: str = Field(max_length=LONGEST_REASON)


class Beside(BaseModel):
    """What a silent candidate would have done otherwise."""

    model_config = shown(
        candidate="0d5f22e3cf96afcc", cases=40, same=38, differing=2, by_kind={"messages": 2}, failed=0,
        differences=[], faults=[],
    )  # fmt: skip
    candidate: str
    cases: int
    same: int
    differing: int
    by_kind: Mapping[str, int]
    failed: int = Field(description="It could not decide at all")
    differences: Sequence[Mapping[str, Any]]
    faults: Sequence[Mapping[str, Any]]


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/scenarios", tags=["scenarios"])
    changing, seeing = calling(Scope.SCENARIO_ACTS), Depends(calling(Scope.SCENARIO_CASES))
    trying, promoting = Depends(sent_of(changing, Try)), Depends(sent_of(changing, Promote))
    query_of = Depends(OF_CANDIDATE)

    @router.post(f"{ONE}/try", summary="Try a version beside the one in force",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Try))  # fmt: skip
    def begin(portal: str, name: str, call: Call[Try] = trying) -> Done:
        return _begun(console, call, portal, name)

    @router.post(f"{ONE}/promote", summary="Put the candidate in force, when its tests hold",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Promote))  # fmt: skip
    def promote(portal: str, name: str, call: Call[Promote] = promoting) -> Done:
        told = changed(console, call.visitor, portal, name)
        version = version_in({"version": call.asked.version})
        came = promote_candidate(console, call.visitor, told, version, reason_of(call))
        return done_or_why(call.visitor, came, "scenarios.done_promote")

    @router.get(f"{ONE}/beside", summary="What a silent candidate would have done otherwise",
                responses=answers(404), openapi_extra=OF_CANDIDATE.described())  # fmt: skip
    def beside(
        portal: str, name: str, visitor: Visitor = seeing, query: Mapping[str, str] = query_of
    ) -> Beside:  # fmt: skip
        found(console, visitor, portal, name)
        version = version_in(query) if query.get("version") else ""
        told = console.workshop.trials.beside(portal, name, version, visitor.look.language)
        if told is None:
            raise HTTPException(404)
        return Beside(**{key: told[key] for key in Beside.model_fields})

    return router


def _begun(console: Console, call: Call[Try], portal: str, name: str) -> Done:
    visitor, asked = call.visitor, call.asked
    told, version = changed(console, visitor, portal, name), version_in({"version": asked.version})
    plan = _plan(visitor, asked, console.workshop.trials.pace(portal, name).branches)
    reason, is_file = reason_of(call), asked.of_file
    came = try_candidate(console, visitor, told, version, plan, is_file, asked.seen, reason)
    return done_or_why(visitor, came, f"scenarios.done_{plan.mode}")


def _plan(visitor: Visitor, asked: Try, branches: Sequence[str]) -> Plan:
    """By the rules of the page's form; but what it would pass over is refused here. Raises 422."""
    numbers = {measure: f"{number:g}" for measure, number in asked.stop_if.items()}
    form = filled(
        {
            "mode": asked.mode, "share": f"{asked.share:g}", "after": str(asked.after),
            **{f"stop.{one}": "on" for one in numbers}, **{f"n.{one}": text for one, text in numbers.items()},
            **{f"{OF_BRANCH}{one}": "on" for one in asked.branches},
        },
        branches,
    )  # fmt: skip
    strange = {
        "wrong_stop": not numbers.keys() <= set(MEASURES),
        "wrong_branches": not set(asked.branches) <= set(branches),
    }
    wrong = dict.fromkeys([*form.wrong, *(key for key, stands in strange.items() if stands)])
    if wrong:
        raise HTTPException(422, "\n".join(visitor.say(f"scenarios.{key}") for key in wrong))
    return form.plan

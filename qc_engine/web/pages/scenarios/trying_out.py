"""A candidate is begun, watched and promoted: each first shown with its tests and its numbers."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.acts import shown
from qc_engine.web.pages.scenarios.rooms import RAMP, Plan
from qc_engine.web.pages.scenarios.trial_plan import STOPS, Filled, filled, outlook, usual
from qc_engine.web.pages.scenarios.trial_words import condition
from qc_engine.web.pages.scenarios.visiting import changed, found, id_in, reason_in, said_by, version_in
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Told

ONE = "/{portal}/{name}"
LONGEST_STAND = 200


def add(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(f"{ONE}/try")
    def consider(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _considered(console, visitor, portal, name, request.query_params)

    @router.post(f"{ONE}/try")
    def begin(portal: str, name: str, acting: Acting = sending) -> Response:
        return _begun(console, acting, portal, name)

    @router.get(f"{ONE}/promote")
    def look(portal: str, name: str, visitor: Visitor = visiting) -> Response:
        told = changed(console, visitor, portal, name)
        report = console.workshop.trials.examined(portal, name, visitor.look.language)
        return _promotion(console, visitor, told, Came(report=report))

    @router.post(f"{ONE}/promote")
    def promote(portal: str, name: str, acting: Acting = sending) -> Response:
        return _promoted(console, acting, portal, name)

    @router.get(f"{ONE}/beside")
    def beside(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _beside(console, visitor, portal, name, request.query_params)


# --- beginning --------------------------------------------------------------------------------


def _considered(
    console: Console, visitor: Visitor, portal: str, name: str, query: Mapping[str, str]
) -> Response:
    """First the form; when it is filled in, what will happen, and the button."""
    told, version = changed(console, visitor, portal, name), version_in(query)
    pace = console.workshop.trials.pace(portal, name)
    form = filled(query, pace.branches) if "mode" in query else usual()
    if "mode" not in query or form.wrong or "change" in query:
        return _form(console, visitor, told, version, form)
    came = console.workshop.trials.weighed(portal, name, version, visitor.look.language)
    return _weighed(console, visitor, told, version, form, came)


def _form(console: Console, visitor: Visitor, told: Told, version: str, form: Filled) -> Response:
    pace = console.workshop.trials.pace(told["portal"], told["name"])
    status = 422 if form.wrong else 200
    return show(
        console, visitor, "scenario_try.html", status, **view.base(console, visitor, told), version=version,
        form=form, pace=pace, stops=STOPS,
    )  # fmt: skip


def _weighed(
    console: Console, visitor: Visitor, told: Told, version: str, form: Filled, came: Came,
    status: int = 200, reason: str = "",
) -> Response:  # fmt: skip
    pace, fields = console.workshop.trials.pace(told["portal"], told["name"]), form.fields()
    again = urlencode({"version": version, **fields, "change": "1"})
    return show(
        console, visitor, "scenario_try_sure.html", status, **view.base(console, visitor, told),
        version=version, form=form, fields=fields, again=again, came=came, report=came.report, reason=reason,
        count=view.counted(came.report), plan=form.plan, pace=pace, outlook=outlook(form.plan, pace),
        conditions=[condition(visitor, one) for one in form.plan.stop_if],
    )  # fmt: skip


def _begun(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, values, reason = acting.visitor, acting.form, reason_in(acting.form)
    told, version = changed(console, visitor, portal, name), version_in(values)
    is_file = values.get("of") == FILE
    form, asked = (
        filled(values, console.workshop.trials.pace(portal, name).branches),
        FILE if is_file else version,
    )
    if form.wrong:
        return _form(console, visitor, told, asked, form)
    if not reason:
        came = console.workshop.trials.weighed(portal, name, asked, visitor.look.language)
        return _weighed(console, visitor, told, asked, form, Came("no_reason", came.report), 422)
    plan, stand = form.plan, values.get("stand", "")
    came = try_candidate(console, visitor, told, version, plan, is_file, stand, reason)
    if came.why_not:
        told = found(console, visitor, portal, name)
        return _weighed(console, visitor, told, asked, form, came, 409, reason)
    return shown(console, visitor, found(console, visitor, portal, name), done=f"scenarios.done_{plan.mode}")


def try_candidate(
    console: Console, visitor: Visitor, told: Told, version: str, plan: Plan, is_file: bool, stand: str,
    reason: str,
) -> Came:  # fmt: skip
    """By a plan in which nothing is wrong. `stand`: how the scenario stood when somebody decided so."""
    said = said_by(visitor, told, plan.mode, reason, {"version": version, **_noted(plan)})
    portal, name, language = told["portal"], told["name"], visitor.look.language
    stand = stand[:LONGEST_STAND]
    return console.workshop.trials.begin(portal, name, version, language, plan, is_file, stand, said)


def _noted(plan: Plan) -> Mapping[str, str]:
    """For the audit."""
    share = f"{plan.share:g}%" if plan.share else ""
    told = {"share": share, "branches": ", ".join(plan.branches), "stop_if": "; ".join(plan.stop_if)}
    return {name: value for name, value in told.items() if value}


# --- promoting --------------------------------------------------------------------------------


def _promotion(
    console: Console, visitor: Visitor, told: Told, came: Came, status: int = 200, reason: str = ""
) -> Response:
    """The figures side by side, and what its tests say."""
    trial = told["candidate"]
    if not trial or trial["mode"] != RAMP:
        return shown(console, visitor, told, 409, wrong="scenarios.stands_otherwise")
    compared = console.workshop.compared(told["portal"], told["name"], told["version"], trial["version"])
    return show(
        console, visitor, "scenario_promote.html", status, **view.base(console, visitor, told), came=came,
        report=came.report, version=trial["version"], count=view.counted(came.report), reason=reason,
        groups=view.by_kind(compared) if compared else (),
    )  # fmt: skip


def _promoted(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, reason = acting.visitor, reason_in(acting.form)
    told, version = changed(console, visitor, portal, name), version_in(acting.form)
    if not reason:
        report = console.workshop.trials.examined(portal, name, visitor.look.language)
        return _promotion(console, visitor, told, Came("no_reason", report), 422)
    came = promote_candidate(console, visitor, told, version, reason)
    told = found(console, visitor, portal, name)
    if came.why_not:
        return _promotion(console, visitor, told, came, 409, reason)
    return shown(console, visitor, told, done="scenarios.done_promote")


def promote_candidate(console: Console, visitor: Visitor, told: Told, version: str, reason: str) -> Came:
    """The candidate that was seen, when its tests hold."""
    said = said_by(visitor, told, "promote", reason, {"version": version})
    portal, name, language = told["portal"], told["name"], visitor.look.language
    return console.workshop.trials.promote(portal, name, version, language, said)


# --- watching ---------------------------------------------------------------------------------


def _beside(console: Console, visitor: Visitor, portal: str, name: str, query: Mapping[str, str]) -> Response:
    """What a silent candidate would have done; of one `case` both stories."""
    told = found(console, visitor, portal, name)
    if not visitor.may(Action.SEE_CASES, Where.COMPANY):
        raise HTTPException(404)
    version = version_in(query, otherwise="") if query.get("version") else ""
    case_id, trials, language = query.get("case", ""), console.workshop.trials, visitor.look.language
    values = view.base(console, visitor, told)
    if case_id:
        pair = trials.both(portal, name, id_in(case_id), version, language)
        if pair is None:
            raise HTTPException(404)
        sides = [("is_in_force", pair["real"]), ("is_candidate", pair["candidate"])]
        return show(console, visitor, "scenario_stories.html", **values, case_id=case_id, sides=sides,
                    back="beside", parted=pair["parted"])  # fmt: skip
    report = trials.beside(portal, name, version, language)
    if report is None:
        raise HTTPException(404)
    return show(console, visitor, "scenario_beside.html", **values, report=report)

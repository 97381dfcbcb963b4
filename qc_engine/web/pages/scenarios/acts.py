"""What can be done with a scenario: each by the engine's own function, with a reason, noted in the audit."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.visiting import changed, found, reason_in, said_by, version_in
from qc_engine.web.pages.scenarios.workshop import FILE, Came, Told

NO_REASON, OTHERWISE = "scenarios.no_reason", "scenarios.stands_otherwise"
STATUSES: Mapping[str, int] = {NO_REASON: 422, OTHERWISE: 409}
DOES = ("pause", "resume", "freeze", "thaw", "stop", "clear")
ONE = "/{portal}/{name}"


def add(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.post(ONE)
    def press(portal: str, name: str, acting: Acting = sending) -> Response:
        return _acted(console, acting, portal, name)

    @router.get(f"{ONE}/activate")
    def consider(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _considered(console, visitor, portal, name, request.query_params)

    @router.post(f"{ONE}/activate")
    def put_in_force(portal: str, name: str, acting: Acting = sending) -> Response:
        return _activated(console, acting, portal, name)


def shown(
    console: Console, visitor: Visitor, told: Told, status: int = 200, done: str = "", wrong: str = ""
) -> Response:
    """The page of one scenario; `done`, `wrong`: what came of a button, as keys."""
    return show(
        console, visitor, "scenario.html", status, **view.base(console, visitor, told), done=done,
        wrong=wrong, log=view.log(visitor, told), playable=view.playable(visitor, told), who=view.who,
        elsewhere=view.running_elsewhere(visitor, told),
    )  # fmt: skip


def _acted(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, do = acting.visitor, acting.form.get("do", "")
    wrong = act(console, visitor, portal, name, acting.form)
    if do == "freeze" and not wrong:
        return RedirectResponse(f"/console/scenarios/{portal}/{name}/did", 303)
    told, done = found(console, visitor, portal, name), "" if wrong else f"scenarios.done_{do}"
    return shown(console, visitor, told, STATUSES.get(wrong, 200), done, wrong)


def act(console: Console, visitor: Visitor, portal: str, name: str, form: Mapping[str, str]) -> str:
    """'' when it is done; else why not, one of STATUSES. Raises 404, 403, 400."""
    told, do, reason = changed(console, visitor, portal, name), form.get("do", ""), reason_in(form)
    if do not in DOES:
        raise HTTPException(400)
    if not reason:
        return NO_REASON
    is_done = console.workshop.act(portal, name, do, said_by(visitor, told, do, reason))
    return "" if is_done else OTHERWISE


# --- activating -------------------------------------------------------------------------------


def _considered(
    console: Console, visitor: Visitor, portal: str, name: str, query: Mapping[str, str]
) -> Response:
    """The tests are played before anybody can press the button."""
    told, version = changed(console, visitor, portal, name), version_in(query)
    report = console.workshop.played(portal, name, version, visitor.look.language)
    return _consideration(console, visitor, told, version, Came(report=report))


def _consideration(
    console: Console,
    visitor: Visitor,
    told: Told,
    version: str,
    came: Came,
    status: int = 200,
    reason: str = "",
) -> Response:
    portal, name, report = told["portal"], told["name"], came.report
    compared = console.workshop.compared(portal, name, told["version"], version) if report.is_fine else None
    return show(
        console, visitor, "scenario_activate.html", status, **view.base(console, visitor, told),
        version=version, came=came, report=report, count=view.counted(report), reason=reason,
        groups=view.by_kind(compared) if compared else (), is_same=report.version == told["version"],
    )  # fmt: skip


def _activated(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, form = acting.visitor, acting.form
    came = activate(console, visitor, portal, name, form)
    told = found(console, visitor, portal, name)
    if came.why_not:
        asked = FILE if form.get("of") == FILE else version_in(form)
        status = 409 if came.why_not != "no_reason" else 422
        return _consideration(console, visitor, told, asked, came, status, reason_in(form))
    return shown(console, visitor, told, done="scenarios.done_activate")


def activate(console: Console, visitor: Visitor, portal: str, name: str, form: Mapping[str, str]) -> Came:
    """Put in force what was read as `version`, when everything holds. Raises 404, 403."""
    told, version, reason = changed(console, visitor, portal, name), version_in(form), reason_in(form)
    is_file, language = form.get("of") == FILE, visitor.look.language
    if not reason:
        asked = FILE if is_file else version
        return Came("no_reason", console.workshop.played(portal, name, asked, language))
    said = said_by(visitor, told, "activate", reason)
    return console.workshop.activate(portal, name, version, language, is_file, said)

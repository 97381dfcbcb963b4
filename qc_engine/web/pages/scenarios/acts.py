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

DOES = ("pause", "resume", "freeze", "thaw", "stop", "clear")
ONE = "/{portal}/{name}"


def add(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.post(ONE)
    def act(portal: str, name: str, acting: Acting = sending) -> Response:
        return _acted(console, acting, portal, name)

    @router.get(f"{ONE}/activate")
    def consider(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _considered(console, visitor, portal, name, request.query_params)

    @router.post(f"{ONE}/activate")
    def activate(portal: str, name: str, acting: Acting = sending) -> Response:
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
    visitor, do, reason = acting.visitor, acting.form.get("do", ""), reason_in(acting.form)
    told = changed(console, visitor, portal, name)
    if do not in DOES:
        raise HTTPException(400)
    if not reason:
        return shown(console, visitor, told, 422, wrong="scenarios.no_reason")
    if not console.workshop.act(portal, name, do, said_by(visitor, told, do, reason)):
        return shown(
            console, visitor, found(console, visitor, portal, name), 409, wrong="scenarios.stands_otherwise"
        )
    if do == "freeze":
        return RedirectResponse(f"/console/scenarios/{portal}/{name}/did", 303)
    return shown(console, visitor, found(console, visitor, portal, name), done=f"scenarios.done_{do}")


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
    visitor, form, reason = acting.visitor, acting.form, reason_in(acting.form)
    told, version = changed(console, visitor, portal, name), version_in(form)
    is_file, language = form.get("of") == FILE, visitor.look.language
    asked = FILE if is_file else version
    if not reason:
        report = console.workshop.played(portal, name, asked, language)
        return _consideration(console, visitor, told, asked, Came("no_reason", report), 422)
    said = said_by(visitor, told, "activate", reason)
    came = console.workshop.activate(portal, name, version, language, is_file, said)
    if came.why_not:
        return _consideration(console, visitor, told, asked, came, 409, reason)
    return shown(console, visitor, found(console, visitor, portal, name), done="scenarios.done_activate")

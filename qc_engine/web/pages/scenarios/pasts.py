"""A version on the clients of the past: asked for, waited for, read, and both stories of a case in it."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.narrowing import clean
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.rooms import RUNNING, Asked, Begun, Past
from qc_engine.web.pages.scenarios.visiting import (
    changed,
    found,
    id_in,
    said_by,
    sees_figures,
    version_in,
    written_form,
)
from qc_engine.web.pages.scenarios.workshop import FILE, Told

ONE = "/{portal}/{name}"
DAYS = (7, 30, 90)
LISTED = 200  # people on one page


def add(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))
    writing = Depends(acting_of(console, written_form))

    @router.get(f"{ONE}/past")
    def ask(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        told = changed(console, visitor, portal, name)
        return _form(console, visitor, told, Asked(version_in(request.query_params), 30))

    @router.post(f"{ONE}/past")
    def begin(portal: str, name: str, acting: Acting = writing) -> Response:
        return _begun(console, acting, portal, name)

    @router.get(f"{ONE}/past/{{id_}}")
    def look(portal: str, name: str, id_: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _shown(console, visitor, portal, name, id_, is_part(request))

    @router.get(f"{ONE}/past/{{id_}}/{{case_id}}")
    def both(portal: str, name: str, id_: str, case_id: str, visitor: Visitor = visiting) -> Response:
        return _both(console, visitor, portal, name, id_, case_id)

    @router.post(f"{ONE}/past/{{id_}}")
    def cancel(portal: str, name: str, id_: str, acting: Acting = sending) -> Response:
        told = changed(console, acting.visitor, portal, name)
        past = stop_past(console, acting.visitor, told, id_)
        return RedirectResponse(f"/console/scenarios/{portal}/{name}/past/{past.id}", 303)


# --- asking -----------------------------------------------------------------------------------


def _form(
    console: Console, visitor: Visitor, told: Told, asked: Asked, begun: Begun | None = None
) -> Response:
    status = 200 if begun is None else 409
    begun = begun or Begun()
    return show(
        console, visitor, "scenario_past.html", status, **view.base(console, visitor, told), asked=asked,
        begun=begun, came=begun.came, spans=DAYS, choices=view.playable(visitor, told),
        branches=[
            (one, one) for one in console.workshop.trials.pace(told["portal"], told["name"]).branches
        ],
    )  # fmt: skip


def _begun(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, form = acting.visitor, acting.form
    told, asked = changed(console, visitor, portal, name), _asked(form)
    begun = begin_past(console, visitor, told, asked)
    if not begun.id:
        return _form(console, visitor, told, asked, begun)
    return RedirectResponse(f"/console/scenarios/{portal}/{name}/past/{begun.id}", 303)


def begin_past(console: Console, visitor: Visitor, told: Told, asked: Asked) -> Begun:
    """On a thread; whoever asks again is told how far it is."""
    details = {"version": asked.version, "days": asked.days, "branch": asked.branch}
    said = said_by(visitor, told, "past", "", {name: str(one) for name, one in details.items() if one})
    language = visitor.look.language
    return console.workshop.pasts.begin(told["portal"], told["name"], asked, language, said)


def stop_past(console: Console, visitor: Visitor, told: Told, id_: str) -> Past:
    """Nothing is kept of one that goes on; one that has ended stays as it is. Raises 404."""
    past = past_of(console, told, id_)
    details = {"version": past.version, "begun_by": past.by}
    console.workshop.pasts.cancel(past.id, said_by(visitor, told, "past_stop", "", details))
    return past


def _asked(form: Mapping[str, str]) -> Asked:
    """A `text`, when the editor asks, stands for the version."""
    days = next((one for one in DAYS if str(one) == form.get("days")), 30)
    text = form.get("text")
    return Asked(FILE if text is not None else version_in(form), days, clean(form.get("branch", "")), text)


# --- reading ----------------------------------------------------------------------------------


def _shown(
    console: Console, visitor: Visitor, portal: str, name: str, id_: str, part: bool
) -> Response:  # fmt: skip
    told = readable(console, visitor, portal, name)
    past = console.workshop.pasts.one(portal, name, id_in(id_))
    report = console.workshop.pasts.report(past.id, visitor.look.language) if past else None
    return show(
        console, visitor, "scenario_past_part.html" if part else "scenario_past_run.html",
        200 if past or part else 404, **view.base(console, visitor, told), past=past, report=report,
        goes_on=past is not None and past.state == RUNNING, listed=LISTED,
        sees_people=visitor.may(Action.SEE_CASES, Where.COMPANY),
    )  # fmt: skip


def _both(
    console: Console, visitor: Visitor, portal: str, name: str, id_: str, case_id: str
) -> Response:  # fmt: skip
    told = readable(console, visitor, portal, name)
    if not visitor.may(Action.SEE_CASES, Where.COMPANY):
        raise HTTPException(404)
    past = past_of(console, told, id_)
    pair = console.workshop.pasts.both(past.id, id_in(case_id), visitor.look.language)
    if pair is None:
        raise HTTPException(404)
    sides = [("past_was", pair["old"]), ("past_now", pair["new"])]
    return show(
        console, visitor, "scenario_stories.html", **view.base(console, visitor, told), case_id=case_id,
        sides=sides, back=f"past/{past.id}", parted="",
    )  # fmt: skip


def readable(console: Console, visitor: Visitor, portal: str, name: str) -> Told:
    """Its numbers are of all branches. Raises 404."""
    told = found(console, visitor, portal, name)
    if not sees_figures(visitor):
        raise HTTPException(404)
    return told


def past_of(console: Console, told: Told, id_: str) -> Past:
    """Raises 404."""
    past = console.workshop.pasts.one(told["portal"], told["name"], id_in(id_))
    if past is None:
        raise HTTPException(404)
    return past

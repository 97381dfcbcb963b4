"""The editor: checked while somebody writes, and saved only whole."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.acts import shown
from qc_engine.web.pages.scenarios.visiting import (
    changed,
    found,
    reason_in,
    said_by,
    version_in,
    written_form,
)
from qc_engine.web.pages.scenarios.workshop import Came, Draft, Report, Told

ONE = "/{portal}/{name}"
LONGEST_STAMP = 64


def add(router: APIRouter, console: Console) -> None:
    visiting, writing = Depends(visitor_of(console)), Depends(acting_of(console, written_form))

    @router.get(f"{ONE}/edit")
    def edit(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        told, query = changed(console, visitor, portal, name), request.query_params
        version = version_in(query, otherwise="") if query.get("version") else ""
        draft = console.workshop.draft(portal, name, version)
        return _shown(console, visitor, told, draft, version=version)

    @router.post(f"{ONE}/check")
    def check(portal: str, name: str, acting: Acting = writing) -> Response:
        return _checked(console, acting, portal, name)

    @router.post(f"{ONE}/keep")
    def keep(portal: str, name: str, acting: Acting = writing) -> Response:
        return _kept(console, acting, portal, name)

    @router.post(f"{ONE}/edit")
    def save(portal: str, name: str, acting: Acting = writing) -> Response:
        return _saved(console, acting, portal, name)


def _shown(
    console: Console, visitor: Visitor, told: Told, draft: Draft, came: Came | None = None, reason: str = "",
    version: str = "",
) -> Response:  # fmt: skip
    report = came.report if came else Report()
    return show(
        console, visitor, "scenario_edit.html", 409 if came else 200, **view.base(console, visitor, told),
        draft=draft, came=came, report=report, count=view.counted(report), reason=reason, version=version,
        faults=report.faults, looked=bool(report.faults), numbers=range(1, draft.text.count("\n") + 2),
    )  # fmt: skip


def _checked(console: Console, acting: Acting, portal: str, name: str) -> Response:
    """What is wrong so far; nothing is kept."""
    told = changed(console, acting.visitor, portal, name)
    faults = console.workshop.faults(portal, name, acting.form.get("text", ""))
    values = view.base(console, acting.visitor, told)
    return show(console, acting.visitor, "scenario_faults.html", **values, faults=faults, looked=True)


def _saved(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, form, reason = acting.visitor, acting.form, reason_in(acting.form)
    told = changed(console, visitor, portal, name)
    came = save_file(console, visitor, told, form.get("text", ""), form.get("stamp", ""), reason)
    if came.why_not:
        return _refused(console, visitor, told, form, came, reason)
    return shown(console, visitor, found(console, visitor, portal, name), done="scenarios.done_save")


def _kept(console: Console, acting: Acting, portal: str, name: str) -> Response:
    """Nothing is written into a file, and nothing comes into force."""
    visitor, form, reason = acting.visitor, acting.form, reason_in(acting.form)
    told = changed(console, visitor, portal, name)
    came = Came("no_reason")
    if reason:
        came = keep_text(console, visitor, told, form.get("text", ""), reason)
    if came.why_not:
        return _refused(console, visitor, told, form, came, reason)
    path = f"/console/scenarios/{portal}/{name}/text"
    return RedirectResponse(f"{path}?version={came.report.version}&kept=1", 303)


def keep_text(console: Console, visitor: Visitor, told: Told, text: str, reason: str) -> Came:
    """Among the versions; `report.version` of the answer says which one it is."""
    said, language = said_by(visitor, told, "keep", reason), visitor.look.language
    return console.workshop.keep(told["portal"], told["name"], text, language, said)


def _refused(
    console: Console, visitor: Visitor, told: Told, form: Mapping[str, str], came: Came, reason: str
) -> Response:
    """With what was typed."""
    file = console.workshop.draft(told["portal"], told["name"]).file
    typed = Draft(file, form.get("text", "").replace("\r\n", "\n"), form.get("stamp", "")[:LONGEST_STAMP])
    return _shown(console, visitor, told, typed, came, reason)


def save_file(
    console: Console, visitor: Visitor, told: Told, text: str, stamp: str, reason: str
) -> Came:  # fmt: skip
    """Into the file that was read as `stamp`, and in force at once; nothing without a reason."""
    if not reason:
        return Came("no_reason")
    said, language = said_by(visitor, told, "save", reason), visitor.look.language
    return console.workshop.save(
        told["portal"], told["name"], text, stamp[:LONGEST_STAMP], language, said
    )  # fmt: skip

"""The editor: checked while somebody writes, and saved only whole."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Response

from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.acts import shown
from qc_engine.web.pages.scenarios.visiting import changed, found, reason_in, said_by, written_form
from qc_engine.web.pages.scenarios.workshop import Came, Draft, Report, Told

ONE = "/{portal}/{name}"
LONGEST_STAMP = 64


def add(router: APIRouter, console: Console) -> None:
    visiting, writing = Depends(visitor_of(console)), Depends(acting_of(console, written_form))

    @router.get(f"{ONE}/edit")
    def edit(portal: str, name: str, visitor: Visitor = visiting) -> Response:
        told = changed(console, visitor, portal, name)
        return _shown(console, visitor, told, console.workshop.draft(portal, name))

    @router.post(f"{ONE}/check")
    def check(portal: str, name: str, acting: Acting = writing) -> Response:
        return _checked(console, acting, portal, name)

    @router.post(f"{ONE}/edit")
    def save(portal: str, name: str, acting: Acting = writing) -> Response:
        return _saved(console, acting, portal, name)


def _shown(
    console: Console, visitor: Visitor, told: Told, draft: Draft, came: Came | None = None, reason: str = ""
) -> Response:
    report = came.report if came else Report()
    return show(
        console, visitor, "scenario_edit.html", 409 if came else 200, **view.base(console, visitor, told),
        draft=draft, came=came, report=report, count=view.counted(report), reason=reason,
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
    came = _attempted(console, visitor, told, form, reason)
    if came.why_not:
        file = console.workshop.draft(portal, name).file
        typed = Draft(file, form.get("text", "").replace("\r\n", "\n"), form.get("stamp", "")[:LONGEST_STAMP])
        return _shown(console, visitor, told, typed, came, reason)
    return shown(console, visitor, found(console, visitor, portal, name), done="scenarios.done_save")


def _attempted(console: Console, visitor: Visitor, told: Told, form: Mapping[str, str], reason: str) -> Came:
    if not reason:
        return Came("no_reason")
    return console.workshop.save(
        told["portal"], told["name"], form.get("text", ""), form.get("stamp", "")[:LONGEST_STAMP],
        visitor.look.language, said_by(visitor, told, "save", reason),
    )  # fmt: skip

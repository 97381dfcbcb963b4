"""Running cases go by another version, what was done goes back: each with the exact list first."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.visiting import changed, found, reason_in, said_by, version_in
from qc_engine.web.pages.scenarios.workshop import Told

ONE = "/{portal}/{name}"
SPANS = (2, 24, 24 * 7)  # hours
LISTED = 200  # cases on one page
LONGEST_SEEN = 64


def add(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(f"{ONE}/migrate")
    def movable(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        told = changed(console, visitor, portal, name)
        return _movable(console, visitor, told, version_in(request.query_params, otherwise=told["version"]))

    @router.post(f"{ONE}/migrate")
    def move(portal: str, name: str, acting: Acting = sending) -> Response:
        return _moved(console, acting, portal, name)

    @router.get(f"{ONE}/undo")
    def undoable(portal: str, name: str, hours: int = Query(24), visitor: Visitor = visiting) -> Response:
        return _undoable(console, visitor, changed(console, visitor, portal, name), hours)

    @router.post(f"{ONE}/undo")
    def undo(portal: str, name: str, acting: Acting = sending) -> Response:
        return _undone(console, acting, portal, name)


# --- to another version -----------------------------------------------------------------------


def _movable(
    console: Console, visitor: Visitor, told: Told, version: str, status: int = 200, done: str = "",
    wrong: str = "", reason: str = "",
) -> Response:  # fmt: skip
    moves = console.workshop.upkeep.movable(told["portal"], told["name"], version, visitor.look.language)
    if moves is None:
        raise HTTPException(404)
    return show(
        console, visitor, "scenario_migrate.html", status, **view.base(console, visitor, told), moves=moves,
        version=moves["to"], steps=_by_step(console, visitor, told["name"], moves), listed=LISTED, done=done,
        wrong=wrong, reason=reason,
    )  # fmt: skip


def _by_step(console: Console, visitor: Visitor, name: str, moves: Told) -> Sequence[tuple[str, int]]:
    """'' is what has not begun."""
    step = partial(console.behind.step, visitor.look.language, name)
    return [(step(one) if one else "", count) for one, count in view.by_step(moves)]


def _moved(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, reason = acting.visitor, reason_in(acting.form)
    told, version = changed(console, visitor, portal, name), version_in(acting.form)
    if not reason:
        return _movable(console, visitor, told, version, 422, wrong=visitor.say("scenarios.no_reason"))
    count = move_cases(console, visitor, told, version, reason)
    told = found(console, visitor, portal, name)
    if not count:
        wrong = visitor.say("scenarios.stands_otherwise")
        return _movable(console, visitor, told, version, 409, wrong=wrong, reason=reason)
    return _movable(console, visitor, told, version, done=visitor.say("scenarios.done_migrate", n=count))


def move_cases(console: Console, visitor: Visitor, told: Told, version: str, reason: str) -> int:
    """How many go by it now."""
    said = said_by(visitor, told, "migrate", reason, {"version": version})
    return console.workshop.upkeep.move(told["portal"], told["name"], version, said)


# --- back -------------------------------------------------------------------------------------


def _undoable(
    console: Console, visitor: Visitor, told: Told, hours: int, status: int = 200, done: str = "",
    wrong: str = "", reason: str = "",
) -> Response:  # fmt: skip
    if not visitor.may(Action.SEE_CASES, Where.COMPANY):
        raise HTTPException(404)
    hours = hours if hours in SPANS else 24
    plan = console.workshop.upkeep.undoable(told["portal"], told["name"], hours, visitor.look.language)
    return show(
        console, visitor, "scenario_undo.html", status, **view.base(console, visitor, told), plan=plan,
        hours=hours, spans=SPANS, done=done, wrong=wrong, reason=reason,
    )  # fmt: skip


def _undone(console: Console, acting: Acting, portal: str, name: str) -> Response:
    visitor, form, reason = acting.visitor, acting.form, reason_in(acting.form)
    told = changed(console, visitor, portal, name)
    hours = next((one for one in SPANS if str(one) == form.get("hours")), 24)
    if not reason:
        return _undoable(console, visitor, told, hours, 422, wrong=visitor.say("scenarios.no_reason"))
    count = take_back(console, visitor, told, hours, form.get("seen", ""), reason)
    told = found(console, visitor, portal, name)
    if not count:
        wrong = visitor.say("scenarios.list_changed")
        return _undoable(console, visitor, told, hours, 409, wrong=wrong, reason=reason)
    return _undoable(console, visitor, told, hours, done=visitor.say("scenarios.done_undo", n=count))


def take_back(
    console: Console, visitor: Visitor, told: Told, hours: int, seen: str, reason: str
) -> int | None:  # fmt: skip
    """Exactly the list that was `seen`; nothing of another one."""
    said = said_by(visitor, told, "undo", reason, {"hours": str(hours)})
    upkeep, seen = console.workshop.upkeep, seen[:LONGEST_SEEN]
    return upkeep.undo(told["portal"], told["name"], hours, seen, said)

"""GET /console/settings/lanes, /connections and /doctor, POST to the last: how the engine stands."""

from fastapi import APIRouter, Depends, Request, Response

from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import is_part
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.policy import Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.tabs import CONNECTIONS, DOCTOR, LANES, show_tab

KINDS = ("portal", "channel")


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(LANES.path)
    def lanes(visitor: Visitor = visiting) -> Response:
        allowed(visitor, LANES.action, Where.COMPANY)
        told = console.office.standing(visitor.look.language)
        return show_tab(console, visitor, LANES, "lanes.html", told=told)

    @router.get(CONNECTIONS.path)
    def connections(visitor: Visitor = visiting) -> Response:
        allowed(visitor, CONNECTIONS.action, Where.COMPANY)
        return show_tab(
            console, visitor, CONNECTIONS, "connections.html", branches=console.office.branches(),
            connections=console.office.connections(visitor.look.language), kinds=KINDS,
        )  # fmt: skip

    @router.get(DOCTOR.path)
    def doctor(request: Request, visitor: Visitor = visiting) -> Response:
        return _doctor(console, visitor, request)

    @router.post(DOCTOR.path)
    def ask(request: Request, acting: Acting = sending) -> Response:
        allowed(acting.visitor, DOCTOR.action, Where.COMPANY)
        return _doctor(console, acting.visitor, request, examined(console, acting.visitor))

    return router


def _doctor(console: Console, visitor: Visitor, request: Request, notice: Notice | None = None) -> Response:
    allowed(visitor, DOCTOR.action, Where.COMPANY)
    template = "doctor_part.html" if is_part(request) else "doctor.html"
    return show_tab(console, visitor, DOCTOR, template, notice, health=console.office.health())


def examined(console: Console, visitor: Visitor) -> Notice:
    """Nobody waits for the vendors here: the page says when they have answered."""
    if not console.office.examine(visitor.user.name):
        return Notice(visitor.say("doctor.asked_already"), 409)
    with console.database.transaction() as session:
        doing.note(session, visitor, "doctor.asked", "doctor")
    return Notice(visitor.say("doctor.begun"))

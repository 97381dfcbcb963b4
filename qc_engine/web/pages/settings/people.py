"""GET and POST /console/settings/users and /console/settings/users/{id}: who may come in."""

from fastapi import APIRouter, Depends, Response

from qc_engine.store import audit, sessions, two_steps, users
from qc_engine.web.console import limits
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.policy import Role, Where, may_appoint
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.log import said
from qc_engine.web.pages.settings.people_acts import Came, act, invite, row_of
from qc_engine.web.pages.settings.people_shown import choices, person, register
from qc_engine.web.pages.settings.tabs import PEOPLE, show_tab

LOGGED = 20


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(PEOPLE.path)
    def look(state: str = "", visitor: Visitor = visiting) -> Response:
        return _list(console, visitor, state)

    @router.post(PEOPLE.path)
    def add(acting: Acting = sending) -> Response:
        allowed(acting.visitor, PEOPLE.action, Where.COMPANY)
        return _list(console, acting.visitor, "", invite(console, acting.visitor, acting.form))

    @router.get(f"{PEOPLE.path}/{{user_id}}")
    def one(user_id: str, visitor: Visitor = visiting) -> Response:
        return _one(console, visitor, user_id)

    @router.post(f"{PEOPLE.path}/{{user_id}}")
    def change(user_id: str, acting: Acting = sending) -> Response:
        allowed(acting.visitor, PEOPLE.action, Where.COMPANY)
        return _one(console, acting.visitor, user_id, act(console, acting.visitor, user_id, acting.form))

    return router


def _list(console: Console, visitor: Visitor, state: str, came: Came | None = None) -> Response:
    """`came`: of an invitation."""
    allowed(visitor, PEOPLE.action, Where.COMPANY)
    now, typed = console.wall.now(), came.typed if came else {}
    with console.database.reading() as session:
        links = users.open_links(session, now)
        signed_in = sessions.alive(session, now - limits.AT_MOST, now - limits.IDLE)
        listed = register(visitor, users.all_users(session), links, signed_in, state)
    return show_tab(
        console, visitor, PEOPLE, "people.html", came.notice if came else None, came=came, list=listed,
        roles=_roles(visitor), places=choices(console, None, typed), once=console.ids.code(), typed=typed,
    )  # fmt: skip


def _one(console: Console, visitor: Visitor, user_id: str, came: Came | None = None) -> Response:
    """Raises 404 when there is nobody of this id."""
    allowed(visitor, PEOPLE.action, Where.COMPANY)
    now = console.wall.now()
    with console.database.reading() as session:
        row = row_of(session, user_id)
        link = users.open_links(session, now).get(row.id)
        signed_in = sessions.alive(session, now - limits.AT_MOST, now - limits.IDLE).get(row.id, 0)
        done = audit.of_thing(session, f"user:{row.id}", LOGGED)
        has_two_steps = two_steps.stands(session, row.id)
    one = person(visitor, row, link, signed_in)
    return show_tab(
        console, visitor, PEOPLE, "person.html", came.notice if came else None, came=came, one=one,
        roles=_roles(visitor), places=choices(console, row), has_two_steps=has_two_steps,
        done=[(each, said(visitor, each.action)) for each in done],
    )  # fmt: skip


def _roles(visitor: Visitor) -> list[Role]:
    return [role for role in Role if may_appoint(visitor.user, role)]

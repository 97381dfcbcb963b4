"""GET and POST /api/users and /api/users/{user_id}: who may come into the console."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from qc_engine.store import sessions, two_steps, users
from qc_engine.store.console_tables import UserRow
from qc_engine.web.calls.door import Call, Calling, call_of, carried_out, takes
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import Done, shown
from qc_engine.web.console import limits, staff
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.gate import user_from
from qc_engine.web.console.narrowing import APART, clean
from qc_engine.web.console.policy import Scope, may_appoint
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.console.staff import LONGEST_NAME, Objection
from qc_engine.web.pages.settings.people_acts import Came, invited, objected, pressed, row_of
from qc_engine.web.pages.settings.people_shown import FIELD, seen_of

Named = Literal["owner", "admin", "integrator", "head", "manager", "observer"]
BRANCHES: Any = Field([], max_length=200, description="portal/branch; a head and a manager need at least one")


class Known(BaseModel):
    """Somebody who may come in, or might."""

    model_config = shown(
        id="3f9", login="anna", name="Anna", role="manager", branches=["main/Abay street"], state="in",
        seen_at="2026-03-08T09:09:00+00:00", link_until=None, signed_in=1, two_steps=False, by_provider=False,
        mine=True, seen="5f1c0a94f0d1e2b3",
    )  # fmt: skip
    id: str
    login: str | None = Field(description="Null: not chosen yet")
    name: str
    role: str
    branches: Sequence[str] | None = Field(description="portal/branch; null: every one")
    state: str = Field(description=", ".join(staff.STATES))
    seen_at: str | None
    link_until: str | None = Field(description="Until when a link lets them choose a password")
    signed_in: int = Field(description="Browsers")
    two_steps: bool
    by_provider: bool = Field(description="Linked to the company's identity provider")
    mine: bool = Field(
        description="This token may change them: it has users.act, and they are no owner or admin"
    )
    seen: str = Field(description="How they stood when they were read: an act may bring it back")


class Register(BaseModel):
    """Everybody, also those who were shut out."""

    model_config = shown(users=[])
    users: Sequence[Known]


class Invited(BaseModel):
    """A new user. An owner or an admin is invited by people alone."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Anna", "role": "manager", "branches": ["main/Abay street"]}]
        },
    )
    name: str = Field(max_length=LONGEST_NAME)
    role: Named
    branches: list[str] = BRANCHES


class Act(BaseModel):
    """What a button of that person's page does."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"do": "close"}]})
    do: Literal["role", "link", "sign_out", "close", "reopen", "two_steps", "unlink"]
    role: Named | Literal[""] = Field("", description="For role")
    branches: list[str] = BRANCHES
    seen: str = Field("", max_length=40, description="`seen` of the user as it was read")


class Linked(Done):
    """It has happened. A link is told this once, and kept nowhere: not to a repetition of the request."""

    model_config = shown(said="Anna: the invitation is ready", link="https://qc.example/console/enter/...")
    link: str = Field(description="By which they choose a password, once; empty where there is none to tell")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/users", tags=["users"])
    reading, acting = Depends(calling(Scope.USERS)), calling(Scope.USER_ACTS)
    inviting, changing = Depends(call_of(acting, Invited)), Depends(call_of(acting, Act))

    @router.get("", summary="Who may come into the console", responses=answers())
    def register(visitor: Visitor = reading) -> Register:
        with console.database.reading() as session:
            return Register(users=_all(console, visitor, session, users.all_users(session)))

    @router.get("/{user_id}", summary="One of them", responses=answers(404))
    def one(user_id: str, visitor: Visitor = reading) -> Known:
        with console.database.reading() as session:
            return _all(console, visitor, session, [row_of(session, user_id)])[0]

    @router.post("", summary="Invite somebody", responses=answers(400, 409, 422),
                 openapi_extra=takes(Invited))  # fmt: skip
    def invite(call: Call[Invited] = inviting) -> Linked:
        asked = call.asked
        form = {"name": asked.name, "role": asked.role, **_ticked(console, call.visitor, asked.branches)}
        return _linked(console, call, lambda session: invited(console, session, call.visitor, form))

    @router.post("/{user_id}", summary="Change, shut out, let in again, end sessions",
                 responses=answers(400, 404, 409, 422), openapi_extra=takes(Act))  # fmt: skip
    def act(user_id: str, call: Call[Act] = changing) -> Linked:
        return _linked(console, call, partial(_pressed, console, call, user_id))

    return router


def _pressed(console: Console, call: Call[Act], user_id: str, session: Session) -> Came:
    visitor, asked = call.visitor, call.asked
    row = row_of(session, user_id)
    theirs = [APART.join(one) for one in row.branches or ()]  # also those that config.yaml has no more
    form = {
        "do": asked.do, "role": asked.role, "seen": asked.seen or seen_of(row),
        **_ticked(console, visitor, asked.branches, theirs),
    }  # fmt: skip
    return pressed(console, session, visitor, user_id, form)


def _linked(console: Console, call: Call[Any], act: Callable[[Session], Came]) -> Linked:
    """Raises 403, 409, 422."""
    links: list[str] = []

    def noticed(session: Session) -> Notice:
        came = act(session)
        links.append(came.link)
        return came.notice

    try:
        done = carried_out(console, call, noticed)
    except Objection as why:
        notice = objected(call.visitor, why)
        raise HTTPException(notice.status, notice.text) from None
    return Linked(said=done.said, link="".join(links))


def _ticked(
    console: Console, visitor: Visitor, branches: Sequence[str], theirs: Sequence[str] = ()
) -> Mapping[str, str]:  # fmt: skip
    """As the boxes of the page's form. Raises 422 for a branch that there is not."""
    known = {*theirs, *(f"{one.portal}{APART}{one.branch}" for one in console.choices().places)}
    if strange := [one for one in branches if one not in known]:
        raise HTTPException(422, visitor.say("api.no_branch", name=clean(strange[0])))
    return {f"{FIELD}{one}": "1" for one in branches}


def _all(console: Console, visitor: Visitor, session: Session, rows: Sequence[UserRow]) -> Sequence[Known]:
    now = console.wall.now()
    links = users.open_links(session, now)
    signed_in = sessions.alive(session, now - limits.AT_MOST, now - limits.IDLE)
    return [
        Known(
            **staff.told(row, links.get(row.id)), signed_in=signed_in.get(row.id, 0),
            two_steps=two_steps.stands(session, row.id), by_provider=bool(row.subject),
            mine=may_appoint(visitor.user, user_from(row).role), seen=seen_of(row),
        )
        for row in rows
    ]  # fmt: skip

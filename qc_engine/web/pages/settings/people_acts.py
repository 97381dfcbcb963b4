"""What the buttons of the users' pages do: the functions of `qc console`, with the person's own name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.store import audit, users
from qc_engine.store.console_tables import HandledRow, UserRow
from qc_engine.web.console import doing, staff
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Role
from qc_engine.web.console.room import ENTER, Console, Visitor
from qc_engine.web.console.staff import By, Objection
from qc_engine.web.pages.settings.log import said
from qc_engine.web.pages.settings.people_shown import seen_of, ticked

DOES = ("role", "link", "sign_out", "close", "reopen", "two_steps", "unlink")


@dataclass(frozen=True)
class Came:
    """What came of it. `link`: shown this once, and nowhere kept."""

    notice: Notice
    link: str = ""
    name: str = ""
    until: datetime | None = None
    typed: Mapping[str, str] = field(default_factory=dict)  # what could not be accepted


def row_of(session: Session, user_id: str) -> UserRow:
    """Raises 404."""
    row = users.get(session, user_id) if doing.is_id(user_id) else None
    if row is None:
        raise HTTPException(404)
    return row


def invite(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Came:
    """Raises 400 for a role that there is not."""
    _role(form)
    try:
        with console.database.transaction() as session:
            if _again(session, visitor, form.get("once", "")):
                return Came(Notice(visitor.say("people.invited_before"), 409))
            return invited(console, session, visitor, form)
    except Objection as why:
        return Came(Notice(visitor.say(why.key), 422), typed=form)


def invited(console: Console, session: Session, visitor: Visitor, form: Mapping[str, str]) -> Came:
    """Raises 400 for a role that there is not, and Objection."""
    role, places, now = _role(form), ticked(console, None, form), console.wall.now()
    row, token = staff.invite(
        session, console.ids, by(visitor), role, form.get("name", ""), places, now
    )  # fmt: skip
    return _linked(console, visitor, row, token, "people.invited")


def act(console: Console, visitor: Visitor, user_id: str, form: Mapping[str, str]) -> Came:
    """Raises 404 when there is nobody of this id, 400 for nonsense, 403 for whom one may not change."""
    try:
        with console.database.transaction() as session:
            return pressed(console, session, visitor, user_id, form)
    except Objection as why:
        return Came(objected(visitor, why))


def pressed(
    console: Console, session: Session, visitor: Visitor, user_id: str, form: Mapping[str, str]
) -> Came:
    """The same within the caller's transaction. Raises Objection too."""
    if (do := form.get("do", "")) not in DOES:
        raise HTTPException(400)
    row = staff.found(session, user_id) if doing.is_id(user_id) else None
    if row is None:
        raise HTTPException(404)
    if form.get("seen", "") != seen_of(row):
        return Came(Notice(_changed(session, visitor, row), 409))
    token = _done(console, session, visitor, row, form)
    return _linked(console, visitor, row, token, f"people.done_{do}")


def objected(visitor: Visitor, why: Objection) -> Notice:
    """Raises 403 for whom one may not change."""
    if why.key == "people.not_yours":
        raise HTTPException(403)
    return Notice(visitor.say(why.key), 422)


def by(visitor: Visitor) -> By:
    return By(visitor.user.name, visitor.user, visitor.address)


def _done(
    console: Console, session: Session, visitor: Visitor, row: UserRow, form: Mapping[str, str]
) -> str:  # fmt: skip
    """The token of a link, if one was made. Raises Objection."""
    who, now, do = by(visitor), console.wall.now(), form["do"]
    if do == "link":
        return staff.new_link(session, console.ids, who, row, now)
    if do == "role":
        staff.change(session, who, row, _role(form), ticked(console, row, form), now)
        return ""
    acts: Mapping[str, Callable[[Session, By, UserRow, datetime], None]] = {
        "sign_out": staff.sign_out, "close": staff.close, "reopen": staff.reopen,
        "two_steps": staff.forget_two_steps, "unlink": staff.unlink,
    }  # fmt: skip
    acts[do](session, who, row, now)
    return ""


def _linked(console: Console, visitor: Visitor, row: UserRow, token: str, key: str) -> Came:
    notice = Notice(visitor.say(key, name=row.name))
    if not token:
        return Came(notice)
    link = f"{console.public_url.rstrip('/')}{ENTER}{token}"
    return Came(notice, link, row.name, console.wall.now() + users.LINK_LIVES)


def _again(session: Session, visitor: Visitor, once: str) -> bool:
    """A button that was pressed twice makes one user."""
    if not doing.is_id(once):
        raise HTTPException(400)
    mine = HandledRow(
        key=f"invite:{once}", at=visitor.now, user_id=visitor.user.id, name=visitor.user.name, note=""
    )
    return audit.handle(session, mine) is not None


def _changed(session: Session, visitor: Visitor, row: UserRow) -> str:
    """Who did what, while the page was open."""
    last = next(iter(audit.of_thing(session, f"user:{row.id}", 1)), None)
    if last is None or last.user_id == visitor.user.id:
        return visitor.say("people.changed")
    at, did = visitor.clock(last.at), said(visitor, last.action)
    return visitor.say("people.quicker", name=last.name, at=at, did=did)


def _role(form: Mapping[str, str]) -> Role:
    if form.get("role", "") not in set(Role):
        raise HTTPException(400)
    return Role(form["role"])

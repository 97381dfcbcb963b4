"""Who may come into the console: inviting, changing, shutting out. The console and `qc console` share it.

All of it within the caller's transaction, and each with its line in the audit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.ids import Ids
from qc_engine.store import audit, sessions, two_steps, users
from qc_engine.store.console_tables import UserRow
from qc_engine.web.console.policy import Place, Role, User, fitting, may_appoint
from qc_engine.web.forms import on_one_line

LONGEST_NAME = 80
IN, INVITED, LAPSED, CLOSED = STATES = ("in", "invited", "lapsed", "closed")


@dataclass(frozen=True)
class By:
    """Who does it. Without `user` it is whoever works on the machine itself, and may do everything."""

    name: str = ""
    user: User | None = None
    address: str = ""


class Objection(ValueError):
    """It would make no sense, or is not allowed. `key`: of the console's catalogue."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def invite(
    session: Session, ids: Ids, by: By, role: Role, name: str, places: Collection[Place], now: datetime
) -> tuple[UserRow, str]:
    """A new user, and the token of the link by which they come in. Raises Objection."""
    name = on_one_line(name, LONGEST_NAME)
    if not name:
        raise Objection("people.no_name", "a user needs a name: colleagues see it beside what was done")
    _may(session, by, role)
    row = UserRow(id=ids.code(), name=name, role=role, branches=_branches(role, places), created_at=now)
    users.add(session, row)
    return row, new_link(session, ids, by, row, now)


def new_link(session: Session, ids: Ids, by: By, row: UserRow, now: datetime) -> str:
    """The token of a link by which this user chooses a password; earlier links stop working."""
    _may(session, by, Role(row.role))
    if row.closed_at:
        raise Objection("people.is_closed", f"{row.name} is shut out: open the door first")
    token = ids.code()
    users.add_link(session, token, row.id, now)
    _note(session, by, "link.made", row, now, {"role": row.role})
    return token


def change(
    session: Session, by: By, row: UserRow, role: Role, places: Collection[Place], now: datetime
) -> None:
    """Another role, other branches; in force with the next page that they open. Raises Objection."""
    _may_change(session, by, row)
    _may(session, by, role)
    branches = _branches(role, places)
    if role is not Role.OWNER:
        _not_the_last(session, row)
    row.role, row.branches = role, branches
    session.add(row)
    _note(session, by, "user.changed", row, now, {"role": role, "branches": _words(branches)})


def close(session: Session, by: By, row: UserRow, now: datetime) -> None:
    """They come in no more, and are signed out everywhere. Raises Objection."""
    _may_change(session, by, row)
    _not_the_last(session, row)
    row.closed_at = now
    session.add(row)
    sessions.end_all(session, row.id)
    users.drop_links(session, row.id, now)
    _note(session, by, "user.closed", row, now)


def reopen(session: Session, by: By, row: UserRow, now: datetime) -> None:
    """They come in again as they did. Raises Objection."""
    _may_change(session, by, row)
    row.closed_at = None
    session.add(row)
    _note(session, by, "user.opened", row, now)


def sign_out(session: Session, by: By, row: UserRow, now: datetime) -> None:
    """Out of every browser; the password stays. Raises Objection."""
    _may(session, by, Role(row.role))
    sessions.end_all(session, row.id)
    _note(session, by, "user.signed_out", row, now)


def forget_two_steps(session: Session, by: By, row: UserRow, now: datetime) -> None:
    """Whoever lost the phone comes in by the password alone, and can set it up anew. Raises Objection."""
    _may(session, by, Role(row.role))
    if not two_steps.forget(session, row.id):
        raise Objection("people.no_two_steps", f"{row.name} has no second step")
    sessions.end_all(session, row.id)
    _note(session, by, "two_steps.reset", row, now)


def unlink(session: Session, by: By, row: UserRow, now: datetime) -> None:
    """From the identity provider; signed out of whatever was begun by it. Raises Objection.

    Without a password they come in by a link only.
    """
    _may_change(session, by, row)
    if not row.subject:
        raise Objection("people.no_identity", f"{row.name} is linked to no identity provider")
    if not row.password:
        _not_the_last(session, row)
    users.set_identity(session, row, None, None)
    sessions.end_by_provider(session, row.id, keep="")
    _note(session, by, "identity.unlinked", row, now)


def found(session: Session, user_id: str) -> UserRow | None:
    """Held until the transaction ends; owners first: two who change each other must not wait crosswise."""
    users.owners(session)
    return users.held(session, user_id)


def told(row: UserRow, link_until: datetime | None) -> Mapping[str, Any]:
    """As the page and `qc console users --json` tell it."""
    return {
        "id": row.id, "login": row.login, "name": row.name, "role": row.role,
        "branches": None if row.branches is None else ["/".join(one) for one in row.branches],
        "state": state_of(row, link_until),
        "seen_at": row.seen_at.isoformat() if row.seen_at else None,
        "link_until": link_until.isoformat() if link_until else None,
    }  # fmt: skip


def state_of(row: UserRow, link_until: datetime | None) -> str:
    """One of STATES: comes in by a password or the provider, has a link, has none any more, is shut out."""
    if row.closed_at:
        return CLOSED
    return IN if row.can_come_in else INVITED if link_until else LAPSED


# --- what is allowed --------------------------------------------------------------------------


def _may(session: Session, by: By, role: Role) -> None:
    """As it is at this moment: whoever was shut out a second ago shuts nobody out."""
    if by.user is None:
        return
    users.owners(session)  # held: two who change each other come one after the other
    if not _stands(session, by.user) or not may_appoint(by.user, role):
        raise Objection("people.not_yours", "only an owner makes and changes owners")


def _stands(session: Session, user: User) -> bool:
    """A system's token is looked up with every call, and has no role to lose."""
    if user.scopes is not None:
        return True
    row = users.get(session, user.id)
    return row is not None and row.closed_at is None and row.role == user.role


def _may_change(session: Session, by: By, row: UserRow) -> None:
    if by.user is not None and by.user.id == row.id:
        raise Objection("people.yourself", "nobody changes the own role or shuts themselves out")
    _may(session, by, Role(row.role))


def _not_the_last(session: Session, row: UserRow) -> None:
    """An owner who can come in stays, whatever happens."""
    others = [one for one in users.owners(session) if one.id != row.id]
    if row.role == Role.OWNER and row.closed_at is None and not any(one.can_come_in for one in others):
        raise Objection("people.last_owner", "the last owner who can come in stays: invite another one first")


def _branches(role: Role, places: Collection[Place]) -> list[list[str]] | None:
    try:
        found = fitting(role, places)
    except ValueError as why:
        raise Objection("people.no_branch" if not places else "people.every_branch", str(why)) from None
    return None if found is None else sorted([one.portal, one.branch] for one in found)


def _note(
    session: Session,
    by: By,
    action: str,
    row: UserRow,
    now: datetime,
    details: Mapping[str, str] | None = None,
) -> None:
    audit.note(
        session, action, now, thing=f"user:{row.id}", user_id=by.user.id if by.user else "", name=by.name,
        address=by.address, details=details,
    )  # fmt: skip


def _words(branches: list[list[str]] | None) -> str:
    return ", ".join("/".join(one) for one in branches) if branches else "*"

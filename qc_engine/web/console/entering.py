"""Coming in: by a password, or by a one-time link. One transaction each, and a line in the audit for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.wording.texts import folded
from qc_engine.ids import Ids
from qc_engine.store import audit, sessions, two_steps, users
from qc_engine.store.console_tables import SessionRow, UserRow
from qc_engine.store.database import Database
from qc_engine.store.memory import Seal
from qc_engine.web.console import codes, limits, passwords

LONGEST_LOGIN = 80


@dataclass(frozen=True)
class Caller:
    """Who is at the door: nobody knows more of a stranger than this."""

    address: str
    agent: str
    now: datetime
    token: str = ""  # of the session that this browser had until now


class TooMany(Exception):
    """So many attempts that this one was not even looked at."""


class LoginTaken(Exception):
    """Somebody else is called so already."""


class HalfGone(Exception):
    """So long has nobody typed a code that the password has to be given again."""


@dataclass(frozen=True)
class Entered:
    """In: the new session's token."""

    token: str


@dataclass(frozen=True)
class Halfway:
    """The password was right; a code is still needed. `token`: goes with the code."""

    token: str


Came = Entered | Halfway | None


def login_of(typed: str) -> str:
    """How a login is compared: without regard to case, spaces and what cannot be seen."""
    return folded("".join(filter(str.isprintable, typed)))[:LONGEST_LOGIN].strip()


def by_password(database: Database, ids: Ids, typed: str, password: str, caller: Caller) -> Came:
    """None for a wrong login and a wrong password alike. Raises TooMany."""
    login = login_of(typed)
    count_try(database, login, caller)
    with database.reading() as session:
        row = users.of_login(session, login)
    # Between transactions: it takes a tenth of a second, whether there is such a user or not.
    if not passwords.fits(password, row.password if row else "") or row is None:
        _note_failure(database, row, caller)
        return None
    with database.transaction() as session:
        sessions.forget_tries(session, login, caller.address)
        return _entered(session, ids, row, caller, "login")


def by_code(
    database: Database, ids: Ids, seal: Seal, half: str, typed: str, caller: Caller
) -> Entered | None:
    """None for a wrong code, and for one that was used. Raises TooMany, HalfGone."""
    with database.reading() as session:
        known = two_steps.half(session, half, caller.now)
        account = account_of_codes(known.user_id) if known else ""
    if known is None:
        raise HalfGone
    count_try(database, account, caller)
    with database.transaction() as session:
        row = users.get(session, known.user_id)
        if row is None or row.closed_at or two_steps.half(session, half, caller.now) is None:
            raise HalfGone
        if not (by := _accepted(session, seal, row, typed, caller)):
            return None
        if not two_steps.end_half(session, known):
            raise HalfGone
        sessions.forget_tries(session, account, caller.address)
        return Entered(begun(session, ids, row, caller, known.how, {"by": by}))


def _accepted(session: Session, seal: Seal, row: UserRow, typed: str, caller: Caller) -> str:
    """How they proved it; '' for a wrong code, and where the installation's key has changed since."""
    try:
        by = codes.accepted(session, seal, row.id, typed, caller.now)
    except codes.Unreadable:
        by, why = "", "sealed with another key"
    else:
        why = ""
    if not by:
        details = {"why": why} if why else {}
        thing = f"user:{row.id}"
        audit.note(
            session, "login.code_failed", caller.now, thing=thing, address=caller.address, details=details
        )
    return by


def _entered(session: Session, ids: Ids, row: UserRow, caller: Caller, how: str) -> Came:
    """In at once, or half-way where a second step is set up."""
    if not two_steps.stands(session, row.id):
        return Entered(begun(session, ids, row, caller, how))
    token = ids.code()
    two_steps.add_half(session, token, row.id, how, caller.now)
    return Halfway(token)


def account_of_codes(user_id: str) -> str:
    """Under which attempts at somebody's codes are counted."""
    return f"code:{user_id}"


def count_try(database: Database, login: str, caller: Caller) -> None:
    """Before anything is looked at. Raises TooMany."""
    with database.transaction() as session:
        sessions.forget_older(session, caller.now - limits.WITHIN)
        number = sessions.add_try(session, login, caller.address, caller.now)
        tries = sessions.tries(session, login, caller.address, caller.now - limits.WITHIN)
        too_many = limits.are_too_many(tries)
        if too_many:
            sessions.forget_try(session, number)
            _note_throttled(session, caller)
    if too_many:
        raise TooMany


def _note_throttled(session: Session, caller: Caller) -> None:
    """Once in a while: whoever hammers at the door must not fill the audit."""
    thing = f"address:{caller.address}"
    last = next(iter(audit.of_thing(session, thing, 1)), None)
    if last is None or last.at <= caller.now - limits.WITHIN:
        audit.note(session, "login.throttled", caller.now, thing=thing, address=caller.address)


def _note_failure(database: Database, row: UserRow | None, caller: Caller) -> None:
    # What was typed is not kept: people type passwords into the wrong field.
    with database.transaction() as session:
        thing = f"user:{row.id}" if row else ""
        audit.note(session, "login.failed", caller.now, thing=thing, address=caller.address)


def by_link(database: Database, ids: Ids, token: str, login: str, password: str, caller: Caller) -> Came:
    """None when the link is not good (any more). Raises LoginTaken."""
    stored = passwords.kept(password)
    with database.transaction() as session:
        row = users.of_link(session, token, caller.now)
        if row is not None and not users.login_is_free(session, login, row.id):
            raise LoginTaken
        if row is None or not users.use_link(session, token, caller.now):
            return None
        users.set_password(session, row, login, stored)
        # Whoever was in by the old password is out, and who was on the way in too.
        sessions.end_all(session, row.id)
        two_steps.end_halves(session, row.id)
        # Whoever got hold of a link has not got hold of a phone.
        return _entered(session, ids, row, caller, "password.set")


def begun(
    session: Session,
    ids: Ids,
    row: UserRow,
    caller: Caller,
    how: str,
    details: Mapping[str, str] | None = None,
    *,
    by_provider: bool = False,
) -> str:
    """A new session's token; the one that this browser had is over."""
    now, token = caller.now, ids.code() + ids.code()
    sessions.end_older(session, now - limits.AT_MOST, now - limits.IDLE)
    sessions.end_of_token(session, caller.token)
    new = SessionRow(
        id=ids.code(), token_hash=users.hashed(token), user_id=row.id, created_at=now, seen_at=now,
        address=caller.address[:64], agent=caller.agent, by_provider=by_provider,
    )  # fmt: skip
    sessions.add(session, new)
    audit.note(
        session, how, now, thing=f"user:{row.id}", user_id=row.id, name=row.name, address=caller.address,
        details=details,
    )  # fmt: skip
    return token

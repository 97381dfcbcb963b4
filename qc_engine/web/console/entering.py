"""Coming in: by a password, or by a one-time link. One transaction each, and a line in the audit for each."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.wording.texts import folded
from qc_engine.ids import Ids
from qc_engine.store import audit, sessions, users
from qc_engine.store.console_tables import SessionRow, UserRow
from qc_engine.store.database import Database
from qc_engine.web.console import limits, passwords

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


def login_of(typed: str) -> str:
    """How a login is compared: without regard to case, spaces and what cannot be seen."""
    return folded("".join(filter(str.isprintable, typed)))[:LONGEST_LOGIN].strip()


def by_password(database: Database, ids: Ids, typed: str, password: str, caller: Caller) -> str | None:
    """The new session's token; None for a wrong login and a wrong password alike. Raises TooMany."""
    login = login_of(typed)
    _count(database, login, caller)
    with database.reading() as session:
        row = users.of_login(session, login)
    # Between transactions: it takes a tenth of a second, whether there is such a user or not.
    if not passwords.fits(password, row.password if row else "") or row is None:
        _note_failure(database, row, caller)
        return None
    with database.transaction() as session:
        sessions.forget_tries(session, login, caller.address)
        return _begun(session, ids, row, caller, "login")


def _count(database: Database, login: str, caller: Caller) -> None:
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


def by_link(
    database: Database, ids: Ids, token: str, login: str, password: str, caller: Caller
) -> str | None:
    """The new session's token; None when the link is not good (any more). Raises LoginTaken."""
    stored = passwords.kept(password)
    with database.transaction() as session:
        row = users.of_link(session, token, caller.now)
        if row is not None and not users.login_is_free(session, login, row.id):
            raise LoginTaken
        if row is None or not users.use_link(session, token, caller.now):
            return None
        users.set_password(session, row, login, stored)
        sessions.end_all(session, row.id)  # whoever was in by the old password is out
        return _begun(session, ids, row, caller, "password.set")


def _begun(session: Session, ids: Ids, row: UserRow, caller: Caller, how: str) -> str:
    now, token = caller.now, ids.code() + ids.code()
    sessions.end_older(session, now - limits.AT_MOST, now - limits.IDLE)
    sessions.end_of_token(session, caller.token)
    new = SessionRow(
        id=ids.code(), token_hash=users.hashed(token), user_id=row.id, created_at=now, seen_at=now,
        address=caller.address[:64], agent=caller.agent,
    )  # fmt: skip
    sessions.add(session, new)
    audit.note(
        session, how, now, thing=f"user:{row.id}", user_id=row.id, name=row.name, address=caller.address
    )
    return token


def invited(session: Session, ids: Ids, row: UserRow, now: datetime) -> str:
    """The token of a link by which this user chooses a password; earlier links stop working."""
    token = ids.code()
    users.add_link(session, token, row.id, now)
    audit.note(session, "link.made", now, thing=f"user:{row.id}", details={"role": row.role})
    return token

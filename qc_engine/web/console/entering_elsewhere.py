"""Coming in by the company's identity provider: whom it has recognised is one of our users, or nobody."""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from qc_engine.ids import Ids
from qc_engine.store import audit, sessions, two_steps, users
from qc_engine.store.console_tables import UserRow
from qc_engine.store.database import Database
from qc_engine.web.console.entering import Caller, Entered, begun, count_try
from qc_engine.web.oidc.tokens import Identity

FRESH = timedelta(minutes=10)  # after a login: whoever took over a forgotten browser links nothing to it
HOW = {"by": "provider"}


class NotLetIn(Exception):
    """Nobody came in. `why`: a key of the catalogue after 'oidc.'; `user_id`: whom it was about, if known."""

    def __init__(self, why: str, user_id: str = "") -> None:
        super().__init__(why)
        self.why, self.user_id = why, user_id


def spend(database: Database, state: str, caller: Caller) -> None:
    """Before the provider is asked. Raises TooMany, and NotLetIn for a state that was used."""
    count_try(database, _account(state), caller)
    with database.transaction() as session:
        if not users.spend_state(session, state, caller.now):
            raise NotLetIn("again")


def count_stranger(database: Database, caller: Caller) -> None:
    """Somebody came back who had not set out from here. Raises TooMany."""
    count_try(database, _account(caller.address), caller)


def by_identity(database: Database, ids: Ids, identity: Identity, state: str, caller: Caller) -> Entered:
    """Raises NotLetIn for somebody whom nobody has invited, and for somebody who was shut out."""
    with database.transaction() as session:
        row = users.of_identity(session, identity.issuer, identity.subject)
        if row is None or row.closed_at:
            raise NotLetIn("unknown", row.id if row else "")
        return _let_in(session, ids, row, state, caller)


def by_link(
    database: Database, ids: Ids, token: str, identity: Identity, state: str, caller: Caller
) -> Entered:
    """The first time: from now on this identity is this user. Raises NotLetIn."""
    with database.transaction() as session:
        row = users.of_link(session, token, caller.now)
        if row is None:
            raise NotLetIn("link")
        if two_steps.stands(session, row.id):
            # Whoever got hold of a link has not got hold of a phone.
            raise NotLetIn("needs_code", row.id)
        _link(session, row, identity, caller)
        if not users.use_link(session, token, caller.now):
            raise NotLetIn("link", row.id)
        sessions.end_all(session, row.id)
        return _let_in(session, ids, row, state, caller)


def to_oneself(database: Database, session_id: str, identity: Identity, caller: Caller) -> None:
    """Somebody who is signed in. Raises NotLetIn, also where the login was long ago."""
    with database.transaction() as session:
        row = user_of_fresh(session, session_id, caller)
        _link(session, row, identity, caller)


def user_of_fresh(session: Session, session_id: str, caller: Caller) -> UserRow:
    """Whose session this is, if this browser has it and it has just begun. Raises NotLetIn."""
    own = sessions.of_token(session, caller.token) if caller.token else None
    row = users.get(session, own.user_id) if own is not None and own.id == session_id else None
    if own is None or row is None or row.closed_at or own.created_at <= caller.now - FRESH:
        raise NotLetIn("sign_in_again", row.id if row else "")
    return row


def unlink(session: Session, user_id: str, keep: str) -> bool:
    """False where nothing is linked, or it is the only way in. Who came in by it is out, but for `keep`."""
    row = users.held(session, user_id)
    if row is None or not row.subject or not row.password:
        return False
    users.set_identity(session, row, None, None)
    sessions.end_by_provider(session, user_id, keep)
    return True


def note_failure(database: Database, why: str, user_id: str, caller: Caller) -> None:
    with database.transaction() as session:
        thing = f"user:{user_id}" if user_id else ""
        _note(session, "login.provider_failed", None, thing, caller, {"why": why})


def _link(session: Session, row: UserRow, identity: Identity, caller: Caller) -> None:
    """Raises NotLetIn where it is somebody else already."""
    other = users.of_identity(session, identity.issuer, identity.subject)
    if other is not None and other.id != row.id:
        raise NotLetIn("taken", row.id)
    users.set_identity(session, row, identity.issuer, identity.subject)
    _note(session, "identity.linked", row, f"user:{row.id}", caller, {"issuer": identity.issuer})


def _let_in(session: Session, ids: Ids, row: UserRow, state: str, caller: Caller) -> Entered:
    sessions.forget_tries(session, _account(state), caller.address)
    return Entered(begun(session, ids, row, caller, "login", HOW, by_provider=True))


def _account(state: str) -> str:
    """Each way of its own: what strangers send counts against their address, and against nobody's account."""
    return f"provider:{state}"


def _note(
    session: Session,
    action: str,
    row: UserRow | None,
    thing: str,
    caller: Caller,
    details: Mapping[str, str],
) -> None:
    audit.note(
        session, action, caller.now, thing=thing, user_id=row.id if row else "", name=row.name if row else "",
        address=caller.address, details=details,
    )  # fmt: skip

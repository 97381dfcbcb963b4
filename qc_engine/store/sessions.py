"""Browsers that are signed in, and attempts that failed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from qc_engine.store.console_tables import LoginTryRow, SessionRow, UserRow
from qc_engine.store.users import hashed

LONGEST_AGENT = 200


def add(session: Session, row: SessionRow) -> None:
    row.agent = row.agent[:LONGEST_AGENT]
    session.add(row)
    session.flush()
    _seen(session, row.user_id, row.seen_at)


def of_token(session: Session, token: str) -> SessionRow | None:
    return session.exec(select(SessionRow).where(SessionRow.token_hash == hashed(token))).first()


def of_user(session: Session, user_id: str) -> Sequence[SessionRow]:
    """The one used last comes first."""
    return session.exec(
        select(SessionRow).where(SessionRow.user_id == user_id).order_by(col(SessionRow.seen_at).desc())
    ).all()


def touch(session: Session, session_id: str, now: datetime) -> None:
    row = session.get(SessionRow, session_id)
    if row is not None:
        row.seen_at = now
        session.add(row)
        _seen(session, row.user_id, now)


def _seen(session: Session, user_id: str, now: datetime) -> None:
    """Sessions end; when somebody was last here is still worth knowing."""
    session.execute(update(UserRow).where(col(UserRow.id) == user_id).values(seen_at=now))


def alive(session: Session, created_after: datetime, seen_after: datetime) -> Mapping[str, int]:
    """By user, how many of their browsers are signed in."""
    counted = select(SessionRow.user_id, func.count()).group_by(SessionRow.user_id)
    living = counted.where(SessionRow.created_at > created_after, SessionRow.seen_at > seen_after)
    return dict(session.exec(living).all())


def end(session: Session, user_id: str, session_id: str) -> bool:
    """False when this user has no such session."""
    row = session.get(SessionRow, session_id)
    if row is None or row.user_id != user_id:
        return False
    session.delete(row)
    session.flush()
    return True


def end_of_token(session: Session, token: str) -> None:
    """Whosever it is."""
    session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == hashed(token)))


def end_all(session: Session, user_id: str, keep: str = "") -> None:
    """All of this user but `keep`."""
    session.execute(delete(SessionRow).where(col(SessionRow.user_id) == user_id, col(SessionRow.id) != keep))


def end_by_provider(session: Session, user_id: str, keep: str) -> None:
    """Those of this user who were let in on the word of the identity provider, all but `keep`."""
    those = (col(SessionRow.user_id) == user_id, col(SessionRow.by_provider).is_(True))
    session.execute(delete(SessionRow).where(*those, col(SessionRow.id) != keep))


def is_by_provider(session: Session, session_id: str) -> bool:
    row = session.get(SessionRow, session_id)
    return row is not None and row.by_provider


def end_older(session: Session, created_before: datetime, seen_before: datetime) -> None:
    """Of everybody: what is over anyhow need not be kept."""
    for outlived in (col(SessionRow.created_at) < created_before, col(SessionRow.seen_at) < seen_before):
        session.execute(delete(SessionRow).where(outlived))


# --- attempts ---------------------------------------------------------------------------------


def add_try(session: Session, account: str, address: str, now: datetime) -> int:
    """Written down before the password is looked at, so that many at once are counted too; its number."""
    row = LoginTryRow(at=now, account=hashed(account), address=address)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def tries(session: Session, account: str, address: str, since: datetime) -> tuple[int, int, int]:
    """How many since then: for this account from this address, for this account, from this address."""
    of_account = LoginTryRow.account == hashed(account)
    from_there = LoginTryRow.address == address
    recent = col(LoginTryRow.at) > since
    counted = select(func.count()).select_from(LoginTryRow).where(recent)
    return (
        session.exec(counted.where(of_account, from_there)).one(),
        session.exec(counted.where(of_account)).one(),
        session.exec(counted.where(from_there)).one(),
    )


def forget_tries(session: Session, account: str, address: str) -> None:
    """The right password was given: what this person mistyped before counts no more."""
    session.execute(
        delete(LoginTryRow).where(
            col(LoginTryRow.account) == hashed(account), col(LoginTryRow.address) == address
        )
    )


def forget_try(session: Session, number: int) -> None:
    """It was refused unread: whoever waits must not wait for ever."""
    session.execute(delete(LoginTryRow).where(col(LoginTryRow.id) == number))


def forget_older(session: Session, before: datetime) -> None:
    session.execute(delete(LoginTryRow).where(col(LoginTryRow.at) < before))

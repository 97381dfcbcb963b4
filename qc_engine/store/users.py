"""Who may come into the console, and the one-time links by which they choose their password."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qc_engine.store.console_tables import OneTimeLinkRow, SpentStateRow, UserRow

LINK_LIVES = timedelta(hours=24)
STATE_LIVES = timedelta(minutes=10)  # that somebody may take to sign in at the provider
OWNER = "owner"  # the role


def hashed(token: str) -> str:
    """What is stored of a token: whoever reads the database cannot come in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def add(session: Session, row: UserRow) -> UserRow:
    session.add(row)
    session.flush()
    return row


def get(session: Session, user_id: str) -> UserRow | None:
    return session.get(UserRow, user_id)


def held(session: Session, user_id: str) -> UserRow | None:
    """As it is now, and nobody else changes it until the transaction ends."""
    return session.get(UserRow, user_id, with_for_update=True, populate_existing=True)


def of_login(session: Session, login: str) -> UserRow | None:
    """By the folded login; only those who may come in."""
    return session.exec(
        select(UserRow).where(UserRow.login == login, col(UserRow.closed_at).is_(None))
    ).first()


def all_users(session: Session) -> Sequence[UserRow]:
    return session.exec(select(UserRow).order_by(col(UserRow.created_at), col(UserRow.id))).all()


def owners(session: Session) -> Sequence[UserRow]:
    """Those who may come in. Until the transaction ends nobody else changes one of them."""
    found = select(UserRow).where(UserRow.role == OWNER, col(UserRow.closed_at).is_(None))
    held = found.order_by(col(UserRow.id)).with_for_update().execution_options(populate_existing=True)
    return session.exec(held).all()


def any_can_enter(session: Session) -> bool:
    """Is there anybody who needs no link for it?"""
    has_a_way = or_(col(UserRow.password) != "", col(UserRow.subject).is_not(None))
    found = select(UserRow.id).where(has_a_way, col(UserRow.closed_at).is_(None))
    return session.exec(found.limit(1)).first() is not None


def login_is_free(session: Session, login: str, user_id: str) -> bool:
    """`user_id`: who would like to have it."""
    taken = session.exec(select(UserRow.id).where(UserRow.login == login)).first()
    return taken in (None, user_id)


def set_password(session: Session, row: UserRow, login: str, password_hash: str) -> None:
    row.login, row.password = login, password_hash
    session.add(row)


# --- the identity provider --------------------------------------------------------------------


def of_identity(session: Session, issuer: str, subject: str) -> UserRow | None:
    """Whose this is, also of somebody who may not come in."""
    return session.exec(select(UserRow).where(UserRow.issuer == issuer, UserRow.subject == subject)).first()


def set_identity(session: Session, row: UserRow, issuer: str | None, subject: str | None) -> None:
    row.issuer, row.subject = issuer, subject
    session.add(row)
    session.flush()


def spend_state(session: Session, state: str, now: datetime) -> bool:
    """False when somebody has come back with it before."""
    session.execute(delete(SpentStateRow).where(col(SpentStateRow.at) <= now - STATE_LIVES))
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    spent = dialect.insert(SpentStateRow).values(state_hash=hashed(state), at=now).on_conflict_do_nothing()
    return bool(getattr(session.execute(spent), "rowcount", 0))


# --- one-time links ---------------------------------------------------------------------------


def add_link(session: Session, token: str, user_id: str, now: datetime) -> datetime:
    """Until when it is good. Earlier links of this user are good for nothing from now on."""
    drop_links(session, user_id, now)
    expires_at = now + LINK_LIVES
    session.add(
        OneTimeLinkRow(token_hash=hashed(token), user_id=user_id, created_at=now, expires_at=expires_at)
    )
    return expires_at


def drop_links(session: Session, user_id: str, now: datetime) -> None:
    """No link that this user has been given lets anybody in any more."""
    unused = (col(OneTimeLinkRow.user_id) == user_id, col(OneTimeLinkRow.used_at).is_(None))
    session.execute(update(OneTimeLinkRow).where(*unused).values(used_at=now))


def open_links(session: Session, now: datetime) -> Mapping[str, datetime]:
    """By user, until when the link is good that they have not used yet."""
    unused = select(OneTimeLinkRow.user_id, OneTimeLinkRow.expires_at).where(
        col(OneTimeLinkRow.used_at).is_(None), OneTimeLinkRow.expires_at > now
    )
    return dict(session.exec(unused).all())


def of_link(session: Session, token: str, now: datetime) -> UserRow | None:
    """Whose link this is; None when it is unknown, used, too old, or its user may not come in."""
    link = session.get(OneTimeLinkRow, hashed(token))
    if link is None or link.used_at or link.expires_at <= now:
        return None
    row = session.get(UserRow, link.user_id)
    return row if row and row.closed_at is None else None


def has_link(session: Session, user_id: str, now: datetime) -> bool:
    """Is there a link that this user has not used yet, and still can?"""
    open_ones = select(OneTimeLinkRow.user_id).where(
        OneTimeLinkRow.user_id == user_id,
        col(OneTimeLinkRow.used_at).is_(None),
        OneTimeLinkRow.expires_at > now,
    )
    return session.exec(open_ones).first() is not None


def use_link(session: Session, token: str, now: datetime) -> bool:
    """False when somebody was quicker: a link works once."""
    used = session.execute(
        update(OneTimeLinkRow)
        .where(col(OneTimeLinkRow.token_hash) == hashed(token), col(OneTimeLinkRow.used_at).is_(None))
        .where(col(OneTimeLinkRow.expires_at) > now)
        .values(used_at=now)
    )
    return bool(getattr(used, "rowcount", 0))

"""By which other systems come into /api."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from qc_engine.store.console_tables import ApiTokenRow
from qc_engine.store.users import hashed


def add(session: Session, row: ApiTokenRow) -> None:
    session.add(row)
    session.flush()


def of_token(session: Session, token: str) -> ApiTokenRow | None:
    """None when it is unknown, or was closed."""
    found = select(ApiTokenRow).where(ApiTokenRow.token_hash == hashed(token))
    return session.exec(found.where(col(ApiTokenRow.closed_at).is_(None))).first()


def any_open(session: Session) -> bool:
    found = select(ApiTokenRow.id).where(col(ApiTokenRow.closed_at).is_(None)).limit(1)
    return session.exec(found).first() is not None


def all_tokens(session: Session) -> Sequence[ApiTokenRow]:
    """Those that are open first; within both the newest."""
    query = select(ApiTokenRow).order_by(
        col(ApiTokenRow.closed_at).is_not(None), col(ApiTokenRow.created_at).desc(), col(ApiTokenRow.id)
    )
    return session.exec(query).all()


def held(session: Session, token_id: str) -> ApiTokenRow | None:
    """Nobody else changes it until the transaction ends."""
    return session.get(ApiTokenRow, token_id, with_for_update=True)


def touch(session: Session, token_id: str, now: datetime) -> None:
    row = session.get(ApiTokenRow, token_id)
    if row is not None:
        row.used_at = now
        session.add(row)

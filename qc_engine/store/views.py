"""Lists of cases that people keep, for themselves or for everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from qc_engine.store.console_tables import ViewRow

MOST = 30  # of one person
COMES_BACK = timedelta(days=1)  # as long may a removed one be wanted back
LONGEST_NAME = 80


def offered(session: Session, user_id: str) -> Sequence[ViewRow]:
    """Their own, and those that are everybody's; by name."""
    theirs = or_(col(ViewRow.user_id) == user_id, col(ViewRow.shared))
    query = select(ViewRow).where(theirs, col(ViewRow.removed_at).is_(None))
    return session.exec(query.order_by(col(ViewRow.shared), col(ViewRow.name), col(ViewRow.id))).all()


def get(session: Session, view_id: str) -> ViewRow | None:
    """Also a removed one; nobody else changes it until the transaction ends."""
    return session.get(ViewRow, view_id, with_for_update=True)


def named(session: Session, user_id: str, name: str) -> ViewRow | None:
    query = select(ViewRow).where(ViewRow.user_id == user_id, ViewRow.name == name)
    return session.exec(query.where(col(ViewRow.removed_at).is_(None))).first()


def has_room(session: Session, user_id: str) -> bool:
    query = select(func.count()).where(ViewRow.user_id == user_id, col(ViewRow.removed_at).is_(None))
    return session.exec(query).one() < MOST


def add(
    session: Session, view_id: str, user_id: str, made_by: str, name: str, filters: Mapping[str, str],
    now: datetime,
) -> ViewRow:  # fmt: skip
    row = ViewRow(
        id=view_id, user_id=user_id, made_by=made_by, name=name, filters=dict(filters), created_at=now
    )
    session.add(row)
    return row


def remove(session: Session, row: ViewRow, now: datetime) -> None:
    """It may come back for a while; those that have not are gone for good."""
    session.execute(delete(ViewRow).where(col(ViewRow.removed_at) < now - COMES_BACK))
    row.removed_at = now
    session.add(row)

"""Trials on the past as they were left behind: for whoever asks another process, or after a restart."""

import json
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.store.tables import NoteRow

FAMILY = "past:"
MOST = 20  # of the newest ones


def keep(session: Session, id_: str, document: dict[str, Any], now: datetime) -> None:
    """`document` is ready for JSON. The oldest ones make room."""
    session.merge(NoteRow(name=f"{FAMILY}{id_}", value=json.dumps(document), updated_at=now))
    session.flush()
    ours = select(NoteRow).where(col(NoteRow.name).startswith(FAMILY))
    newest_first = ours.order_by(col(NoteRow.updated_at).desc(), col(NoteRow.name))
    for row in session.exec(newest_first.offset(MOST)).all():
        session.delete(row)


def get(session: Session, id_: str) -> dict[str, Any] | None:
    row = session.get(NoteRow, f"{FAMILY}{id_}")
    if row is None:
        return None
    document: dict[str, Any] = json.loads(row.value)
    return document

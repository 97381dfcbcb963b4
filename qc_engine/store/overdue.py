"""Complaints that are open although the deadline of their task has passed."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.core.effects import CreateTask
from qc_engine.store import dissatisfied
from qc_engine.store.casebook import Branches
from qc_engine.store.dissatisfied import Which
from qc_engine.store.tables import CaseRow, EffectRow

MOST = 5000  # open complaints that are looked at


def overdue(session: Session, which: Which, branches: Branches, now: datetime) -> int:
    """How many of the open ones; a complaint without a task has no deadline."""
    rows = dissatisfied.page(session, which, branches, dissatisfied.OPEN, MOST)
    return sum(_deadline(session, row) < now for row in rows if _has_task(row))


def _has_task(row: CaseRow) -> bool:
    complaint: dict[str, Any] = row.body["complaint"]
    return bool(complaint.get("task_id") or complaint.get("task_key"))


def _deadline(session: Session, row: CaseRow) -> datetime:
    """By the task that we made; of a task that is not there any more it is never over."""
    complaint = row.body["complaint"]
    made = select(EffectRow).where(EffectRow.case_id == row.id, EffectRow.kind == CreateTask.__name__)
    number, key = str(complaint.get("task_id") or ""), complaint.get("task_key") or ""
    for effect in session.exec(made.order_by(col(EffectRow.id).desc())).all():
        if effect.key == key or (number and effect.result == number):
            return datetime.fromisoformat(effect.payload["deadline"])
    return datetime.max.replace(tzinfo=row.created_at.tzinfo)

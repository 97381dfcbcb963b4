"""What is forgotten by more than its age alone: stories of ended cases, what other systems have been told.

Cases end in another order than they begin, so the walk through them begins anew each day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, text, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from qc_engine.store import notebook
from qc_engine.store.aging import GONE, MOST_ROWS, SETTLED
from qc_engine.store.outbox import DONE, OPEN, REVIEW
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, TraceRow

CURSOR, TOLD = "aging:stories", "aging:webhooks"
OF_WEBHOOKS = text("effects.lane = 'webhook'")  # the very words of the index's condition
REST = timedelta(days=1)  # between two walks
ENDED, BETWEEN = "end", "|"
WANTED = ("id", "created_at", "state", "updated_at", "complaint_due")
UNDONE = (*OPEN, REVIEW)  # of effects: planned, under way, or for a person to decide


def forget_stories(session: Session, before: datetime, now: datetime) -> int:
    """Looks at the next cases that began before that. How many; 0: this walk is at its end."""
    told = notebook.cursor(session, CURSOR, to_move=True)
    if _rests(told, now):
        return 0
    rows = _next(session, told, before)
    _forget(session, [row.id for row in rows if _is_over(row, before)])
    last = rows[-1] if rows else None
    place = (
        f"{last.created_at.isoformat()}{BETWEEN}{last.id}" if last else f"{ENDED}{BETWEEN}{now.isoformat()}"
    )
    notebook.set_cursor(session, CURSOR, place)
    return len(rows)


def _rests(told: str, now: datetime) -> bool:
    kind, _, at = told.partition(BETWEEN)
    return kind == ENDED and now - datetime.fromisoformat(at) < REST


def _next(session: Session, told: str, before: datetime) -> Sequence[Any]:
    """Without their bodies, which are large."""
    query: Any = columns(*(col(getattr(CaseRow, one)) for one in WANTED))
    query = query.where(col(CaseRow.created_at) < before)
    began, _, case_id = told.partition(BETWEEN)
    if began and began != ENDED:
        at = datetime.fromisoformat(began)
        same = and_(col(CaseRow.created_at) == at, col(CaseRow.id) > case_id)
        query = query.where(or_(col(CaseRow.created_at) > at, same))
    ordered = query.order_by(col(CaseRow.created_at), col(CaseRow.id)).limit(MOST_ROWS)
    return session.execute(ordered).all()


def _is_over(row: Any, before: datetime) -> bool:
    """Nobody has to do with it any more: it has ended, and no complaint of it is open."""
    return row.state == "ended" and row.updated_at < before and row.complaint_due is None


def _forget(session: Session, ids: Sequence[str]) -> None:
    """Not of a case of which something is still to be done outside."""
    busy = select(EffectRow.case_id).where(col(EffectRow.case_id).in_(ids), col(EffectRow.state).in_(UNDONE))
    over = list({*ids} - {*session.exec(busy).all()})
    session.execute(delete(TraceRow).where(col(TraceRow.case_id).in_(over)))
    events = update(InboxRow).where(col(InboxRow.case_id).in_(over), *SETTLED)
    session.execute(events.values(**GONE))


# --- outgoing webhooks ------------------------------------------------------------------------


def forget_told(session: Session, before: datetime) -> int:
    """What delivered webhooks said is emptied; that they were, and when, stays. How many were looked at."""
    done = int(notebook.cursor(session, TOLD, to_move=True) or 0)
    query = select(EffectRow).where(OF_WEBHOOKS, col(EffectRow.id) > done, EffectRow.created_at < before)
    rows = session.exec(query.order_by(col(EffectRow.id)).limit(MOST_ROWS)).all()
    for row in (one for one in rows if one.state == DONE):
        row.payload = {**row.payload, "data": {}}
    if rows:
        notebook.set_cursor(session, TOLD, str(rows[-1].id))
    return len(rows)

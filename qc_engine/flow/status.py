"""How much there is to do, when something will be due next, and what has been done."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from qc_engine.clock import Clock
from qc_engine.store import cases, inbox, lanes, outbox
from qc_engine.store.database import Database
from qc_engine.store.tables import ClickRow, EffectRow, InboxRow


def status(database: Database, clock: Clock, full: bool = False) -> dict[str, Any]:
    """Cheap by indexes; with `full` the totals too. Times are ISO 8601 in UTC."""
    with database.reading() as session:
        now = clock.now()
        document: dict[str, Any] = {
            "now": now.isoformat(),
            "inbox_open": inbox.count_open(session),
            "effects_due": outbox.waiting(session, now),
            "next_at": _next_at(session, now),
            "broken": [
                {"lane": one.key, "reason": one.broken} for one in lanes.all_lanes(session) if one.broken
            ],
        }
        return document | (_totals(session) if full else {})


def _next_at(session: Session, now: datetime) -> str | None:
    """The next moment at which time alone makes something happen."""
    later = session.exec(
        select(func.min(EffectRow.run_at)).where(outbox.READY, col(EffectRow.run_at) > now)
    ).one()
    held = session.exec(
        select(func.min(InboxRow.process_at)).where(
            col(InboxRow.processed_at).is_(None), col(InboxRow.process_at) > now
        )
    ).one()
    moments = [one for one in (cases.next_wake(session), later, held) if one]
    return min(moments).isoformat() if moments else None


def _totals(session: Session) -> dict[str, Any]:
    kinds = session.exec(select(InboxRow.kind, func.count()).group_by(InboxRow.kind)).all()
    ends = session.exec(select(InboxRow.result, func.count()).group_by(InboxRow.result)).all()
    grades = session.exec(select(ClickRow.grade, func.count()).group_by(ClickRow.grade)).all()
    return {
        "inbox": dict(kinds),
        "inbox_results": {result or "open": count for result, count in ends},
        "effects": outbox.counts(session),
        "cases": cases.counts(session),
        "clicks": dict(grades),
    }

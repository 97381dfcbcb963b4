"""Outgoing webhooks in the outbox: the log of their deliveries, and sending one again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from qc_engine.store import outbox
from qc_engine.store.tables import EffectRow

# Written as text, because SQLite uses a partial index only for the very words of its condition.
WEBHOOKS = text("effects.lane = 'webhook'")
STATES = (
    outbox.PLANNED,
    outbox.SENDING,
    outbox.DONE,
    outbox.FAILED,
    outbox.UNKNOWN,
    outbox.REVIEW,
    outbox.CANCELLED,
)
ENDED = (outbox.DONE, outbox.FAILED, outbox.REVIEW)  # what can be sent again; a repeat has the same id
WAITING = (outbox.PLANNED, outbox.UNKNOWN)  # what can be sent sooner


def log(
    session: Session, webhook: str, state: str, limit: int, before: int | None = None
) -> Sequence[EffectRow]:
    """The newest first. `webhook`, `state`: "" narrows nothing; `before`: the id of the last one seen."""
    query = select(EffectRow).where(WEBHOOKS)
    if webhook:
        query = query.where(col(EffectRow.payload)["webhook"].as_string() == webhook)
    if state:
        query = query.where(EffectRow.state == state)
    if before is not None:
        query = query.where(col(EffectRow.id) < before)
    return session.exec(query.order_by(col(EffectRow.id).desc()).limit(limit)).all()


def counts(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    """By webhook and state, of those made since then."""
    name = col(EffectRow.payload)["webhook"].as_string()
    query = select(name, EffectRow.state, func.count()).where(WEBHOOKS, EffectRow.created_at >= since)
    return {
        (webhook, state): n for webhook, state, n in session.exec(query.group_by(name, EffectRow.state)).all()
    }


def held(session: Session, effect_id: int) -> EffectRow | None:
    """Nobody else changes it until the transaction ends; None when there is no such webhook."""
    row = session.get(EffectRow, effect_id, with_for_update=True)
    return row if row is not None and row.lane == "webhook" else None


def resend(row: EffectRow, now: datetime) -> bool:
    """As soon as there is room, under the same id. False for one that is leaving, or that was cancelled."""
    if row.state in WAITING:
        row.run_at = now
        return True
    if row.state not in ENDED:
        return False
    outbox.postpone(row, now, "")
    row.first_tried_at, row.done_at, row.looks, row.recreated = None, None, 0, 0
    return True

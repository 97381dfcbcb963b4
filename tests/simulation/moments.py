"""When something happens in the engine by itself; `status` would say the same, ten times slower."""

from datetime import datetime

from sqlalchemy import bindparam, true
from sqlmodel import col, func, select

from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow

UNHEARD = col(InboxRow.processed_at).is_(None)
SOONEST = tuple(
    select(func.min(moment)).where(moment > bindparam("now"), condition)
    for moment, condition in (
        (col(CaseRow.wake_at), true()),
        (col(EffectRow.run_at), col(EffectRow.state).in_(("planned", "unknown"))),
        (col(EffectRow.lease_until), col(EffectRow.state) == "sending"),
        (col(InboxRow.process_at), UNHEARD),
    )
)


def soonest(database: Database, now: datetime) -> list[datetime]:
    """The next moment after now of each kind: a case wakes, an effect is due, a lease ends, an event is held."""
    with database.reading() as session:
        found = [session.exec(one, params={"now": now}).one() for one in SOONEST]
    return [one for one in found if one]


def inbox_is_open(database: Database) -> bool:
    with database.reading() as session:
        return session.exec(select(InboxRow.id).where(UNHEARD).limit(1)).first() is not None

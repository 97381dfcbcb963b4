"""What a vendor made more than once by itself: a person decides which one goes, nothing is deleted by us."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from qc_engine.store import alarms
from qc_engine.store.tables import AlarmRow, CaseRow, EffectRow

TWICE, GONE = "twice", "was_twice"  # words before the others' numbers in the error of an effect that is done
log = structlog.get_logger()


def tell(session: Session, row: EffectRow, others: Sequence[str], now: datetime) -> None:
    """The effect is done with its first number; `others` carry the same mark. An alarm until they go."""
    told = ", ".join(others)
    row.error = f"{TWICE}: {told}"
    params = {"what": row.kind, "number": row.result, "others": told, "case_id": row.case_id}
    if alarms.raise_alarm(session, _key(row), "alarm.twice", params, now):
        log.warning("made more than once", effect=row.key, kind=row.kind, number=row.result, others=told)


def over(session: Session, row: EffectRow) -> None:
    """They are gone; that they were there stays in the story."""
    row.error = row.error.replace(TWICE, GONE, 1) if row.error.startswith(TWICE) else row.error
    alarms.clear(session, _key(row))


def standing(session: Session, portal: str) -> Sequence[EffectRow]:
    """Effects of this portal whose doubles somebody has to look at, the oldest first."""
    keys = session.exec(select(AlarmRow.key).where(col(AlarmRow.key).startswith(f"{TWICE}:"))).all()
    found = select(EffectRow).join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id))
    ours = found.where(
        col(EffectRow.id).in_([int(key.partition(":")[2]) for key in keys]), CaseRow.portal == portal
    )
    return session.exec(ours.order_by(col(EffectRow.id))).all()


def _key(row: EffectRow) -> str:
    return f"{TWICE}:{row.id}"

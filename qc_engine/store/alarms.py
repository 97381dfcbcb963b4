"""Alarms: what is wrong with the whole, since when; told once when it begins and once when it passes."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from qc_engine.store.tables import AlarmRow

log = structlog.get_logger()


def raise_alarm(session: Session, key: str, phrase: str, params: Mapping[str, object], now: datetime) -> bool:
    """True when it begins now. One that stands already keeps its beginning and learns the newest words.

    `key` is 'silence:main': a family and what it is about. `phrase` is a sentence of explain/locale with
    `params` in it; a time in `params` is an ISO text.
    """
    told = {name: str(value) for name, value in params.items()}
    row = session.get(AlarmRow, key, with_for_update=True)
    if row is not None:
        row.phrase, row.params, row.seen_at = phrase, told, now
        return False
    session.add(AlarmRow(key=key, phrase=phrase, params=told, since=now, seen_at=now))
    session.flush()
    log.error("alarm raised", alarm=key, phrase=phrase, **{f"alarm_{name}": told[name] for name in told})
    return True


def clear(session: Session, key: str) -> bool:
    """True when it stood until now."""
    row = session.get(AlarmRow, key, with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    log.info("alarm cleared", alarm=key, since=row.since.isoformat())
    return True


def broken(session: Session, lane: str, why: str, now: datetime) -> None:
    """Nothing passes this door until a person acts."""
    raise_alarm(session, f"broken:{lane}", "alarm.broken", {"lane": lane, "reason": why}, now)


def whole(session: Session, lane: str) -> None:
    """It passes again."""
    clear(session, f"broken:{lane}")


def standing(session: Session, key: str) -> AlarmRow | None:
    return session.get(AlarmRow, key)


def all_alarms(session: Session) -> list[AlarmRow]:
    """Those that stand, the oldest first."""
    return list(session.exec(select(AlarmRow).order_by(col(AlarmRow.since), col(AlarmRow.key))).all())

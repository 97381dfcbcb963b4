"""After a restore nothing leaves until a person lets it: what the backup cannot know may have happened.

Polls and webhooks go on and bring in what came meanwhile. Timers run once every poll has been answered, so
what was due is decided by what clients really said, and stands in the outbox. When it is let go, whatever a
repeat could double is looked for at the vendor before anything is made.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from qc_engine.core.effects import Effect, Repeat
from qc_engine.store import aging, alarms, links, mailed, outgrown, polls
from qc_engine.store.outbox import PLANNED, SENDING, UNKNOWN
from qc_engine.store.tables import AlarmRow, CursorRow, EffectRow

HELD = "restored"
LOOKED_FOR_FIRST = "effect.restored"
OPEN = (PLANNED, SENDING, UNKNOWN)
# Cursors that are no poll's.
ASKS_NOBODY = (links.ERASURES, outgrown.CURSOR, outgrown.TOLD, *(one.cursor for one in aging.EVERY))
DOUBLED_BY_A_REPEAT = tuple(one.__name__ for one in get_args(Effect) if one.repeat is not Repeat.NATURAL)


def hold(session: Session, backup_at: datetime, now: datetime) -> None:
    """Of a backup that was itself held: polls are waited for anew, and what it waited with stays doubtful."""
    before = held(session)
    since = min(backup_at, _backup_at(before)) if before else backup_at
    alarms.clear(session, HELD)
    alarms.raise_alarm(session, HELD, "alarm.restored", {"at": since.isoformat()}, now)


def held(session: Session) -> AlarmRow | None:
    return alarms.standing(session, HELD)


def is_held(session: Session) -> bool:
    return held(session) is not None


def unanswered(session: Session) -> Sequence[str]:
    """The polls that have not brought yet what came since the backup; none when nothing is held."""
    row = held(session)
    if row is None:
        return ()
    found = select(CursorRow.name).where(col(CursorRow.name).not_in(ASKS_NOBODY))
    names = session.exec(found.order_by(CursorRow.name)).all()
    answered = {name: polls.health(session, name).answered_at for name in names}
    return [name for name, at in answered.items() if at is None or at < row.since]


def planned(session: Session) -> dict[str, int]:
    """What stands in the outbox, by kind."""
    query = select(EffectRow.kind, func.count()).where(col(EffectRow.state).in_(OPEN))
    return dict(session.exec(query.group_by(EffectRow.kind).order_by(EffectRow.kind)).all())


def release(session: Session, now: datetime) -> int:
    """How many will be looked for first; -1: nothing was held. Raises ValueError while a poll is missing."""
    row = held(session)
    if row is None:
        return -1
    if missing := unanswered(session):
        raise ValueError(", ".join(missing))
    since = _backup_at(row)
    tried = case((col(EffectRow.attempts) > 0, EffectRow.attempts), else_=1)
    found = session.execute(
        update(EffectRow)
        .where(col(EffectRow.state).in_(OPEN), col(EffectRow.kind).in_(DOUBLED_BY_A_REPEAT))
        .values(
            state=UNKNOWN, first_tried_at=since, run_at=now, lease_until=None, looks=0, attempts=tried,
            fence=EffectRow.fence + 1, error=LOOKED_FOR_FIRST,
        )
    )  # fmt: skip
    mailed.doubt_before(session, row.since, now)
    alarms.clear(session, HELD)
    return int(getattr(found, "rowcount", 0))


def _backup_at(row: AlarmRow) -> datetime:
    return datetime.fromisoformat(str(row.params["at"]))

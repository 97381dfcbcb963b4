"""How far the turns of scheduled scenarios are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from qc_engine.store.tables import ScheduleRow


@dataclass(frozen=True)
class Turn:
    """One time that a schedule came round. See ScheduleRow."""

    portal: str
    scenario: str
    schedule: str
    occurs_at: datetime
    after: str = ""
    begun: int = 0
    done_at: datetime | None = None
    next_at: datetime | None = None


def find(session: Session, portal: str, scenario: str) -> Turn | None:
    """The last one of this scenario."""
    row = session.get(ScheduleRow, (portal, scenario))
    return _turn(row) if row else None


def keep(session: Session, turn: Turn) -> None:
    session.merge(ScheduleRow(**{one.name: getattr(turn, one.name) for one in fields(turn)}))


def coming(session: Session) -> Sequence[Turn]:
    """Of all that will come round again, the soonest first."""
    ahead = select(ScheduleRow).where(col(ScheduleRow.next_at).is_not(None))
    rows = session.exec(ahead.order_by(col(ScheduleRow.next_at), col(ScheduleRow.scenario))).all()
    return [_turn(row) for row in rows]


def next_at(session: Session) -> datetime | None:
    return session.exec(select(func.min(ScheduleRow.next_at))).one()


def _turn(row: ScheduleRow) -> Turn:
    return Turn(**{one.name: getattr(row, one.name) for one in fields(Turn)})

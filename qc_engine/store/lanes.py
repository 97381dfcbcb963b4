"""Rate limits belong to the lane: a leaky bucket in the database, reserved before sending."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from qc_engine.clock import Clock
from qc_engine.store.database import Database
from qc_engine.store.tables import LaneRow

SPARE = 1.04  # at exactly the nominal spacing two processes overshot by one
LONGEST_WAIT = 5.0  # s; look at the row again at least so often: somebody may have paused the lane


class BucketPace:
    """Room for `burst` requests at once, and `per_second` more each second; kept over a restart."""

    def __init__(self, database: Database, clock: Clock, key: str, per_second: float, burst: int) -> None:
        self.database, self.clock, self.key = database, clock, key
        self.drain = per_second / SPARE
        # One is left for the request that is on its way while the vendor's count lags behind ours.
        self.burst = max(1.0, burst * 0.9)

    def slot(self) -> None:
        """Blocks until one more request may leave; the reservation is committed before."""
        while (wait := self._reserve()) > 0:
            self.clock.sleep(min(wait, LONGEST_WAIT))

    def pause(self, seconds: float) -> None:
        with self.database.transaction(durable=False) as session:
            now = self.clock.now()
            row = self._row(session, now)
            until = now + timedelta(seconds=seconds)
            row.paused_until = max(until, row.paused_until or until)
            row.level = self.burst

    def _reserve(self) -> float:
        """0 when a slot was taken, else the seconds to wait."""
        with self.database.transaction(durable=False) as session:
            now = self.clock.now()
            row = self._row(session, now)
            if row.paused_until and row.paused_until > now:
                return (row.paused_until - now).total_seconds()
            level = self._level(row, now)
            if level + 1 > self.burst:
                return (level + 1 - self.burst) / self.drain
            row.level, row.level_at = level + 1, now
            return 0

    def _level(self, row: LaneRow, now: datetime) -> float:
        passed = max(0.0, (now - row.level_at).total_seconds())
        return max(0.0, row.level - passed * self.drain)

    def _row(self, session: Session, now: datetime) -> LaneRow:
        row = session.exec(select(LaneRow).where(LaneRow.key == self.key).with_for_update()).first()
        if row is None:
            # We do not know what others did before us: begin with a single request.
            row = LaneRow(key=self.key, level=self.burst - 1, level_at=now)
            session.add(row)
        return row


def mark_broken(session: Session, key: str, reason: str, now: datetime) -> bool:
    """True when it was whole until now: alert once."""
    row = session.get(LaneRow, key)
    if row is None:
        row = LaneRow(key=key, level_at=now)
        session.add(row)
    was_whole, row.broken = not row.broken, reason
    return was_whole


def mark_whole(session: Session, key: str) -> None:
    row = session.get(LaneRow, key)
    if row is not None and row.broken:
        row.broken = ""


def all_lanes(session: Session) -> list[LaneRow]:
    return list(session.exec(select(LaneRow)).all())

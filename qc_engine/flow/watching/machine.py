"""The machine under us: was its clock moved, does its disk run full? Each worker looks at its own."""

import platform
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qc_engine.clock import Clock, steady_seconds
from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.store.tables import InboxRow
from qc_engine.store.trouble import LEAST_FREE_BYTES, free_bytes

EVERY = timedelta(seconds=30)
MOST_MOVED = timedelta(minutes=1)  # more than any keeper of time corrects without a word
REMEMBERED = timedelta(hours=1)  # how long a jump is told


class Machine:
    """`steady`: seconds that go on evenly, whatever the clock is set to, also while the machine sleeps."""

    def __init__(
        self, database: Database, clock: Clock, steady: Callable[[], float] = steady_seconds
    ) -> None:
        self._database, self._clock, self._steady = database, clock, steady
        self._seen: tuple[datetime, float] | None = None
        self._moved: tuple[timedelta, datetime, float] | None = None  # by how much, when it was seen
        self._host = platform.node() or "?"

    def look(self) -> int:
        """0 for a loop: a look leaves no work behind."""
        now, moved = self._clock.now(), self._jump()
        with self._database.transaction(durable=False) as session:
            self._tell_clock(session, now, moved)
            self._tell_disk(session, now)
        return 0

    def _jump(self) -> tuple[timedelta, datetime] | None:
        """By how much the clock was moved within the last hour, and when; None: it was not."""
        now, steady = self._clock.now(), self._steady()
        if self._seen is not None:
            moved = (now - self._seen[0]) - timedelta(seconds=steady - self._seen[1])
            if abs(moved) > MOST_MOVED:
                self._moved = (moved, now, steady)
        self._seen = (now, steady)
        if self._moved and steady - self._moved[2] < REMEMBERED.total_seconds():
            return self._moved[:2]
        return None

    def _tell_clock(self, session: Session, now: datetime, moved: tuple[timedelta, datetime] | None) -> None:
        key, newest = f"clock:{self._host}", _newest(session)
        if newest and newest - now > MOST_MOVED:
            told = {"host": self._host, "at": newest.isoformat()}
            alarms.raise_alarm(session, key, "alarm.clock.behind", told, now)
        elif moved:
            told = {
                "host": self._host,
                "seconds": f"{moved[0].total_seconds():+.0f}",
                "at": moved[1].isoformat(),
            }
            alarms.raise_alarm(session, key, "alarm.clock", told, now)
        elif alarms.standing(session, key):
            alarms.clear(session, key)

    def _tell_disk(self, session: Session, now: datetime) -> None:
        path, key = self._database.path, f"disk:{self._host}"
        free = free_bytes(path) if path else LEAST_FREE_BYTES
        if free < LEAST_FREE_BYTES:
            told = {"host": self._host, "free": free // 10**6}
            alarms.raise_alarm(session, key, "alarm.disk", told, now)
        elif alarms.standing(session, key):
            alarms.clear(session, key)


def _newest(session: Session) -> datetime | None:
    """When the last event came: the clock cannot have been later than now."""
    return session.exec(select(InboxRow.received_at).order_by(col(InboxRow.id).desc()).limit(1)).first()

"""Rate limits belong to the lane: a leaky bucket in the database, reserved before sending."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from qc_engine.clock import Clock
from qc_engine.store.away import Away
from qc_engine.store.database import Database
from qc_engine.store.tables import LaneRow

# Hardly over the nominal spacing: what the network shakes and two processes overshoot is in the kept token.
# Measured over 7,500 moves: no refusal at 1.005; 1.04 would cost 1.8 s of 50 and gain nothing.
SPARE = 1.005
KEPT = 1.0  # the token that only an urgent request takes
ROUNDING = 1e-6  # of a request: less than a clock can wait for
LONGEST_NAP = 5.0  # s; look at the row again at least so often: somebody may have paused the lane
PROBE_NAP = 0.1  # s; how soon the others notice that the probe is back
# Where we know nothing of the bucket, so many go one after the other: all but full, it refuses one of them.
PROBES = 3
# A probe whose process died is nobody's any more; no request of ours waits longer for its answer.
PROBE_LEASE = timedelta(seconds=90)


@dataclass(frozen=True)
class Reservation:
    """What came of asking for a slot: seconds to wait (0: it is ours), and whether it is the probe."""

    wait: float
    probe_until: datetime | None = None


class BucketPace:
    """Room for `burst` requests at once, and `per_second` more each second; kept over a restart.

    One row per lane, shared by the threads and processes that use it. Where the vendor's count is not
    certain, after a restart and after each refusal, one request goes alone and the others wait for it.
    """

    def __init__(self, database: Database, clock: Clock, key: str, per_second: float, burst: int) -> None:
        self.database, self.clock, self.key = database, clock, key
        self.drain = per_second / SPARE
        self.burst = float(burst)
        self._unproven: int | None = None  # probes still to come back since this process began
        self._probes: dict[int, datetime] = {}  # thread -> until when the lane waits for its answer
        self._away = Away(self.drain, PROBE_LEASE)

    def slot(self, urgent: bool = False) -> None:
        """Blocks until one more request may leave; the reservation is committed before."""
        self._away.landed(self.clock.now())  # this thread's last one, should it have come to a bad end
        while (reservation := self._reserve(urgent)).wait > 0:
            self.clock.sleep(min(reservation.wait, LONGEST_NAP))
        self._away.left(self.clock.now())
        if reservation.probe_until:
            self._probes[threading.get_ident()] = reservation.probe_until

    def answered(self) -> None:
        """This thread's request came back, and was not refused as one too many."""
        self._away.landed(self.clock.now())
        until = self._probes.pop(threading.get_ident(), None)
        if until is None:
            return
        self._unproven = max(0, (self._unproven or 0) - 1)
        with self.database.transaction(durable=False) as session:
            row, _ = self._row(session)
            if row.paused_until == until:
                row.paused_until = None

    def pause(self, seconds: float) -> None:
        """The vendor's bucket is full: nobody leaves for so long, and then one alone."""
        mine = self._probes.pop(threading.get_ident(), None)
        with self.database.transaction(durable=False) as session:
            row, now = self._row(session)
            until = now + timedelta(seconds=seconds)
            others = row.paused_until if row.paused_until != mine else None
            row.paused_until = max(until, others or until)
            row.level, row.level_at = self.burst, now

    def _reserve(self, urgent: bool) -> Reservation:
        with self.database.transaction(durable=False) as session:
            row, now = self._row(session)
            if wait := self._waits(row, now, urgent):
                return Reservation(wait)
            probe = self._is_probe(row, now)
            row.level, row.level_at = self._level(row, now) + 1, now
            row.paused_until = now + PROBE_LEASE if probe else row.paused_until
            return Reservation(0, row.paused_until if probe else None)

    def _waits(self, row: LaneRow, now: datetime, urgent: bool) -> float:
        """Seconds until it is worth asking again."""
        if row.paused_until and row.paused_until > now and not self._is_mine(row):
            return min((row.paused_until - now).total_seconds(), PROBE_NAP)
        over = self._level(row, now) + 1 - self._room(urgent)
        return over / self.drain if over > ROUNDING else 0.0

    def _is_probe(self, row: LaneRow, now: datetime) -> bool:
        if row.paused_until is not None:
            # A pause has run out, or the process with the probe died: begin with one again.
            return not self._is_mine(row)
        if self._unproven is None:
            self._unproven = 1 if self._level(row, now) else PROBES
        return self._unproven > 0

    def _is_mine(self, row: LaneRow) -> bool:
        """The request that is the probe may need a second one: a redirect, a fresh token."""
        return row.paused_until is not None and self._probes.get(threading.get_ident()) == row.paused_until

    def _room(self, urgent: bool) -> float:
        return self.burst if urgent else max(1.0, self.burst - KEPT)

    def _level(self, row: LaneRow, now: datetime) -> float:
        passed = max(0.0, (now - row.level_at).total_seconds())
        return max(self._away.least(now), row.level - passed * self.drain)

    def _row(self, session: Session) -> tuple[LaneRow, datetime]:
        """Locked; the time is read when we have it: what drained while we waited for it, drained once."""
        row = _locked(session, self.key) or _new(session, self.key, self.clock.now())
        now = self.clock.now()
        # A clock that was put back must not freeze the bucket until the old time comes again.
        row.level_at = min(row.level_at, now)
        return row, now


def _locked(session: Session, key: str) -> LaneRow | None:
    return session.exec(select(LaneRow).where(LaneRow.key == key).with_for_update()).first()


def _new(session: Session, key: str, now: datetime) -> LaneRow:
    """An empty bucket: the vendor's drains in seconds, and as a rule nobody shares our address.

    Should somebody share it, the first refusal tells: it is not carried out, so nothing is lost.
    """
    try:
        with session.begin_nested():
            session.add(LaneRow(key=key, level=0.0, level_at=now))
    except IntegrityError:  # another process was faster
        pass
    row = _locked(session, key)
    assert row is not None
    return row


def mark_broken(session: Session, key: str, reason: str, now: datetime) -> bool:
    """True when it was whole until now: alert once."""
    row = session.get(LaneRow, key)
    if row is None:
        row = LaneRow(key=key, level_at=now)
        session.add(row)
    was_whole, row.broken = not row.broken, reason
    session.info.get("whole lanes", set()).discard(key)
    return was_whole


def mark_whole(session: Session, key: str) -> bool:
    """True when it was broken until now. Looked at once per transaction: thousands of effects may say it."""
    seen = session.info.setdefault("whole lanes", set())
    if key in seen:
        return False
    seen.add(key)
    row = session.get(LaneRow, key)
    if row is None or not row.broken:
        return False
    row.broken = ""
    return True


def is_broken(session: Session, key: str) -> bool:
    row = session.get(LaneRow, key)
    return row is not None and bool(row.broken)


def all_lanes(session: Session) -> list[LaneRow]:
    return list(session.exec(select(LaneRow)).all())

"""How many conversations we begin: a number that writes to thousands of strangers in a day is banned.

Only messages that nobody waits for are counted; whoever has answered gets the next question at once.
"""

import hashlib
import json
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import moment
from qc_engine.clock import Clock
from qc_engine.ports import Job, Memory, TryLater

NOTE = "begun"
ALARMING = ("spam_limit", "channel_off", "blocked")
WITHIN = timedelta(hours=1)  # refusals of this time are counted together
SHORT_WAIT = timedelta(seconds=5)  # waited for on the spot; a longer one is left to the outbox
MOST_PLACES = 100_000


@dataclass(frozen=True)
class Begun:
    """How many conversations were begun on this day, and when the last one."""

    day: date
    count: int = 0
    last_at: datetime | None = None


class Limits:
    """Asked before a conversation begins, told after."""

    def __init__(self, settings: Chat2DeskSettings, clock: Clock, memory: Memory, zone: str) -> None:
        self.settings, self.clock, self.memory = settings, clock, memory
        self.zone = ZoneInfo(settings.timezone or zone)
        self._places: Remembered[str, datetime] = Remembered(MOST_PLACES)  # job key -> its turn
        self._last_turn: datetime | None = None
        self._alarming: deque[datetime] = deque(maxlen=1000)
        self._lock = Lock()

    def admit(self, job: Job) -> None:
        """Returns when this message may leave. Raises TryLater with the time of its turn."""
        if job.urgent:
            return
        with self._lock:
            now = self.clock.now()
            self._stop_if_refused(now)
            if self.settings.daily_cap or self.settings.min_spacing:
                begun = self.begun(now)
                self._under_cap(begun, now)
                self._spaced(job.key, begun, now)

    def left(self, job: Job) -> None:
        """It left, or may have left."""
        if job.urgent or not (self.settings.daily_cap or self.settings.min_spacing):
            return
        with self._lock:
            now = self.clock.now()
            begun = self.begun(now)
            self._places.forget(job.key)
            note = {"day": begun.day.isoformat(), "count": begun.count + 1, "last": now.isoformat()}
            self.memory.write(NOTE, json.dumps(note))

    def refused(self, code: str, at: datetime) -> None:
        """The messenger refused one of our messages; `code` says why."""
        if code in ALARMING:
            self._alarming.append(at)

    def begun(self, now: datetime) -> Begun:
        """What was begun on the day of `now`."""
        today = now.astimezone(self.zone).date()
        kept = _read(self.memory.read(NOTE)) or Begun(today)
        return kept if kept.day == today else Begun(today, 0, kept.last_at)

    def next_day(self, now: datetime) -> datetime:
        tomorrow = now.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(0), self.zone).astimezone(now.tzinfo)

    def _stop_if_refused(self, now: datetime) -> None:
        recent = [at for at in self._alarming if now - at < WITHIN]
        if self.settings.stop_after and len(recent) >= self.settings.stop_after:
            # So many must grow old that fewer than the limit remain.
            free_at = sorted(recent)[len(recent) - self.settings.stop_after] + WITHIN
            raise TryLater(f"chat2desk: {len(recent)} messages refused within the hour", free_at - now)

    def _under_cap(self, begun: Begun, now: datetime) -> None:
        if self.settings.daily_cap and begun.count >= self.settings.daily_cap:
            reason = f"chat2desk: {begun.count} conversations begun today, no more are allowed"
            raise TryLater(reason, self.next_day(now) - now)

    def _spaced(self, key: str, begun: Begun, now: datetime) -> None:
        gap = self._gap(key)
        earliest = begun.last_at + gap if begun.last_at else now
        wait = earliest - now
        if wait <= SHORT_WAIT:
            self.clock.sleep(max(0.0, wait.total_seconds()))
            return
        turn = self._places.get(key)
        if turn is None or turn <= now:
            # Each one gets a turn of its own; otherwise all that wait would come back at the same moment.
            turn = max(self._last_turn + gap, earliest) if self._last_turn else earliest
            self._places.put(key, turn)
            self._last_turn = turn
        raise TryLater("chat2desk: conversations begin one after another", turn - now)

    def _gap(self, key: str) -> timedelta:
        """Not a metronome's: up to half as much is added, the same for every attempt of one message."""
        share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
        return self.settings.min_spacing * (1 + share / 2)


def _read(note: str) -> Begun | None:
    try:
        kept = json.loads(note)
        return Begun(date.fromisoformat(kept["day"]), int(kept["count"]), moment(kept["last"]))
    except (ValueError, KeyError, TypeError):
        return None

"""One method's run time of the last ten minutes, kept here as the portal keeps it.

Source: the vendor's page `limits`, "operating": ten buckets of a minute; `operating` is what they hold now,
`operating_reset_at` when the oldest one drops. The account is per method; the outer `batch` has none.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
BUCKET = timedelta(minutes=1)
NOTHING = timedelta()
# The portal tells the drop in whole seconds, cut off: a second later it has certainly happened.
ROUNDING = timedelta(seconds=1)
RESERVE = 0.95  # of the limit; the rest is for what we know too late
# Until the portal has spoken since our start, a method may use a tenth of its time at a slow pace.
LEARNING = 0.1
ASSUMED_COST = 0.5  # s of one command; the slowest that the vendor's readers complain of
FRESHNESS = 0.2  # weight of the newest cost
UNLIMITED = 1_000_000
ABSURD = 1e12


@dataclass
class Bucket:
    """Seconds that a method ran within one minute, and when the portal forgets them."""

    begun: datetime
    ends: datetime
    seconds: float


@dataclass
class Account:
    """One method's time. Moments are ours: of the portal's clock only differences count."""

    buckets: list[Bucket] = field(default_factory=list)  # the oldest first
    cost: float | None = None  # s of one command
    heard: bool = False  # has the portal told its account since our start?
    counted: bool = True  # False: the portal keeps no account of this method
    flying: int = 0  # commands under way
    blocked_until: datetime | None = None
    last: float | None = None  # `operating` and `finish` of the newest answer
    finish: float = 0.0

    def used(self, now: datetime) -> float:
        self.buckets = [one for one in self.buckets if one.ends > now]
        return sum(one.seconds for one in self.buckets)

    def room(self, now: datetime, limit: float) -> int:
        """How many more commands may go at this moment; `limit` in seconds, 0: there is none."""
        if self.blocked_until and self.blocked_until > now:
            return 0
        if not limit or not self.counted:
            return UNLIMITED
        used, cost = self.used(now), ASSUMED_COST if self.cost is None else self.cost
        free = RESERVE * limit - used if self.heard else min(LEARNING * limit, RESERVE * limit - used)
        if not cost:
            return UNLIMITED if free > 0 else 0
        # A command that costs more than the whole limit must be possible too: the portal lets it through.
        least = 0 if self.flying or used else 1
        return max(least, int(free / cost + 1e-9) - self.flying)

    def left(self, now: datetime, limit: float) -> timedelta:
        """How long until more may go; zero: now."""
        if self.blocked_until and self.blocked_until > now:
            return self.blocked_until - now
        if self.room(now, limit):
            return NOTHING
        return ROUNDING if self.flying else self._drop(now) - now

    def block(self, now: datetime) -> None:
        """The portal refused: what it knows and we do not may be anything."""
        self.blocked_until, self.heard = self._drop(now), False

    def _drop(self, now: datetime) -> datetime:
        return next((one.ends for one in self.buckets if one.ends > now), now + BUCKET)

    def note(self, time: Mapping[str, object], now: datetime) -> None:
        """Learn from the `time` of a success."""
        told = _number(time.get("operating"))
        total = None if told is None else max(0.0, told)
        self.heard, self.counted = True, total is not None
        if total is None:
            self._move_oldest(time, now)
            return
        cost = self._own(total, time)
        self.cost = cost if self.cost is None else self.cost + FRESHNESS * (cost - self.cost)
        self._spend(cost, now)
        finish = _number(time.get("finish")) or 0.0
        if finish < self.finish:
            return  # overtaken by a later answer, which knows better
        self.last, self.finish = total, finish
        self._agree(total, now)
        self._move_oldest(time, now)

    def _own(self, total: float, time: Mapping[str, object]) -> float:
        """What this call cost: the growth of the account, unless others grew it or a bucket dropped."""
        duration = _duration(time)
        growth = None if self.last is None else total - self.last
        if growth is None or growth < 0 or (duration is not None and growth > 3 * duration):
            return min(total, duration) if duration is not None else total
        return growth

    def _spend(self, seconds: float, now: datetime) -> None:
        if self.buckets and now < self.buckets[-1].begun + BUCKET:
            self.buckets[-1].seconds += seconds
        elif seconds > 0:
            self.buckets.append(Bucket(now, now + WINDOW + ROUNDING, seconds))

    def _agree(self, total: float, now: datetime) -> None:
        """The portal's sum holds: what is unknown is taken for young, what is too much for old."""
        over = self.used(now) - total
        if over < 0:
            self._spend(-over, now)
        for one in self.buckets:
            gone = min(one.seconds, max(0.0, over))
            one.seconds, over = one.seconds - gone, over - gone

    def _move_oldest(self, time: Mapping[str, object], now: datetime) -> None:
        # Counted from the call's start: too late by what it ran, and never too early.
        reset, then = _number(time.get("operating_reset_at")), _number(time.get("start", time.get("finish")))
        if reset is None or then is None:
            return
        ahead = timedelta(seconds=min(max(reset - then, 0.0), WINDOW.total_seconds()))
        if not self.buckets:
            self.buckets.append(Bucket(now, now, 0.0))
        self.buckets[0].ends = now + ahead + ROUNDING
        for older, younger in zip(self.buckets, self.buckets[1:], strict=False):
            younger.ends = max(younger.ends, older.ends)

    def takes(self, count: int, now: datetime, limit: float) -> timedelta:
        """How long this limit alone makes so many further commands take."""
        cost = self.cost if self.counted and limit else None
        if not cost:
            return self.left(now, limit) if self.room(now, limit) == 0 else NOTHING
        need, at, free = count * cost, now, max(0.0, RESERVE * limit - self.used(now))
        drops = [(one.ends, one.seconds) for one in self.buckets]
        at = max(at, self.blocked_until or at)
        while need > free and drops:
            if free > 0:
                drops.append((at + WINDOW, free))
                need -= free
            drop, free = drops.pop(0)
            at = max(at, drop)
        return at - now


def dump(accounts: Mapping[str, Account], now: datetime) -> str:
    """What is worth keeping over a restart, as JSON."""
    return json.dumps(
        {
            method: {
                "cost": one.cost,
                "blocked": one.blocked_until.isoformat() if one.blocked_until else None,
                "buckets": [
                    [b.begun.isoformat(), b.ends.isoformat(), round(b.seconds, 3)] for b in one.buckets
                ],
            }
            for method, one in accounts.items()
            if one.used(now) or one.cost is not None or one.blocked_until
        }
    )


def load(text: str) -> dict[str, Account]:
    """Nothing from a text that makes no sense: the portal tells its accounts again."""
    try:
        return {method: _account(row) for method, row in json.loads(text or "{}").items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _account(row: Mapping[str, object]) -> Account:
    rows, blocked = row["buckets"], row["blocked"]
    if not isinstance(rows, list):
        raise TypeError("buckets are a list")
    buckets = [
        Bucket(datetime.fromisoformat(begun), datetime.fromisoformat(ends), float(seconds))
        for begun, ends, seconds in rows
    ]
    until = datetime.fromisoformat(str(blocked)) if blocked else None
    return Account(buckets, cost=_number(row["cost"]), blocked_until=until)


def _duration(time: Mapping[str, object]) -> float | None:
    start, finish = _number(time.get("start")), _number(time.get("finish"))
    told = _number(time.get("duration"))
    if told is None and start is not None and finish is not None:
        told = finish - start
    return None if told is None else max(0.0, told)


def _number(value: object) -> float | None:
    """A number that a clock or an account can show; nothing from a bool, NaN or an absurd one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < ABSURD:
        return None
    return float(value)

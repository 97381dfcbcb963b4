"""The sandbox's own time: it can jump and run fast, and tells other processes through one small file."""

import asyncio
import heapq
import itertools
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

LATE_READERS_SECONDS = 0.5  # real ones, between the new rate and the last process that reads it


class SandboxClock:
    """Virtual time of the whole sandbox: virtual(t) = virtual + (t - real) * rate.

    `path` is the file that shares the time, {"real": epoch s, "virtual": epoch s, "rate": virtual s per
    real s}, or None; `start` is where virtual time begins (aware), or None for the machine's own time.
    """

    def __init__(self, path: Path | None = None, start: datetime | None = None) -> None:
        self.path = path
        self._real = time.time()
        self._virtual = start.timestamp() if start else self._real
        self._rate = 1.0
        self._stamp = 0
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._write()

    @property
    def rate(self) -> float:
        """Virtual seconds per real second."""
        return self._rate

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """Virtual epoch seconds."""
        return self._virtual + (time.time() - self._real) * self._rate

    def jump(self, seconds: float) -> None:
        """Moves virtual time; what became due in between happens at once."""
        self._anchor(self.timestamp() + seconds, self._rate)

    def forward_to(self, moment: datetime) -> None:
        """Never back: a moment that has passed changes nothing."""
        self.jump(max(0.0, moment.timestamp() - self.timestamp()))

    def set_rate(self, rate: float) -> None:
        """ValueError unless time runs forward.

        Whoever reads the file late goes on at the old rate until then. When time slows down it leaps a
        little, so that for nobody it goes back: buckets that drain by it would drain twice.
        """
        if not rate > 0:
            raise ValueError("the rate of the clock must be above zero")
        leap = LATE_READERS_SECONDS * self._rate if rate < self._rate else 0.0
        self._anchor(self.timestamp() + leap, rate)

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Calls back on the running event loop after `seconds` of virtual time, in order of their time."""
        heapq.heappush(self._waiting, (self.timestamp() + max(0.0, seconds), next(self._order), call))
        self._arm()

    async def sleep(self, seconds: float) -> None:
        """Waits `seconds` of virtual time; a jump over the end wakes at once."""
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.call_later(seconds, lambda: None if awake.done() else awake.set_result(None))
        await awake

    def _anchor(self, virtual: float, rate: float) -> None:
        self._real, self._virtual, self._rate = time.time(), virtual, rate
        self._write()
        self._arm()

    def _arm(self) -> None:
        # One alarm for the earliest waiter: thousands of delayed events cost one timer.
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._waiting:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        left = (self._waiting[0][0] - self.timestamp()) / self._rate
        self._alarm = loop.call_later(max(0.0, left), self._ring)

    def _ring(self) -> None:
        now = self.timestamp()
        while self._waiting and self._waiting[0][0] <= now:
            heapq.heappop(self._waiting)[2]()
        self._arm()

    def _write(self) -> None:
        if self.path is None:
            return
        text = json.dumps({"real": self._real, "virtual": self._virtual, "rate": self._rate})
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(text, encoding="utf-8")
        # Readers notice a change by the file's time, so two changes never share one.
        self._stamp = max(time.time_ns(), self._stamp + 1_000_000)
        os.utime(fresh, ns=(self._stamp, self._stamp))
        fresh.replace(self.path)

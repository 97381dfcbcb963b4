"""The only place that asks the time and that waits."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Aware UTC time, and waiting measured in the same time."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's time; a clock that runs fast waits less."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


def steady_seconds() -> float:
    """They go on while the clock is moved and while the machine sleeps; only differences mean anything."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class SharedClock:
    """A clock that several processes read from one small file, so that a demo can jump ahead.

    The file holds {"real": epoch s, "virtual": epoch s, "rate": virtual s per real s}.
    """

    LONGEST_NAP = 0.05

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp = 0
        self._anchor = (0.0, 0.0, 1.0)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._virtual(), UTC)

    def sleep(self, seconds: float) -> None:
        # Short naps, because somebody may move the clock while we wait.
        until = self._virtual() + seconds
        while (left := until - self._virtual()) > 0:
            time.sleep(min(left / self._anchor[2], self.LONGEST_NAP))

    def _virtual(self) -> float:
        stamp = self.path.stat().st_mtime_ns
        if stamp != self._stamp:
            text = json.loads(self.path.read_text(encoding="utf-8"))
            self._anchor = (text["real"], text["virtual"], text["rate"])
            self._stamp = stamp
        real, virtual, rate = self._anchor
        return virtual + (time.time() - real) * rate


class FixedClock:
    """A clock for tests: it moves only when told, and sleeping moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=max(0.0, seconds)))

    def advance(self, step: timedelta) -> None:
        with self._lock:
            self._now += step

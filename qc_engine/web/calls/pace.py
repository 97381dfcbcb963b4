"""How often one token may ask: no more than so many times within any minute, as this process sees it."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from threading import Lock

MINUTE = timedelta(minutes=1)
Wait = Callable[[str], int]  # of whoever asks: 0, or so many seconds


def at_once(who: str) -> int:
    """Nobody waits."""
    return 0


def pace_of(a_minute: int, now: Callable[[], datetime]) -> Wait:
    """0 a minute: no limit."""
    return Pace(a_minute, now).wait if a_minute else at_once


class Pace:
    """Remembers when each token has asked; what was refused does not count."""

    def __init__(self, a_minute: int, now: Callable[[], datetime]) -> None:
        self.a_minute, self.now = a_minute, now
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = Lock()

    def wait(self, who: str) -> int:
        """0: come in; else the whole seconds after which there is room again."""
        now = self.now()
        with self._lock:
            asked = self._asked.setdefault(who, deque(maxlen=self.a_minute))
            left = asked[0] + MINUTE - now if len(asked) == self.a_minute else timedelta()
            # A clock that was set back keeps nobody out.
            if timedelta() < left <= MINUTE:
                return ceil(left / timedelta(seconds=1))
            asked.append(now)
            return 0

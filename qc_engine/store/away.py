"""What is on its way to a vendor has not drained from the vendor's bucket."""

import threading
from datetime import UTC, datetime, timedelta


class Away:
    """This process's requests that may not have reached the vendor yet: they cannot have drained there.

    So the vendor's bucket may hold that many when ours, which counts them from their leaving, is empty.
    """

    def __init__(self, drain: float, patience: timedelta) -> None:
        self._drain, self._patience = drain, patience
        self._left: dict[int, datetime] = {}  # thread -> when its request left
        self._level, self._at = 0.0, datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def left(self, now: datetime) -> None:
        with self._lock:
            self._left[threading.get_ident()] = now

    def landed(self, now: datetime) -> None:
        """This thread's request has come to its end, however it ended; it may have arrived only now."""
        with self._lock:
            self._level, self._at = self._least(now), now
            self._left.pop(threading.get_ident(), None)

    def least(self, now: datetime) -> float:
        """So much may stand in the vendor's bucket, whatever has drained."""
        with self._lock:
            return self._least(now)

    def _least(self, now: datetime) -> float:
        # What is away for longer belonged to a thread that is no more.
        away = sum(now - left < self._patience for left in self._left.values())
        self._at = min(self._at, now)  # a clock that was put back must not hold the level until then
        passed = (now - self._at).total_seconds()
        return max(float(away), self._level - passed * self._drain)

"""The portal's second limit: how long one method may run. A blocked method must not hold up the others."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from qc_engine.clock import Clock

# The account has ten buckets of a minute: without a better word the next one drops within a minute.
BUCKET = timedelta(minutes=1)
ACCOUNT = timedelta(minutes=10)
NOTHING = timedelta()


class Operating:
    """Which methods are blocked until when (vendor's page `limits`, "operating")."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reset: dict[str, datetime] = {}
        self._blocked: dict[str, datetime] = {}

    def note(self, method: str, time: Mapping[str, object]) -> None:
        """Remember from a success when the oldest bucket drops, in our own time."""
        reset, finish = time.get("operating_reset_at"), time.get("finish")
        if isinstance(reset, int | float) and isinstance(finish, int | float):
            # The portal's clock may be off by minutes, so only the difference counts.
            self._reset[method.lower()] = self._clock.now() + _held(timedelta(seconds=float(reset - finish)))

    def block(self, method: str) -> timedelta:
        """The portal refused this method; how long to leave it alone."""
        now = self._clock.now()
        reset = self._reset.get(method.lower(), now)
        self._blocked[method.lower()] = reset if reset > now else now + BUCKET
        return self.left(method)

    def left(self, method: str) -> timedelta:
        """Zero when the method may be called."""
        until = self._blocked.get(method.lower())
        return max(until - self._clock.now(), NOTHING) if until else NOTHING


def _held(span: timedelta) -> timedelta:
    return min(max(span, NOTHING), ACCOUNT)

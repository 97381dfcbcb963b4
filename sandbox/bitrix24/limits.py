"""The two limits of the cloud portal: requests per source address, and run time per method."""

from collections import deque

PLANS = {"standard": (50, 2.0), "enterprise": (250, 5.0)}
WINDOW = 600.0
SLICE = 60.0


class Bucket:
    """A leaky bucket per source address: +1 per request, minus `leak` per second (limits.md)."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}
        self.highest = 0.0

    def admit(self, source: str, now: float, plan: str, rejected_counts: bool = False) -> bool:
        """`now` is in epoch seconds; False means 503 QUERY_LIMIT_EXCEEDED."""
        if plan not in PLANS:
            return True
        capacity, _ = PLANS[plan]
        level = self.level(source, now, plan)
        fits = level + 1 <= capacity
        if fits or rejected_counts:
            level += 1
        self._levels[source] = (level, now)
        self.highest = max(self.highest, level)
        return fits

    def level(self, source: str, now: float, plan: str) -> float:
        level, at = self._levels.get(source, (0.0, now))
        return max(0.0, level - PLANS[plan][1] * max(0.0, now - at))


class Operating:
    """Seconds that each method ran in the last ten one-minute slices."""

    def __init__(self) -> None:
        self._slices: dict[str, deque[tuple[float, float]]] = {}

    def used(self, method: str, now: float) -> float:
        slices = self._slices.get(method)
        if slices is None:
            return 0.0
        while slices and slices[0][0] + WINDOW <= now:
            slices.popleft()
        return sum(seconds for _, seconds in slices)

    def spend(self, method: str, seconds: float, now: float) -> None:
        if seconds <= 0:
            return
        slices = self._slices.setdefault(method, deque())
        if slices and now < slices[-1][0] + SLICE:
            slices[-1] = (slices[-1][0], slices[-1][1] + seconds)
        else:
            slices.append((now, seconds))

    def reset_at(self, method: str, now: float) -> int:
        """Epoch seconds when the oldest slice drops out."""
        self.used(method, now)
        slices = self._slices.get(method)
        return int((slices[0][0] if slices else now) + WINDOW)

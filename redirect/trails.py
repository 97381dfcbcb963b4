"""How many different links one visitor opened a moment ago: people open one, scanners all they meet."""

from dataclasses import dataclass, field

MOST_REMEMBERED = 20_000


@dataclass(slots=True)
class _Trail:
    since: float
    codes: set[str] = field(default_factory=set)


class Trails:
    """In memory only, for some seconds; used by the event loop alone."""

    def __init__(self, seconds: float, most: int = MOST_REMEMBERED) -> None:
        self.seconds = seconds
        self.most = most
        self._trails: dict[object, _Trail] = {}

    def follow(self, visitor: object, code: str, at: float) -> int:
        """How many different codes this visitor has opened within the span, this one included.

        `at`: seconds, on any clock that the caller keeps to.
        """
        trail = self._trails.get(visitor)
        if trail is None or not 0 <= at - trail.since <= self.seconds:
            if len(self._trails) >= self.most:
                self._forget(at)
            trail = self._trails[visitor] = _Trail(at)
        trail.codes.add(code)
        return len(trail.codes)

    def _forget(self, at: float) -> None:
        """Those that are over; if nearly all are fresh, all: a flood must not fill the memory."""
        self._trails = {
            who: trail for who, trail in self._trails.items() if 0 <= at - trail.since <= self.seconds
        }
        if len(self._trails) > self.most // 2:
            self._trails.clear()

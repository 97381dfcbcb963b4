"""A question that fails is asked more and more rarely: an outage must not fill the log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qc_engine.clock import Clock

FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=1)


@dataclass
class Patience:
    """How long each question of one connector rests after its failures in a row."""

    clock: Clock
    _failures: dict[str, int] = field(default_factory=dict)
    _until: dict[str, datetime] = field(default_factory=dict)

    def rests(self, question: str) -> bool:
        """Is it too early to ask again?"""
        until = self._until.get(question)
        return until is not None and self.clock.now() < until

    def failed(self, question: str) -> None:
        """A second, then twice as long each time, up to a minute."""
        count = self._failures[question] = self._failures.get(question, 0) + 1
        pause: timedelta = FIRST * 2 ** min(count - 1, 10)
        self._until[question] = self.clock.now() + min(pause, LONGEST)

    def answered(self, question: str) -> None:
        """The next failure is a first one again."""
        self._failures.pop(question, None)
        self._until.pop(question, None)

"""How fast a bot may write: in all, and into one chat."""

from sandbox.bots.switches import Switches
from sandbox.sender import Clock

TOLERANCE = 0.9  # what the network shakes is no hurry


class Limits:
    """Counts in the sandbox's seconds."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._left, self._filled_at = 0.0, float("-inf")
        self._written: dict[int, float] = {}

    def wait(self) -> float:
        """Seconds until one more request is allowed; 0 takes it."""
        rate, now = self._switches.requests_per_second, self._clock.now().timestamp()
        if not rate:
            return 0.0
        passed = max(0.0, now - self._filled_at) * rate
        self._left, self._filled_at = min(max(rate, 1.0), self._left + passed), now
        if self._left < 1:
            return (1 - self._left) / rate
        self._left -= 1
        return 0.0

    def wait_in(self, chat_id: int) -> float:
        """Seconds until one more message into this chat is allowed; 0 takes it."""
        rate, now = self._switches.chat_messages_per_second, self._clock.now().timestamp()
        free_at = self._written.get(chat_id, float("-inf")) + (TOLERANCE / rate if rate else 0.0)
        if now < free_at:
            return free_at - now
        self._written[chat_id] = now
        return 0.0

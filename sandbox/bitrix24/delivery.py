"""How events leave the portal: once and never again, as late, doubled or lost as the switches say."""

import math
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from sandbox.bitrix24.phpform import build_form
from sandbox.bitrix24.switches import Switches

HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Bitrix24 Webhook Engine",
}


class Posts(Protocol):
    """Carries bytes to a URL after a delay in virtual seconds."""

    def post(self, url: str, content: bytes, headers: dict[str, str], *, delay: float = 0.0) -> None: ...


class Delivery:
    """The vendor's queue."""

    def __init__(self, sender: Posts, switches: Switches, now: Callable[[], datetime]) -> None:
        self._sender, self._switches, self._now = sender, switches, now
        self._chance = random.Random()

    def send(self, url: str, form: Callable[[int], dict[str, Any]], wait: float = 0.0) -> None:
        """`form` is told when it leaves the queue (Unix s), not when the thing happened."""
        copies = 1 + self._happens("event_duplicate_rate")
        for _ in range(copies):
            if not self._happens("event_drop_rate"):
                self.post(url, form, wait + self._delay())

    def post(self, url: str, form: Callable[[int], dict[str, Any]], delay: float = 0.0) -> None:
        """As `send`, but without any chance: what a person waits for."""
        tree = form(int(self._now().timestamp() + delay))
        body = build_form(tree, self._switches["event_keys_encoded"])
        self._sender.post(url, body.encode(), HEADERS, delay=delay)

    def _delay(self) -> float:
        switches = self._switches
        low, high = switches["event_delay_min_seconds"], switches["event_delay_max_seconds"]
        delay = self._chance.uniform(low, max(low, high))
        if self._happens("event_late_rate"):
            delay += switches["event_late_seconds"]
        if self._happens("event_reorder_rate"):
            # Everything that is raised in the same moment gets past it.
            delay += high + 1.0
        return self._until_burst(delay)

    def _until_burst(self, delay: float) -> float:
        every: float = self._switches["event_burst_every_seconds"]
        if every <= 0:
            return delay
        now = self._now().timestamp()
        return math.ceil((now + delay) / every) * every - now

    def _happens(self, switch: str) -> bool:
        rate: float = self._switches[switch]
        return rate > 0 and self._chance.random() < rate

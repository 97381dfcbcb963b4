"""Webhooks of a bot: who hears which update, how often it is repeated, and when it is given up."""

import itertools
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.bots.switches import Switches
from sandbox.sender import Clock, Sender


@dataclass(slots=True, eq=False)
class Subscription:
    """One webhook. No `kinds` means every kind; `waiting` are the updates that it has not taken yet."""

    url: str
    secret: str
    kinds: Sequence[str]
    since: datetime
    waiting: dict[int, bytes] = field(default_factory=dict)
    failing_since: datetime | None = None
    error: tuple[datetime, str] | None = None

    def hears(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Habits:
    """How one messenger calls: the header of the secret, seconds between repeats, patience in all."""

    header: str
    repeats: tuple[float, ...]
    patience: timedelta | None = None  # without a 2xx for so long the webhook is dropped
    keeps: bool = False  # updates wait while there is no webhook


class Hooks:
    """The webhooks by their address, and the road of every update to them."""

    def __init__(self, clock: Clock, sender: Sender, switches: Switches, habits: Habits) -> None:
        self._clock, self._sender, self._switches, self._habits = clock, sender, switches, habits
        self._subscriptions: dict[str, Subscription] = {}
        self._kept: dict[int, bytes] = {}
        self._numbers = itertools.count(1)
        self._dice = random.Random(8)
        self.given_up = 0

    def all(self) -> list[Subscription]:
        return list(self._subscriptions.values())

    @property
    def waiting(self) -> int:
        """How many updates have not been taken yet."""
        return len(self._kept) + sum(len(one.waiting) for one in self._subscriptions.values())

    def subscribe(self, url: str, secret: str, kinds: Sequence[str]) -> None:
        """The same address again changes the secret and the kinds; what waits is sent again at once."""
        before = self._subscriptions.pop(url, None)
        waiting = {**self._kept, **(before.waiting if before else {})}
        self._kept = {}
        one = Subscription(url, secret, list(kinds), self._clock.now())
        self._subscriptions[url] = one
        for number in sorted(waiting):
            self._send(one, number, waiting[number])

    def unsubscribe(self, url: str) -> bool:
        """False when there was none at this address."""
        gone = self._subscriptions.pop(url, None)
        if gone is not None and self._habits.keeps:
            self._kept |= gone.waiting
        return gone is not None

    def forget_waiting(self) -> None:
        self._kept = {}
        for one in self._subscriptions.values():
            one.waiting = {}

    def emit(self, kind: str, update: dict[str, Any]) -> None:
        """To everybody who wants this kind."""
        content = json.dumps(update, ensure_ascii=False).encode()
        if not self._subscriptions and self._habits.keeps:
            self._kept[next(self._numbers)] = content
        for one in self._subscriptions.values():
            if one.hears(kind) and not self._happens(self._switches.hook_drop_percent):
                self._send(one, next(self._numbers), content)

    def _send(self, one: Subscription, number: int, content: bytes) -> None:
        one.waiting[number] = content
        late = self._happens(self._switches.hook_reorder_percent)
        delay = self._switches.hook_delay_seconds + late * self._switches.hook_reorder_seconds
        self._post(one, number, delay)
        if self._happens(self._switches.hook_duplicate_percent):
            self._sender.post(one.url, content, self._headers(one), delay=delay)

    def _post(self, one: Subscription, number: int, delay: float) -> None:
        self._sender.post(
            one.url,
            one.waiting[number],
            self._headers(one),
            delay=delay,
            retries=self._habits.repeats,
            done=self._listener(one, number),
            wanted=lambda: self._subscriptions.get(one.url) is one and number in one.waiting,
        )

    def _headers(self, one: Subscription) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if one.secret:
            wrong = "-wrong" if self._switches.hook_wrong_secret else ""
            headers[self._habits.header] = one.secret + wrong
        return headers

    def _listener(self, one: Subscription, number: int) -> Callable[[int | None], None]:
        tries_left = len(self._habits.repeats) + 1

        def heard(status: int | None) -> None:
            nonlocal tries_left
            tries_left -= 1
            if status is not None and 200 <= status < 300:
                one.failing_since = None
                one.waiting.pop(number, None)
                return
            self._note(one, status)
            if not tries_left and one.waiting.pop(number, None) is not None:
                self.given_up += 1

        return heard

    def _note(self, one: Subscription, status: int | None) -> None:
        now = self._clock.now()
        said = "Connection timed out" if status is None else f"Wrong response from the webhook: {status}"
        one.error, one.failing_since = (now, said), one.failing_since or now
        patience = self._habits.patience
        if patience is not None and now - one.failing_since >= patience:
            self.unsubscribe(one.url)

    def _happens(self, percent: float) -> bool:
        return percent > 0 and self._dice.random() * 100 < percent

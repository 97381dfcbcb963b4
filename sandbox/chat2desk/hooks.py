"""Webhooks of the account: who hears which event, the ladder of repeats, switching off, and their faults."""

import base64
import hmac
import itertools
import json
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.chat2desk.spoil import spoiled
from sandbox.chat2desk.switches import Switches
from sandbox.sender import Clock, Sender

REPEATS_SECONDS = (10.0, 300.0, 7200.0)
PATIENCE = timedelta(hours=5)
MOST_HOOKS = 5
EVENTS = (
    *("inbox", "outbox", "outbox_status", "comment", "new_client", "client_updated"),
    *("new_request", "close_request", "close_dialog", "dialog_transferred"),
    *("add_tag_to_client", "delete_tag_from_client", "add_tag_to_request", "delete_tag_from_request"),
    *("new_qr_code", "client_added_to_blacklist", "new_ticket", "ticket_updated", "ticket_deleted"),
    "imported_message",
)


class TooManyHooks(Exception):
    """The account has as many webhooks as it may."""


@dataclass(slots=True, eq=False)
class Hook:
    """`failing_since` is the first failure after the last success; no `channels` means every channel."""

    id: int
    url: str
    name: str
    events: frozenset[str]
    channels: frozenset[int] = frozenset()
    secret: str = ""
    header: str = ""
    active: bool = True
    failing_since: datetime | None = None
    errors: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=50))

    def hears(self, event: str, channel_id: int | None) -> bool:
        wanted = not self.channels or channel_id is None or channel_id in self.channels
        return event in self.events and wanted


class Hooks:
    """The registered webhooks and the road of every event to them."""

    def __init__(self, clock: Clock, sender: Sender, switches: Switches) -> None:
        self._clock = clock
        self._sender = sender
        self._switches = switches
        self._hooks: dict[int, Hook] = {}
        self._ids = itertools.count(1)
        self._dice = random.Random(8)

    def all(self) -> list[Hook]:
        for hook in self._hooks.values():
            self.is_on(hook)
        return list(self._hooks.values())

    def get(self, hook_id: int) -> Hook | None:
        return self._hooks.get(hook_id)

    def register(
        self,
        url: str,
        name: str = "",
        events: Iterable[str] = EVENTS,
        channels: Iterable[int] = (),
        *,
        secret: str = "",
        header: str = "",
    ) -> Hook:
        """A new webhook, also when the url is known already; TooManyHooks beyond the fifth."""
        if len(self._hooks) >= MOST_HOOKS:
            raise TooManyHooks
        number = next(self._ids)
        self._hooks[number] = Hook(number, url, name, frozenset(events), frozenset(channels), secret, header)
        return self._hooks[number]

    def remove(self, hook_id: int) -> None:
        self._hooks.pop(hook_id, None)

    def switch(self, hook: Hook, *, on: bool) -> None:
        hook.active = on
        hook.failing_since = None

    def emit(self, payload: dict[str, Any]) -> None:
        """Sends the event to every webhook that wants its `hook_type`."""
        for hook in self._hooks.values():
            if hook.hears(payload["hook_type"], payload.get("channel_id")) and self.is_on(hook):
                self._deliver(hook, payload)

    def is_on(self, hook: Hook) -> bool:
        since = hook.failing_since
        if since is not None and self._clock.now() - since >= PATIENCE:
            hook.active = False
        return hook.active

    def _deliver(self, hook: Hook, payload: dict[str, Any]) -> None:
        if self._happens(self._switches.hook_drop_percent):
            return
        late = self._happens(self._switches.hook_reorder_percent)
        delay = self._switches.hook_delay_seconds + late * self._switches.hook_reorder_seconds
        content = json.dumps(spoiled(payload, self._switches), ensure_ascii=False).encode()
        for _ in range(1 + self._happens(self._switches.hook_duplicate_percent)):
            self._sender.post(
                hook.url,
                content,
                self._headers(hook, content),
                delay=delay,
                retries=REPEATS_SECONDS,
                done=self._listener(hook),
                wanted=lambda: hook.id in self._hooks and self.is_on(hook),
            )

    def _happens(self, percent: float) -> bool:
        return percent > 0 and self._dice.random() * 100 < percent

    def _headers(self, hook: Hook, content: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        secret, switches = hook.secret or self._switches.hook_sign_secret, self._switches
        said = str(int(self._clock.now().timestamp()))
        if switches.hook_timestamp_header:
            headers[switches.hook_timestamp_header] = said
        if secret:
            wrong = "-wrong" if switches.hook_wrong_signature else ""
            signed = f"{said}.".encode() + content if switches.hook_sign_timestamp else content
            name = hook.header or switches.hook_sign_header
            headers[name] = self._signature((secret + wrong).encode(), signed)
        return headers

    def _signature(self, key: bytes, signed: bytes) -> str:
        digest = hmac.digest(key, signed, self._switches.hook_sign_algorithm)
        by_hand = self._switches.hook_sign_encoding == "base64"
        written = base64.b64encode(digest).decode() if by_hand else digest.hex()
        return self._switches.hook_sign_prefix + written

    def _listener(self, hook: Hook) -> Callable[[int | None], None]:
        def heard(status: int | None) -> None:
            if status is not None and 200 <= status < 300:
                hook.failing_since = None
            else:
                self._note(hook, status)

        return heard

    def _note(self, hook: Hook, status: int | None) -> None:
        now = self._clock.now()
        hook.failing_since = hook.failing_since or now
        message = "no answer" if status is None else f"HTTP {status}"
        hook.errors.append({"code": status, "message": message, "created": now})

"""The outgoing webhook: a form that says which object changed, sent once and never again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sandbox.bitrix24.phpform import build_form
from sandbox.bitrix24.switches import Switches

ALL = (
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONCRMCONTACTADD",
    "ONCRMCONTACTUPDATE",
    "ONCRMCONTACTDELETE",
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
    "ONTASKCOMMENTADD",
)
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Bitrix24 Webhook Engine",
}
MEMBER_ID = "d897063e1ce7c5eb9f04b9751eef5915"
HANDLER_ID = "975"


class Posts(Protocol):
    """Carries bytes to a URL after a delay in virtual seconds."""

    def post(self, url: str, content: bytes, headers: dict[str, str], *, delay: float = 0.0) -> None: ...


@dataclass(frozen=True, slots=True)
class Hook:
    """One outgoing webhook as made by hand in the portal."""

    url: str
    application_token: str
    events: frozenset[str]

    @classmethod
    def read(cls, wish: dict[str, Any]) -> "Hook":
        """ValueError when the URL is missing or an event is not offered to outgoing webhooks."""
        events = frozenset(str(name).upper() for name in wish.get("events") or ALL)
        if not wish.get("url"):
            raise ValueError("an outgoing webhook needs a url")
        if unknown := events - set(ALL):
            raise ValueError(f"not offered to outgoing webhooks: {', '.join(sorted(unknown))}")
        return cls(str(wish["url"]), str(wish.get("application_token", "")), events)


class Events:
    """Raises events of one portal to its outgoing webhook, as reliably as the switches say."""

    def __init__(self, sender: Posts, switches: Switches, now: Callable[[], datetime], domain: str) -> None:
        self._sender, self._switches, self._now, self._domain = sender, switches, now, domain
        self._chance = random.Random()
        self.hook: Hook | None = None
        self.raised = 0

    def deal(self, what: str, number: int) -> None:
        self._raise(f"ONCRMDEAL{what}", {"FIELDS": {"ID": number}})

    def contact(self, what: str, number: int) -> None:
        self._raise(f"ONCRMCONTACT{what}", {"FIELDS": {"ID": number}})

    def task_added(self, number: int) -> None:
        self._raise(
            "ONTASKADD",
            {
                "FIELDS_BEFORE": "undefined",
                "FIELDS_AFTER": {"ID": number},
                "IS_ACCESSIBLE_BEFORE": "N",
                "IS_ACCESSIBLE_AFTER": "undefined",
            },
        )

    def task_changed(self, number: int) -> None:
        self._raise(
            "ONTASKUPDATE",
            {
                "FIELDS_BEFORE": {"ID": number},
                "FIELDS_AFTER": {"ID": number},
                "IS_ACCESSIBLE_BEFORE": "undefined",
                "IS_ACCESSIBLE_AFTER": "undefined",
            },
        )

    def task_comment(self, task: int, comment: int) -> None:
        self._raise("ONTASKCOMMENTADD", {"FIELDS_AFTER": {"ID": comment, "TASK_ID": task}})

    def _raise(self, name: str, data: dict[str, Any]) -> None:
        hook = self.hook
        if hook is None or name not in hook.events or not self._switches["events_on"]:
            return
        self.raised += 1
        copies = 1 + self._happens("event_duplicate_rate")
        for _ in range(copies):
            if not self._happens("event_drop_rate"):
                self._send(hook, name, data, self._delay())

    def _send(self, hook: Hook, name: str, data: dict[str, Any], delay: float) -> None:
        # ts is when the event leaves the queue, not when it happened.
        leaves = int(self._now().timestamp() + delay)
        handler = {} if name.startswith("ONTASK") else {"event_handler_id": HANDLER_ID}
        form = {
            "event": name,
            **handler,
            "data": data,
            "ts": str(leaves),
            "auth": {
                "domain": self._domain,
                "client_endpoint": f"https://{self._domain}/rest/",
                "server_endpoint": "https://oauth.bitrix24.tech/rest/",
                "member_id": MEMBER_ID,
                "application_token": hook.application_token,
            },
        }
        body = build_form(form, self._switches["event_keys_encoded"])
        self._sender.post(hook.url, body.encode(), HEADERS, delay=delay)

    def _delay(self) -> float:
        switches = self._switches
        low, high = switches["event_delay_min_seconds"], switches["event_delay_max_seconds"]
        late = switches["event_late_seconds"] if self._happens("event_late_rate") else 0.0
        return float(self._chance.uniform(low, max(low, high)) + late)

    def _happens(self, switch: str) -> bool:
        rate: float = self._switches[switch]
        return rate > 0 and self._chance.random() < rate

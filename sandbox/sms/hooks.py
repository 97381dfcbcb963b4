"""The gateways tell the company's own address what became of a message."""

import itertools
import random
from typing import Any

from sandbox.sms import mobizon, smsc_words
from sandbox.sms.network import Message
from sandbox.sms.office import Office

RETRIES = tuple(60.0 * number for number in range(1, 10))  # Mobizon: ten attempts, each a minute later
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


class Hooks:
    """One address for each gateway; Mobizon tells the end alone, SMSC every state."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._hooks: dict[str, dict[str, Any]] = {}
        self._events = itertools.count(1)
        office.network.on_change = self._tell

    def set(self, gateway: str, hook: dict[str, Any] | None) -> None:
        """{"url", "secret"?}, None takes it away. ValueError for anything else."""
        if gateway not in (smsc_words.NAME, mobizon.NAME):
            raise ValueError(f"gateway must be {smsc_words.NAME} or {mobizon.NAME}")
        if hook is None:
            self._hooks.pop(gateway, None)
            return
        if not isinstance(hook.get("url"), str) or not isinstance(hook.get("secret", ""), str):
            raise ValueError("url and secret must be text")
        self._hooks[gateway] = hook

    def _tell(self, message: Message) -> None:
        hook, switches = self._hooks.get(message.gateway), self._office.switches
        if hook is None or (message.gateway == mobizon.NAME and not message.is_final):
            return
        if random.uniform(0, 100) < switches.hooks_lost_percent:
            return
        body = self._body(message, hook)
        for _ in range(max(1, switches.hook_copies)):
            headers = FORM if message.gateway == smsc_words.NAME else JSON
            self._office.sender.post(hook["url"], body, headers, retries=RETRIES)

    def _body(self, message: Message, hook: dict[str, Any]) -> bytes:
        if message.gateway == smsc_words.NAME:
            return smsc_words.told(message)
        return mobizon.told(message, next(self._events), hook.get("secret", ""))

"""MAX's own words over HTTP (dev.max.ru/docs-api)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import httpx

from connectors.bots.failures import Answer, Told
from connectors.bots.sending import Letter
from connectors.bots.transport import Ask, Transport
from connectors.bots.wire import Row, part, rows, whole_number, words
from connectors.max.settings import MaxSettings
from qc_engine.clock import Clock
from qc_engine.ports import OutcomeUnknown, Pace, Refused, TryLater


class Client:
    """One bot. Every request takes a slot first; failures are those of qc_engine.ports."""

    def __init__(
        self, settings: MaxSettings, clock: Clock, pace: Pace, http: httpx.Client | None = None
    ) -> None:
        self.settings = settings
        self.transport = Transport(settings, clock, pace, http)

    def send_message(self, letter: Letter) -> str:
        """Its number within the chat, '' when MAX gives none. Never repeated here: it would be read twice."""
        # A preview is fetched by MAX itself, and must not look like a client's click.
        to = {self.settings.recipient: letter.address, "disable_link_preview": "true"}
        ask = self._ask("POST", "/messages", to, {"text": letter.text}, letter)
        message = part(self._asked(ask), "message")
        if not message:
            raise OutcomeUnknown("POST /messages: accepted without a message")
        return str(whole_number(part(message, "body").get("seq")) or "")

    def messages_of(self, chat_id: str, count: int) -> Sequence[Row]:
        """The newest messages of one chat, newest first."""
        return self._list("/messages", "messages", {"chat_id": chat_id, "count": str(count)})

    def me(self) -> Row:
        return self._read("/me")

    def subscriptions(self) -> Sequence[Row]:
        """The webhooks of the bot, ours and others'."""
        return self._list("/subscriptions", "subscriptions", {})

    def subscribe(self, url: str, updates: Sequence[str]) -> None:
        """The same address again changes its secret and its list."""
        secret = self.settings.webhook_secret.get_secret_value()
        body = {"url": url, "update_types": list(updates), "secret": secret}
        answer = self._asked(self._ask("POST", "/subscriptions", {}, body))
        if answer.get("success") is False:
            raise Refused(f"POST /subscriptions: {words(answer.get('message'))[:300]}")

    def _list(self, path: str, name: str, params: Mapping[str, str]) -> Sequence[Row]:
        listed = self._read(path, params).get(name)
        if not isinstance(listed, list):
            raise TryLater(f"GET {path}: answered without a list")
        return rows(listed)

    def _read(self, path: str, params: Mapping[str, str] | None = None) -> Row:
        return self.transport.read(partial(self._asked, self._ask("GET", path, params or {})))

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: Row | None = None,
        letter: Letter | None = None,
    ) -> Ask:
        headers = {"Authorization": self.settings.token.get_secret_value(), "Accept": "application/json"}
        more: dict[str, Any] = {"params": dict(params), "headers": headers}
        if body is not None:
            more["json"] = body
        url, call = self.settings.base_url + path, f"{method} {path}"
        if letter is None:
            return Ask(method, url, call, more=more)
        return Ask(method, url, call, unsafe=True, urgent=letter.urgent, ready=letter.ready, more=more)

    def _asked(self, ask: Ask) -> Row:
        answer = self.transport.exchange(ask)
        self.transport.judge(ask, told(answer))
        return answer.row()


def told(answer: Answer) -> Told:
    """Errors are {"code", "message"}, and a few come with a status of 200."""
    row = answer.row()
    code, message = words(row.get("code")), words(row.get("message"))
    said = " ".join(filter(None, (code, message)))
    if code == "verify.token":
        return Told(401, False, said)
    status = 400 if code and answer.status < 300 else answer.status
    return Told(status, bool(row) and not code, said, answer.retry_after)

"""The simulated account as the rest of the sandbox sees it."""

from typing import Any

from starlette.routing import Route

from sandbox.chat2desk.control import control_routes
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.door import Door
from sandbox.chat2desk.hooks import EVENTS
from sandbox.chat2desk.model import Channel
from sandbox.chat2desk.phones import digits_of
from sandbox.chat2desk.switches import Switches
from sandbox.sender import Clock, Sender


class Account:
    """One company in Chat2Desk with the phones of its clients; `token` opens its REST door."""

    def __init__(self, clock: Clock, sender: Sender, token: str) -> None:
        self.switches = Switches()
        self._desk = Desk(clock, sender, self.switches)
        self.faults = self._desk.faults
        self._door = Door(self._desk, token)
        self._own_hook: int | None = None

    @property
    def version(self) -> int:
        """Grows with every change that a phone or a REST answer would show."""
        return self._desk.version

    def routes(self) -> list[Route]:
        """Every /v1/ path, for mounting under a prefix."""
        return [Route("/v1/{path:path}", self._door.answer, methods=["GET", "POST", "PUT", "DELETE"])]

    def control_routes(self) -> list[Route]:
        """Absolute /sandbox/phones and /sandbox/outbox paths."""
        return control_routes(self._desk)

    def add_template(
        self, name: str, language: str, body: str, *, header: str = "", status: str = "approved"
    ) -> None:
        """A WhatsApp template; `body` holds its variables as {{1}}, {{2}} and so on.

        `header` is text, image, document, video, or empty for none.
        """
        self._desk.templates.add(name, language, body, header=header, status=status)

    def add_channel(self, number: int, name: str, phone: str, *transports: str) -> None:
        """One more channel of the company, with its messengers."""
        self._desk.books.channels[number] = Channel(number, name, phone, transports)
        self._desk.changed()

    def phone_name(self, digits: str, name: str) -> None:
        """The name that the messenger shows for this phone."""
        self._desk.phones.at(digits_of(digits)).name = name
        for client in self._desk.books.clients_by_phone.get(digits_of(digits), ()):
            client.name = name
        self._desk.changed()

    def set_hook(self, hook: dict[str, Any] | None) -> None:
        """Registers {"url", "secret"?, "header"?, "events"?} in place of the one set before; None removes it.

        ValueError without a url, TooManyHooks when the account is full.
        """
        if hook is not None and not isinstance(hook.get("url"), str):
            raise ValueError("url must be text")
        if self._own_hook is not None:
            self._desk.hooks.remove(self._own_hook)
        self._own_hook = self._register(hook) if hook is not None else None
        self._desk.changed()

    def _register(self, hook: dict[str, Any]) -> int:
        secret, header = hook.get("secret") or "", hook.get("header") or ""
        events = hook.get("events") or EVENTS
        registered = self._desk.hooks.register(hook["url"], "sandbox", events, secret=secret, header=header)
        return registered.id

    def ledger(self) -> dict[str, Any]:
        """Counters since the start.

        messages_sent were accepted for delivery, refused are those of them that failed inside the chat;
        by_phone counts the ones that reached each phone, so its sum is messages_sent - refused.
        """
        tally = self._desk.tally
        return {
            "requests": tally.requests,
            "messages_sent": tally.accepted,
            "by_phone": dict(tally.by_phone),
            "refused": tally.refused,
            "rate_limited": tally.rate_limited,
        }

"""The mobile network: phones, what reached them, and what never will."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.sender import Clock, Sender
from sandbox.sms.switches import Switches

QUEUED, SENT, DELIVERED = "queued", "sent", "delivered"
# Why a message does not arrive; the gateways have their own words for each.
REASONS = ("unreachable", "wrong", "forbidden", "absent", "expired")
SINGLE, EACH = {True: 160, False: 70}, {True: 153, False: 67}
_NOT_DIGITS = re.compile(r"\D")


class NoSuchPhone(Exception):
    """These are no digits of a phone."""


@dataclass(slots=True, eq=False)
class Message:
    """`state` is queued, sent, delivered or one of REASONS."""

    id: int
    gateway: str
    phone: str
    text: str
    sender: str
    parts: int
    at: datetime
    state: str = QUEUED
    changed_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.state == DELIVERED or self.state in REASONS


@dataclass(slots=True)
class Phone:
    """`fails` is why nothing arrives, `refuses` that the gateway itself says so at once.

    `looked_at` is how many of the messages that arrived were on the screen when somebody looked last.
    """

    digits: str
    messages: list[Message] = field(default_factory=list)
    fails: str = ""
    refuses: bool = False
    looked_at: int = 0

    @property
    def screen(self) -> list[Message]:
        """What has arrived, oldest first."""
        return [one for one in self.messages if one.state == DELIVERED]

    @property
    def unread(self) -> int:
        return len(self.screen) - self.looked_at


class Network:
    """Takes messages over from the gateways and delivers them in the sandbox's time."""

    def __init__(self, clock: Clock, sender: Sender, switches: Switches) -> None:
        self.clock = clock
        self.switches = switches
        self.phones: dict[str, Phone] = {}
        self.messages: dict[int, list[Message]] = {}
        self.on_change: Callable[[Message], None] = lambda _: None
        self.version = 1
        self._sender = sender
        self._ids = itertools.count(100001)

    def new_id(self) -> int:
        return next(self._ids)

    def at(self, digits: str) -> Phone:
        """The phone, switched on for the first time if need be. Raises NoSuchPhone."""
        if not 10 <= len(digits) <= 15 or not digits.isascii() or not digits.isdecimal():
            raise NoSuchPhone(digits)
        return self.phones.setdefault(digits, Phone(digits))

    def accept(self, message: Message) -> None:
        """From now on the network tries to deliver it."""
        self.messages.setdefault(message.id, []).append(message)
        self.at(message.phone).messages.append(message)
        self.version += 1
        self._sender.later(self.switches.sent_delay_seconds, lambda: self._move(message, SENT))
        self._sender.later(self.switches.delivery_delay_seconds, lambda: self._end(message))

    def look(self, phone: Phone) -> None:
        """Somebody reads what is on the screen; no gateway hears of it."""
        self.version += bool(phone.unread)
        phone.looked_at = len(phone.screen)

    def numbered(self, gateway: str, number: str) -> list[Message]:
        """One gateway's messages of this number; several when it went to several phones."""
        found = self.messages.get(int(number), []) if number.isascii() and number.isdecimal() else []
        return [one for one in found if one.gateway == gateway]

    def arrived(self) -> list[Message]:
        return [one for some in self.messages.values() for one in some if one.state == DELIVERED]

    def _end(self, message: Message) -> None:
        self._move(message, self.at(message.phone).fails or DELIVERED)

    def _move(self, message: Message, state: str) -> None:
        if message.is_final:
            return
        message.state, message.changed_at = state, self.clock.now()
        self.version += 1
        self.on_change(message)


def digits_of(phone: str) -> str:
    """With a plus the number is taken as it is; without one 8 701 … becomes 7 701 …"""
    digits = _NOT_DIGITS.sub("", phone)
    corrected = not phone.lstrip().startswith("+") and len(digits) == 11 and digits.startswith("8")
    return f"7{digits[1:]}" if corrected else digits


def parts_in(text: str) -> int:
    """What the gateway charges for; Latin letters are counted one by one, extension signs too."""
    latin = text.isascii()
    length = len(text) if latin else len(text.encode("utf-16-le")) // 2
    return 1 if length <= SINGLE[latin] else -(-length // EACH[latin])

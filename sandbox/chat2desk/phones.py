"""The clients' phones: what reached them, what was read, what waits to be refused."""

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.chat2desk.model import Message

_NOT_DIGITS = re.compile(r"\D")


def digits_of(phone: str) -> str:
    """The phone as Chat2Desk keeps it: 77010000000 for +7 701 000-00-00 and for 8 701 000-00-00."""
    digits = _NOT_DIGITS.sub("", phone)
    return "7" + digits[1:] if len(digits) == 11 and digits.startswith("8") else digits


@dataclass(slots=True, eq=False)
class Phone:
    """`unread` holds the messages that arrived since the client last looked.

    `messenger` is as the switch of that name, for this phone alone; empty: as everywhere.
    """

    digits: str
    name: str = ""
    messages: list[Message] = field(default_factory=list)
    unread: list[Message] = field(default_factory=list)
    refusals: deque[str] = field(default_factory=deque)
    messenger: str = ""
    last_at: datetime | None = None
    last_text: str = ""


class Phones:
    """Every phone by its digits, the one that changed last at the end."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}
        self._arrived: list[Message] = []
        self._arrived_ids: list[int] = []

    def get(self, digits: str) -> Phone | None:
        return self._phones.get(digits)

    def at(self, digits: str) -> Phone:
        """The phone, switched on for the first time if need be."""
        if digits not in self._phones:
            self._phones[digits] = Phone(digits)
        return self._phones[digits]

    def latest_first(self) -> list[Phone]:
        return list(reversed(self._phones.values()))

    def log(self, phone: Phone, message: Message, at: datetime) -> None:
        """Shows the message in the phone's chat, whether it arrived or not."""
        phone.messages.append(message)
        phone.last_at, phone.last_text = at, message.shown
        self._phones[phone.digits] = self._phones.pop(phone.digits)

    def arrive(self, phone: Phone, message: Message) -> None:
        """A message of the account has reached the phone."""
        message.status = "delivered"
        phone.unread.append(message)
        self._arrived.append(message)
        self._arrived_ids.append(message.id)

    def arrived_after(self, message_id: int, limit: int) -> list[Message]:
        """At most `limit` messages that reached phones, in order, with a higher id."""
        start = bisect_right(self._arrived_ids, message_id)
        return self._arrived[start : start + limit]

    def look(self, phone: Phone) -> list[Message]:
        """The client reads everything; the messages that were new."""
        seen, phone.unread = phone.unread, []
        for message in seen:
            message.status = "read"
        return seen

"""What Telegram tells us, read as events (core.telegram.org/bots/api, "Update")."""

import re
from datetime import datetime

from connectors.bots.wire import (
    TOKEN,
    Row,
    address_of,
    clean_text,
    moment,
    part,
    read_update,
    whole_number,
    words,
)
from connectors.telegram.kinds import kind_of
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft, Event
from qc_engine.ports import Arrival, Unreadable

UPDATES = ("message", "edited_message", "my_chat_member")
START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
GONE = ("kicked", "left")


def read_hook(raw: bytes, now: datetime) -> list[Arrival]:
    """What one update says; nothing for kinds that do not concern us. Raises Unreadable."""
    if not raw.strip():
        return []
    update = read_update(raw, "telegram")
    number = whole_number(update.get("update_id"))
    if number is None:
        raise Unreadable("telegram: update without a readable id")
    if message := part(update, "message"):
        event = _message(message, now)
    elif message := part(update, "edited_message"):
        event = _edited(message, now)
    else:
        event = _membership(part(update, "my_chat_member"), now)
    return [Arrival(_key(number, event, message), event)] if event else []


def _key(number: int, event: Event | None, message: Row) -> str:
    # Ten photos sent at once are ten updates: whoever sent them said one thing, and gets one answer.
    album = words(message.get("media_group_id"))
    if album and isinstance(event, AnswerReceived) and not event.text:
        return f"album:{event.address}:{album}"
    return f"update:{number}"


def _message(message: Row, now: datetime) -> Event | None:
    address = _address(message)
    if not address or part(message, "from").get("is_bot") is True:
        return None
    text, at = _text(message), _at(message.get("date"), now)
    if start := START.fullmatch(text):
        return ChannelJoined(address, _token(start[1]), at)
    kind = "text" if text else kind_of(message)
    return AnswerReceived("", text, at, _number(message), kind, address) if kind else None


def _edited(message: Row, now: datetime) -> Event | None:
    """A person who mends a message means the mended words, and sees nothing else in the chat.

    It keeps its own number, so that a score mended after the next question was asked corrects the earlier
    answer and is not taken for the next one. Without words there is nothing to mend: a shared place that
    moves arrives as one edit after the other.
    """
    address, text = _address(message), _text(message)
    if not address or not text or part(message, "from").get("is_bot") is True or START.fullmatch(text):
        return None
    at = _at(message.get("edit_date") or message.get("date"), now)
    return AnswerReceived("", text, at, _number(message), address=address)


def _membership(change: Row, now: datetime) -> Event | None:
    """Blocked, or let in again; only the second of both comes with a button that says nothing more."""
    address = _address(change)
    before, after = (words(part(change, f"{when}_chat_member").get("status")) for when in ("old", "new"))
    if not address or not after:
        return None
    at = _at(change.get("date"), now)
    if after in GONE:
        return ChannelLeft(address, at)
    return ChannelJoined(address, "", at) if before in GONE else None


def _address(row: Row) -> str:
    """The chat's number when it is one person's; groups and channels are no place for a survey."""
    chat = part(row, "chat")
    return address_of(chat.get("id")) if chat.get("type") == "private" else ""


def _text(message: Row) -> str:
    return clean_text(message.get("text")) or clean_text(message.get("caption"))


def _token(given: str | None) -> str:
    """What the link carried; anybody may type anything after /start."""
    return given if given and TOKEN.fullmatch(given) else ""


def _number(message: Row) -> int:
    number = whole_number(message.get("message_id"))
    if number is None:
        raise Unreadable("telegram: message without a readable id")
    return number


def _at(said: object, now: datetime) -> datetime:
    """Telegram's own moment; nothing can have happened after we were told of it."""
    return min(moment(said) or now, now)

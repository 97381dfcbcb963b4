"""What MAX tells us, read as events (dev.max.ru/docs-api, "Update")."""

from datetime import datetime
from typing import Literal

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
from connectors.max.kinds import kind_of
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft
from qc_engine.ports import Arrival, Unreadable

UPDATES = ("message_created", "message_edited", "bot_started", "bot_stopped", "dialog_removed")
By = Literal["chat_id", "user_id"]


def read_hook(raw: bytes, now: datetime, by: By) -> list[Arrival]:
    """What one update says; nothing for kinds that do not concern us. Raises Unreadable.

    `by` is which of the client's two numbers is the address: of the dialog, or of the person.
    """
    if not raw.strip():
        return []
    update = read_update(raw, "max")
    match words(update.get("update_type")):
        case "message_created":
            return _created(update, now, by)
        case "message_edited":
            return _edited(update, now, by)
        case "bot_started":
            return _joined(update, now, by)
        case "bot_stopped" | "dialog_removed":
            return _left(update, now, by)
        case "":
            raise Unreadable("max: update without a type")
        case _:
            return []


def _created(update: Row, now: datetime, by: By) -> list[Arrival]:
    message = part(update, "message")
    if not _is_a_clients(message):
        return []
    body, at = part(message, "body"), _at(message.get("timestamp") or update.get("timestamp"), now)
    text = clean_text(body.get("text"))
    kind = "text" if text else kind_of(body)
    answer = AnswerReceived("", text, at, _number(body), kind, _writer(message, by))
    return [Arrival(f"message:{_id(message, body)}", answer)]


def _edited(update: Row, now: datetime, by: By) -> list[Arrival]:
    """A person who mends a message means the mended words, and sees nothing else in the chat.

    It keeps its own number, so that a score mended after the next question was asked corrects the earlier
    answer and is not taken for the next one. Without words there is nothing to mend.
    """
    message = part(update, "message")
    body = part(message, "body")
    text = clean_text(body.get("text"))
    if not text or not _is_a_clients(message):
        return []
    answer = AnswerReceived(
        "", text, _at(update.get("timestamp"), now), _number(body), address=_writer(message, by)
    )
    return [Arrival(f"edited:{_id(message, body)}:{_stamp(update)}", answer)]


def _joined(update: Row, now: datetime, by: By) -> list[Arrival]:
    address, given = _person(update, by), words(update.get("payload"))
    joined = ChannelJoined(
        address, given if TOKEN.fullmatch(given) else "", _at(update.get("timestamp"), now)
    )
    return [Arrival(f"started:{address}:{_stamp(update)}", joined)]


def _left(update: Row, now: datetime, by: By) -> list[Arrival]:
    """Who deletes the dialog stops the bot as well, and both are told."""
    address, kind = _person(update, by), words(update.get("update_type"))
    left = ChannelLeft(address, _at(update.get("timestamp"), now))
    return [Arrival(f"{kind}:{address}:{_stamp(update)}", left)]


def _is_a_clients(message: Row) -> bool:
    """In a dialog, and by a person: groups are no place for a survey, and bots are no clients."""
    in_dialog = words(part(message, "recipient").get("chat_type")) == "dialog"
    return in_dialog and part(message, "sender").get("is_bot") is not True


def _writer(message: Row, by: By) -> str:
    place = part(message, "recipient") if by == "chat_id" else part(message, "sender")
    return _readable(address_of(place.get(by)))


def _person(update: Row, by: By) -> str:
    place = update if by == "chat_id" else part(update, "user")
    return _readable(address_of(place.get(by)))


def _readable(address: str) -> str:
    if not address:
        raise Unreadable("max: update without a readable chat or person")
    return address


def _id(message: Row, body: Row) -> str:
    """Of a message that was only passed on from elsewhere the body is null: its moment is its name."""
    mid = words(body.get("mid"))
    return mid or f"{address_of(part(message, 'recipient').get('chat_id'))}:{words(message.get('timestamp'))}"


def _number(body: Row) -> int:
    """Grows within one dialog."""
    return whole_number(body.get("seq")) or 0


def _stamp(update: Row) -> str:
    return words(update.get("timestamp"))


def _at(said: object, now: datetime) -> datetime:
    """MAX's own moment; nothing can have happened after we were told of it."""
    return min(moment(said, per_second=1000) or now, now)

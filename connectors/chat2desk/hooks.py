"""What Chat2Desk tells us, read as events: the same reading for webhooks and for back-filled messages."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from connectors.chat2desk.meanings import meaning_of
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import Row, clean_text, given_id, moment, part, read_json, whole_number, words
from qc_engine.core.events import AnswerReceived, Event, MessageRefused, MessageSeen, StaffWrote
from qc_engine.phones import normalise
from qc_engine.ports import Arrival, Unreadable

HOOK_BY_TYPE = {
    "from_client": "inbox",
    "to_client": "outbox",
    "autoreply": "outbox",
    "system": "outbox",
    "comment": "outbox",
}
# Field of the message -> what came instead of text, the most telling first.
KIND_BY_FIELD = {
    "audio": "voice",
    "photo": "photo",
    "video": "video",
    "coordinates": "location",
    "pdf": "file",
}
KIND_BY_ENDING = {
    "voice": ("ogg", "oga", "opus", "mp3", "m4a", "amr", "aac", "wav"),
    "photo": ("jpg", "jpeg", "png", "heic", "gif"),
    "video": ("mp4", "mov", "3gp", "webm", "avi"),
    "sticker": ("webp", "tgs"),
}
ENDING = re.compile(r"\.([A-Za-z0-9]{2,5})(?:[?#].*)?$", re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """What is needed besides the message itself."""

    settings: Chat2DeskSettings
    now: datetime
    phones: Remembered[int, str]  # client id -> digits
    is_echo: Callable[[str, str], bool]  # (phone, text): did we just send it ourselves?


def read_hook(raw: bytes, reading: Reading) -> list[Arrival]:
    """What one webhook body says; nothing for kinds that do not concern us. Raises Unreadable."""
    if not raw.strip():
        return []
    try:
        body = read_json(raw)
    except ValueError as problem:
        raise Unreadable(f"chat2desk: webhook body is no JSON: {type(problem).__name__}") from problem
    if not isinstance(body, dict):
        raise Unreadable("chat2desk: webhook body is no object")
    match words(body.get("hook_type")) or HOOK_BY_TYPE.get(words(body.get("type")), ""):
        case "inbox" | "outbox":
            return read_message(body, partial(_learned_phone, reading), reading)
        case "outbox_status":
            return _read_status(body, reading)
        case "client_added_to_blacklist":
            return _read_blacklist(body, raw, reading)
        case _:
            return []


def read_message(row: Row, find_phone: Callable[[Row], str], reading: Reading) -> list[Arrival]:
    """A message of a webhook or of GET /v1/messages. Raises Unreadable when it has no id."""
    channel = whole_number(row.get("channel_id"))
    if channel is not None and channel != reading.settings.channel_id:
        return []
    # A message without a type is what its hook says: from the client, or to him.
    kind = words(row.get("type")) or {"inbox": "from_client"}.get(words(row.get("hook_type")), "to_client")
    if kind not in ("from_client", "to_client", "autoreply", "system"):
        return []
    message_id = whole_number(row.get("message_id")) or whole_number(row.get("id"))
    if message_id is None:
        raise Unreadable("chat2desk: message without a readable id")
    event = _event(row, kind, find_phone(row), message_id, reading)
    return [Arrival(f"{HOOK_BY_TYPE[kind]}:{message_id}", event)] if event else []


def phone_in(row: Row, settings: Chat2DeskSettings) -> str:
    """Digits of the client's number, or '' for a client known to a messenger only."""
    client = part(row, "client")
    spellings = [words(place.get(name)) for place in (client, row) for name in ("phone", "client_phone")]
    # Chat2Desk writes E.164 digits without the plus; with it a foreign number is not taken for ours.
    readings = (
        normalise(f"+{text}" if text.isdigit() else text, settings.region) for text in spellings if text
    )
    return next(filter(None, readings), "")


def _learned_phone(reading: Reading, row: Row) -> str:
    """The number in the message, kept so that the back-fill need not ask for it."""
    phone, client_id = phone_in(row, reading.settings), whole_number(row.get("client_id"))
    # The vendor's own example shows two ids that differ: such a pair teaches nothing.
    if client_id and whole_number(part(row, "client").get("id")) == client_id:
        reading.phones.put(client_id, phone)
    return phone


def _event(row: Row, kind: str, phone: str, message_id: int, reading: Reading) -> Event | None:
    text, at = clean_text(row.get("text")), _at(row, reading.now)
    if kind == "from_client":
        return AnswerReceived(phone, text, at, message_id, kind="text" if text else _kind(row))
    if kind == "system":
        return _refusal(text, phone, at, reading)
    if kind == "to_client" and _by_operator(row) and not reading.is_echo(phone, text):
        return StaffWrote(phone, at, message_id)
    return MessageSeen(phone, text, at, message_id)


def _refusal(text: str, phone: str, at: datetime, reading: Reading) -> MessageRefused | None:
    """WhatsApp's refusals arrive as system messages that do not name the refused one."""
    if meaning_of(text, reading.settings.error_patterns) == "read_notice":
        return None
    return MessageRefused(phone, text, at)


def _by_operator(row: Row) -> bool:
    return whole_number(row.get("operator_id")) is not None and not given_id(row)


def _read_status(body: Row, reading: Reading) -> list[Arrival]:
    data = part(body, "data") or body
    status = words(data.get("gateway_status")) or words(data.get("status"))
    if not re.search(reading.settings.failed_status, status, re.IGNORECASE):
        return []
    message_id = whole_number(data.get("id")) or whole_number(data.get("message_id"))
    if message_id is None:
        raise Unreadable("chat2desk: status without a message id")
    client_id = whole_number(data.get("client_id"))
    phone = phone_in(data, reading.settings) or (client_id and reading.phones.get(client_id)) or ""
    event = MessageRefused(phone, clean_text(status), _at(body, reading.now), message_id)
    return [Arrival(f"outbox_status:{message_id}", event)]


def _read_blacklist(body: Row, raw: bytes, reading: Reading) -> list[Arrival]:
    # This event has no id of its own, so that the same body twice is the same event.
    key = f"client_added_to_blacklist:{hashlib.sha256(raw).hexdigest()[:32]}"
    reason = "client_added_to_blacklist"
    event = MessageRefused(phone_in(body, reading.settings), reason, _at(body, reading.now))
    return [Arrival(key, event)]


def _at(row: Row, now: datetime) -> datetime:
    """The vendor's own moment; nothing can have happened after we were told of it."""
    said = moment(row.get("event_time")) or moment(row.get("created"))
    return min(said, now) if said else now


def _kind(row: Row) -> str:
    for name, kind in KIND_BY_FIELD.items():
        if row.get(name):
            return kind
    attachments = row.get("attachments")
    if isinstance(attachments, list) and attachments:
        return _kind_of_attachment(attachments[0])
    return "other"


def _kind_of_attachment(attachment: object) -> str:
    names = _names(attachment)
    endings = [found[1].lower() for name in names if (found := ENDING.search(name))]
    for kind, known in KIND_BY_ENDING.items():
        if any(ending in known for ending in endings):
            return kind
    return "file"


def _names(attachment: object) -> Sequence[str]:
    if not isinstance(attachment, dict):
        return [words(attachment)]
    return [words(attachment.get("name")), words(attachment.get("link"))]

"""What Chat2Desk tells us, read as events: the same reading for webhooks and for back-filled messages."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from connectors.chat2desk import statuses
from connectors.chat2desk.buttons import is_menu, pressed
from connectors.chat2desk.kinds import kind_of
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.numbers import phone_in
from connectors.chat2desk.refusals import READ_NOTICE, refusal_in
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import Row, clean_text, given_id, moment, part, read_json, whole_number, words
from qc_engine.core.events import (
    AnswerReceived,
    Event,
    MessageRefused,
    MessageSeen,
    MessageStatus,
    StaffWrote,
)
from qc_engine.ports import Arrival, Unreadable

HOOK_BY_TYPE = {
    "from_client": "inbox",
    "to_client": "outbox",
    "autoreply": "outbox",
    "system": "outbox",
    "comment": "outbox",
}
MESSAGES = ("inbox:", "outbox:")  # how the keys of messages begin
OUR_MARK = "qc-"  # of every id that we give; other integrations give ids of their own


def _nobody_knows(phone: str, code: str, system_id: int, at: datetime) -> int | None:
    return None


def _nobody_listens(row: Row, phone: str, at: datetime) -> None: ...


@dataclass(frozen=True)
class Reading:
    """What is needed besides the message itself."""

    settings: Chat2DeskSettings
    now: datetime
    phones: Remembered[int, str]  # client id -> digits
    is_echo: Callable[[str, str], bool]  # (phone, text): did we just send it ourselves?
    # (phone, code, id of the system message, its time): which message was refused?
    meant: Callable[[str, str, int, datetime], int | None] = _nobody_knows
    heard: Callable[[Row, str, datetime], None] = _nobody_listens  # (message, whose, its time)


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
    if channel is not None and not _concerns_us(channel, row, reading.settings):
        return []
    # A message without a type is what its hook says: from the client, or to him.
    kind = words(row.get("type")) or {"inbox": "from_client"}.get(words(row.get("hook_type")), "to_client")
    if kind not in ("from_client", "to_client", "autoreply", "system"):
        return []
    message_id = whole_number(row.get("message_id")) or whole_number(row.get("id"))
    if message_id is None:
        raise Unreadable("chat2desk: message without a readable id")
    phone = find_phone(row)
    reading.heard(row | {"type": kind}, phone, _at(row, reading.now))
    event = _event(row, kind, phone, message_id, reading)
    return [Arrival(f"{HOOK_BY_TYPE[kind]}:{message_id}", event)] if event else []


def _learned_phone(reading: Reading, row: Row) -> str:
    """The number in the message, kept so that the back-fill need not ask for it."""
    phone, client_id = phone_in(row, reading.settings), whole_number(row.get("client_id"))
    if client_id and not phone:
        return reading.phones.get(client_id) or ""
    # The vendor's own example shows two ids that differ: such a pair teaches nothing.
    if client_id and whole_number(part(row, "client").get("id")) == client_id:
        reading.phones.put(client_id, phone)
    return phone


def _concerns_us(channel: int, row: Row, settings: Chat2DeskSettings) -> bool:
    """Everything in our own channel; of the others that we listen to, what the client writes."""
    theirs = words(row.get("type")) == "from_client" or words(row.get("hook_type")) == "inbox"
    return channel == settings.channel_id or (theirs and channel in settings.other_channels)


def _event(row: Row, kind: str, phone: str, message_id: int, reading: Reading) -> Event | None:
    text, at = clean_text(row.get("text")), _at(row, reading.now)
    if kind == "from_client":
        return _answer(row, phone, text, at, message_id)
    if kind == "system":
        return _about_ours(text, phone, at, message_id, reading)
    if author := _foreign(row, kind, phone, text, reading):
        return StaffWrote(phone, at, message_id, text, by=author)
    return MessageSeen(phone, text, at, message_id)


def _answer(row: Row, phone: str, text: str, at: datetime, message_id: int) -> AnswerReceived:
    kind = "text" if text else kind_of(row)
    if kind == "other" and (text := pressed(row)):
        kind = "text"
    return AnswerReceived(phone, text, at, message_id, kind=kind)


def _about_ours(
    text: str, phone: str, at: datetime, message_id: int, reading: Reading
) -> MessageRefused | MessageStatus:
    """WhatsApp's refusals and read notices arrive as system messages that name no other message."""
    known = refusal_in(text, reading.settings.refusals)
    if known and known.code == READ_NOTICE:
        return MessageStatus(phone, "read", at)
    code, say = (known.code, known.say) if known else ("", "")
    return MessageRefused(phone, text, at, reading.meant(phone, code, message_id, at), code, say)


def _foreign(row: Row, kind: str, phone: str, text: str, reading: Reading) -> str:
    """'operator' or 'bot' when somebody else at the company wrote it, '' when it is ours or no matter."""
    operator = whole_number(row.get("operator_id"))
    ours = given_id(row).startswith(OUR_MARK) or reading.is_echo(phone, text)
    if ours or (operator and operator == reading.settings.operator_id):
        return ""
    # A menu that speaks inside an operator's dialog bears his number; people type no buttons.
    if kind == "to_client" and operator and not is_menu(row):
        return "operator"
    return "bot" if reading.settings.foreign_bots == "pause" else ""


def _read_status(body: Row, reading: Reading) -> list[Arrival]:
    data = part(body, "data") or body
    status = words(data.get("gateway_status")) or words(data.get("status"))
    client_id = whole_number(data.get("client_id"))
    phone = phone_in(data, reading.settings) or (client_id and reading.phones.get(client_id)) or ""
    message_id = whole_number(data.get("id")) or whole_number(data.get("message_id"))
    return statuses.told(status, message_id, phone, _at(body, reading.now), reading.settings)


def _read_blacklist(body: Row, raw: bytes, reading: Reading) -> list[Arrival]:
    # This event has no id of its own, so that the same body twice is the same event.
    key = f"client_added_to_blacklist:{hashlib.sha256(raw).hexdigest()[:32]}"
    reason = "client_added_to_blacklist"
    phone, at = phone_in(body, reading.settings), _at(body, reading.now)
    event = MessageRefused(phone, reason, at, code="blocked")
    return [Arrival(key, event)]


def _at(row: Row, now: datetime) -> datetime:
    """The vendor's own moment; nothing can have happened after we were told of it."""
    said = moment(row.get("event_time")) or moment(row.get("created"))
    return min(said, now) if said else now

"""How far a message has come, told by the gateway's answers or by its callbacks."""

from collections.abc import Sequence
from datetime import datetime

from connectors.sms.description import Gateway
from connectors.sms.news import Rows
from connectors.sms.pending import Pending, Sent
from connectors.sms.wire import Said, moment, scrubbed, whole_number
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import Arrival

FINAL = ("delivered", "read", "failed")


def state_in(said: Said, rows: Rows, gateway: Gateway) -> str:
    """sent, delivered, read, failed, or '' for a word that says nothing yet."""
    return gateway.states.by_word.get(said.at(rows.status).casefold(), "")


def told(said: Said, number: str, phone: str, rows: Rows, gateway: Gateway, now: datetime) -> list[Arrival]:
    """The event in one row; none when its word says nothing yet."""
    state, at = state_in(said, rows, gateway), moment(said.at(rows.at), now)
    if not state:
        return []
    message_id = whole_number(number)
    # Each state is news of its own, whichever comes first.
    key = f"status:{number}:{state}"
    if state != "failed":
        return [Arrival(key, MessageStatus(phone, state, at, message_id))]
    return [Arrival(key, MessageRefused(phone, *_why(said, rows, gateway, at, message_id)))]


def _why(
    said: Said, rows: Rows, gateway: Gateway, at: datetime, message_id: int | None
) -> tuple[str, datetime, int | None, str]:
    word, error = said.at(rows.status), said.at(rows.error)
    codes = gateway.states.codes
    detail = f", {scrubbed(error)}" if error not in ("", "0") else ""
    return f"SMS не дошло: {scrubbed(word)}{detail}", at, message_id, codes.get(error) or codes.get(word, "")


def answers_for(found: Sequence[Said], asked: Sequence[Sent], rows: Rows) -> list[tuple[Said, Sent]]:
    """Each row with the message that it speaks of; rows of other messages are left out."""
    by_number = {one.number: one for one in asked}
    if len(asked) == len(found) == 1 and not found[0].at(rows.id):
        return [(found[0], asked[0])]  # asked about one, answered without its number
    return [(said, one) for said in found if (one := by_number.get(said.at(rows.id)))]


def finals(pairs: Sequence[tuple[Said, Sent]], rows: Rows, gateway: Gateway) -> list[str]:
    """The numbers of the messages that will not change any more."""
    return [one.number for said, one in pairs if state_in(said, rows, gateway) in FINAL]


def heard(said: Said, rows: Rows, pending: Pending) -> tuple[str, Sent | None]:
    """The number in a callback, and our own note of that message."""
    number = said.at(rows.id)
    return number, pending.get(number) if number else None

"""How far a message has come, by a webhook `outbox_status` or by `recipient_status` in a list of messages.

The vendor documents neither set of values, so words decide; a value that nobody has described says nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from connectors.chat2desk.refusals import READ_NOTICE, refusal_in, state_in
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import Row, clean_text, moment, whole_number, words
from qc_engine.core.events import MessageRefused, MessageStatus
from qc_engine.ports import Arrival, Polled, Unreadable

PAGE = 200
FINAL_AFTER = timedelta(days=2)  # later nobody asks any more whether it was read
TO_CLIENT = ("to_client", "autoreply")

List = Callable[[int, int], Sequence[Row]]  # (first id, how many) -> messages, oldest first


def told(
    status: str, message_id: int | None, phone: str, at: datetime, settings: Chat2DeskSettings
) -> list[Arrival]:
    """What this status says of this message. Raises Unreadable when it says something of no message."""
    state = state_in(status, settings.failed_status, settings.status_words)
    if not state:
        return []
    if message_id is None:
        raise Unreadable("chat2desk: status without a message id")
    if state != "failed":
        # Each state is news of its own, whichever comes first.
        event = MessageStatus(phone, state, at, message_id)
        return [Arrival(f"outbox_status:{message_id}:{state}", event)]
    known = refusal_in(status, settings.refusals)
    meant = known if known and known.code != READ_NOTICE else None
    code, say = (meant.code, meant.say) if meant else ("", "")
    refused = MessageRefused(phone, clean_text(status), at, message_id, code, say)
    return [Arrival(f"outbox_status:{message_id}", refused)]


def poll(
    cursor: str,
    now: datetime,
    settings: Chat2DeskSettings,
    messages_from: List,
    phone_of: Callable[[Row], str],
) -> Polled:
    """One page of the messages of the last two days, for those whose webhook was lost.

    The cursor is 'first:next': the first id that may still change, and where this pass goes on.
    """
    first, _, following = cursor.partition(":")
    start = whole_number(following) or whole_number(first) or 0
    rows = messages_from(start, PAGE)
    numbers = [number for row in rows if (number := whole_number(row.get("id")))]
    final = [number for row in rows if _is_final(row, now) and (number := whole_number(row.get("id")))]
    floor, reached = max(final, default=whole_number(first) or 0), max(numbers, default=0)
    more = len(rows) >= PAGE and reached > start
    arrivals = [one for row in rows for one in _of_row(row, now, settings, phone_of)]
    return Polled(arrivals, f"{floor}:{reached}" if more else str(floor), more)


def _of_row(
    row: Row, now: datetime, settings: Chat2DeskSettings, phone_of: Callable[[Row], str]
) -> list[Arrival]:
    status, message_id = words(row.get("recipient_status")), whole_number(row.get("id"))
    if not status or message_id is None or words(row.get("type")) not in TO_CLIENT:
        return []
    # Nobody says when it came so far, only that it has by now.
    return told(status, message_id, phone_of(row), now, settings)


def _is_final(row: Row, now: datetime) -> bool:
    # A row without a date would be asked for until the end of time.
    created = moment(row.get("created"))
    return created is None or created < now - FINAL_AFTER

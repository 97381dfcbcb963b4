"""Methods about messages."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, Page, instant, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.judging import fits
from sandbox.chat2desk.model import MESSAGE_TYPES, Client, Message
from sandbox.chat2desk.sending import Order, send

# Filters that compare one field; "request_id" is not among them because the vendor ignores it.
_FILTERS: dict[str, Callable[[Message], object]] = {
    "transport": lambda message: message.transport,
    "channel_id": lambda message: message.channel_id,
    "dialog_id": lambda message: message.dialog_id,
    "operator_id": lambda message: message.operator_id,
    "read": lambda message: "1" if message.read else "0",
    "type": lambda message: message.type,
}


def create(desk: Desk, call: Call) -> dict[str, Any]:
    client, kind = _client(desk, call), call.text("type") or "to_client"
    if kind not in MESSAGE_TYPES:
        raise invalid("type", "is unknown")
    pdf, attachment = call.text("pdf"), call.text("attachment")
    if call.text("text") is None and pdf is None and attachment is None:
        raise invalid("text", "can't be blank")
    channel_id = call.integer("channel_id")
    if channel_id is not None and channel_id not in desk.books.channels:
        raise invalid("channel_id", "is unknown")
    transport = call.text("transport") or client.transport
    if _buttons(call) and not fits(transport, desk.switches.button_transports):
        raise invalid("keyboard", f"is not supported by {transport}")
    file_name = call.text("attachment_filename") or (attachment or "").rpartition("/")[2]
    order = Order(
        client=client,
        text=call.text("text"),
        type=kind,
        transport=call.text("transport"),
        channel_id=channel_id,
        operator_id=call.integer("operator_id"),
        open_dialog=call.flag("open_dialog", True),
        external_id=call.text("external_id"),
        encrypted=call.flag("encrypted", False),
        keyboard=_buttons(call),
        reply_to=_replied(desk, call),
        media={"pdf": pdf} if pdf else {},
        attachments=[{"name": file_name, "link": attachment}] if attachment else [],
    )
    sent = shapes.sent_message(send(desk, order))
    if desk.switches.message_id_as_id:
        sent["id"] = sent.pop("message_id")
    return single(sent)


def _buttons(call: Call) -> Any:
    """Whichever of the three ways they were given in."""
    given = (call.fields.get(name) for name in ("keyboard", "inline_buttons", "interactive"))
    return next((one for one in given if one), None)


def _replied(desk: Desk, call: Call) -> int | None:
    number = call.integer("reply_message_id")
    if number is not None and number not in desk.books.message_by_id:
        raise invalid("reply_message_id", "is unknown")
    return number


def _client(desk: Desk, call: Call) -> Client:
    client = desk.books.clients.get(call.integer("client_id") or 0)
    if client is None:
        raise invalid("client_id", "Client not found")
    return client


def get(desk: Desk, call: Call) -> dict[str, Any]:
    message = desk.books.message_by_id.get(call.id)
    if message is None:
        raise not_found("message")
    return single(_item(desk, message))


def _item(desk: Desk, message: Message) -> dict[str, Any]:
    switches = desk.switches
    item = shapes.message_item(
        message,
        with_status=switches.show_recipient_status,
        with_external_id=switches.show_external_id,
        masked=switches.encrypted_masked,
    )
    words = {
        "delivered": switches.gateway_status_delivered,
        "read": switches.gateway_status_read,
        "failed": switches.gateway_status_failed,
    }
    return item | {"recipient_status": words.get(str(item["recipient_status"]), item["recipient_status"])}


def find(desk: Desk, call: Call) -> dict[str, Any]:
    """Oldest first unless order=desc or direction_reverse=true; start_id and dates bound the list."""
    asked = page_of(call)
    backwards = call.flag("direction_reverse", False)
    page = Page(asked.limit, asked.offset, asked.newest_first or backwards)
    messages = _candidates(desk, call)
    low, high = _bounds(desk, call, messages, backwards)
    matches = _matcher(call)
    total = high - low if matches is None else sum(map(matches, islice(messages, low, high)))
    chosen = islice(_walk(messages, low, high, page, matches), page.offset, page.offset + page.limit)
    return listed([_item(desk, message) for message in chosen], total, page)


def _candidates(desk: Desk, call: Call) -> list[Message]:
    client_id, kind = call.integer("client_id"), call.text("type")
    if client_id is not None:
        client = desk.books.clients.get(client_id)
        return client.messages if client else []
    return desk.books.messages if kind is None else desk.books.messages_by_type.get(kind, [])


def _bounds(desk: Desk, call: Call, messages: list[Message], backwards: bool) -> tuple[int, int]:
    low, high = 0, len(messages)
    start, finish = instant(call, "start_date"), instant(call, "finish_date")
    if start is not None:
        low = bisect_left(messages, start, key=lambda message: message.created)
    if finish is not None:
        high = bisect_right(messages, finish, key=lambda message: message.created)
    start_id, inclusive = call.integer("start_id"), desk.switches.start_id_inclusive
    if start_id is not None:
        # Backwards the start itself belongs to the lower part, forwards to the upper one.
        bisect = bisect_right if inclusive == backwards else bisect_left
        border = bisect(messages, start_id, key=lambda message: message.id)
        low, high = (low, min(high, border)) if backwards else (max(low, border), high)
    return low, max(low, high)


def _matcher(call: Call) -> Callable[[Message], bool] | None:
    done_by_index = set() if call.has("client_id") else {"type"}
    wanted = {name: call.text(name) for name in _FILTERS if name not in done_by_index}
    asked = {name: value for name, value in wanted.items() if value is not None}
    if not asked:
        return None
    return lambda message: all(str(_FILTERS[name](message)) == value for name, value in asked.items())


def _walk(
    messages: list[Message], low: int, high: int, page: Page, matches: Callable[[Message], bool] | None
) -> Iterator[Message]:
    numbers = range(high - 1, low - 1, -1) if page.newest_first else range(low, high)
    return (messages[n] for n in numbers if matches is None or matches(messages[n]))


METHODS = {
    "POST /v1/messages": create,
    "GET /v1/messages": find,
    "GET /v1/messages/{id}": get,
}

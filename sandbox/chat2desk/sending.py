"""From a message of the account to the client's phone, or back as a refusal inside the chat."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.chat2desk import news
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.judging import Refusal, judge, messenger
from sandbox.chat2desk.model import SENT_TO_CLIENT, Client, Message

MENU_KEYS = {"buttons": [{"type": "reply", "text": "Запись"}, {"type": "reply", "text": "Цены"}]}


@dataclass(frozen=True, slots=True)
class Order:
    """A checked POST /v1/messages; None means "as in the client's last message"."""

    client: Client
    text: str | None
    type: str = "to_client"
    transport: str | None = None
    channel_id: int | None = None
    operator_id: int | None = None
    open_dialog: bool = True
    external_id: str | None = None
    media: dict[str, str] = field(default_factory=dict)
    attachments: list[dict[str, str]] = field(default_factory=list)
    encrypted: bool = False
    keyboard: Any = None
    reply_to: int | None = None


def send(desk: Desk, order: Order) -> Message:
    """Accepts the message; whether it arrives is said later, by a webhook."""
    known = desk.books.message_by_external_id.get(order.external_id or "")
    if known is not None and desk.switches.external_id_deduplicates:
        return known
    message = _write(desk, order, "us")
    if message.type in SENT_TO_CLIENT:
        desk.tally.accepted += 1
        _carry(desk, message)
    return message


def send_as_operator(desk: Desk, client: Client, operator_id: int, text: str) -> Message:
    """A person at the account writes to the client in an open dialog."""
    dialog = desk.open_dialog(client, operator_id)
    desk.transfer_dialog(dialog, operator_id)
    message = _write(desk, Order(client, text, operator_id=operator_id), "operator")
    # A person outside the window would pick a template in the cabinet; what matters here is that it arrives.
    message.shown = text
    _deliver(desk, message)
    return message


def report_status(desk: Desk, message: Message, gateway_status: str) -> None:
    desk.hooks.emit(news.status_event(message, gateway_status))


def menu_speaks(desk: Desk, client: Client) -> None:
    """The company's own bot answers whatever a client writes, unless a tag keeps it away."""
    switches = desk.switches
    if switches.menu_text and switches.menu_skips_tag not in client.tags:
        order = Order(client, switches.menu_text, "autoreply", open_dialog=False, keyboard=MENU_KEYS)
        message = _write(desk, order, "menu")
        message.shown = switches.menu_text
        _deliver(desk, message)


def _write(desk: Desk, order: Order, author: str) -> Message:
    client, to_client = order.client, order.type in SENT_TO_CLIENT
    if to_client and order.open_dialog:
        desk.open_dialog(client, order.operator_id)
    new_request = _opens_request(desk, order) and desk.open_request(client)
    message = _message(desk, order, author)
    if to_client:
        client.transport, client.channel_id = message.transport, message.channel_id
    desk.announce(message, new_request=new_request)
    return message


def _opens_request(desk: Desk, order: Order) -> bool:
    if order.type == "autoreply" and not desk.switches.autoreply_opens_request:
        return False
    return order.type in SENT_TO_CLIENT and desk.switches.outgoing_opens_request


def _message(desk: Desk, order: Order, author: str) -> Message:
    client = order.client
    dialog = client.dialog
    return Message(
        id=next(desk.books.message_ids),
        client=client,
        type=order.type,
        text=order.text,
        transport=order.transport or client.transport,
        channel_id=order.channel_id or client.channel_id,
        created=desk.clock.now(),
        author=author,
        operator_id=order.operator_id or (dialog.operator_id if dialog else None),
        dialog_id=dialog.id if dialog else None,
        request_id=client.request.id if client.request else None,
        external_id=order.external_id,
        media=order.media,
        attachments=order.attachments,
        encrypted=order.encrypted,
        keyboard=order.keyboard,
        reply_to=order.reply_to,
    )


def _carry(desk: Desk, message: Message) -> None:
    refusal = judge(desk, message)
    if desk.switches.sent_outbox_status:
        report_status(desk, message, desk.switches.gateway_status_sent)
    if refusal is None and messenger(desk, message) == "silent":
        desk.phones.log(desk.phones.at(message.client.owner), message, message.created)
    elif refusal is None:
        _deliver(desk, message)
        by_phone, phone = desk.tally.by_phone, message.client.owner
        by_phone[phone] = by_phone.get(phone, 0) + 1
    else:
        _refuse(desk, message, refusal)


def _deliver(desk: Desk, message: Message) -> None:
    phone = desk.phones.at(message.client.owner)
    desk.phones.log(phone, message, message.created)
    desk.phones.arrive(phone, message)
    if desk.switches.delivered_outbox_status:
        report_status(desk, message, desk.switches.gateway_status_delivered)


def _refuse(desk: Desk, message: Message, refusal: Refusal) -> None:
    desk.tally.refused += 1
    phone = desk.phones.at(message.client.owner)
    desk.phones.log(phone, message, message.created)
    delay = desk.switches.refusal_delay_seconds
    if delay:
        desk.sender.later(delay, lambda: _tell_refusal(desk, message, refusal))
    else:
        _tell_refusal(desk, message, refusal)


def _tell_refusal(desk: Desk, message: Message, refusal: Refusal) -> None:
    message.status = "failed"
    order = Order(message.client, refusal.text, "system", message.transport, message.channel_id)
    note = _message(desk, order, "system")
    note.operator_id, note.dialog_id, note.shown = None, None, refusal.text
    desk.announce(note)
    desk.phones.log(desk.phones.at(message.client.owner), note, note.created)
    if refusal.with_status:
        report_status(desk, message, desk.switches.gateway_status_failed)

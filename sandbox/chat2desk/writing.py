"""What a client does with the phone: writes, speaks, sends a photo, reads."""

from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Client, Message
from sandbox.chat2desk.phones import Phone
from sandbox.chat2desk.sending import menu_speaks, report_status

KINDS = ("text", "voice", "photo", "sticker")
_FILES = "https://files.example.org/chat2desk"


def client_writes(desk: Desk, digits: str, text: str, kind: str = "text") -> Message:
    """The message as Chat2Desk got it; a phone that nobody knows becomes a new client."""
    client, new_client = find_or_add(desk, digits)
    phone = desk.phones.at(digits)
    look(desk, phone)
    new_request = desk.open_request(client)
    if desk.switches.inbox_opens_dialog:
        desk.open_dialog(client, None)
    message = _inbound(desk, client, text, kind)
    client.last_inbound = message.created
    client.first_inbound = client.first_inbound or message.created
    desk.announce(message, new_request=new_request, new_client=new_client)
    desk.phones.log(phone, message, message.created)
    menu_speaks(desk, client)
    return message


def find_or_add(desk: Desk, digits: str) -> tuple[Client, bool]:
    """The client who would answer from this phone, and whether he is new."""
    known = desk.books.clients_by_phone.get(digits)
    if known:
        return max(known, key=_last_message_id), False
    return desk.add_client(digits, desk.switches.transport), True


def look(desk: Desk, phone: Phone) -> None:
    """The client opens the chat."""
    seen = desk.phones.look(phone)
    if seen:
        desk.changed()
    if desk.switches.delivered_outbox_status:
        for message in seen:
            report_status(desk, message, desk.switches.gateway_status_read)


def _last_message_id(client: Client) -> int:
    return client.messages[-1].id if client.messages else 0


def _inbound(desk: Desk, client: Client, text: str, kind: str) -> Message:
    dialog = client.dialog
    message = Message(
        id=next(desk.books.message_ids),
        client=client,
        type="from_client",
        text=text if kind == "text" else (text or None),
        transport=client.transport,
        channel_id=client.channel_id,
        created=desk.clock.now(),
        author="client",
        operator_id=dialog.operator_id if dialog else None,
        dialog_id=dialog.id if dialog else None,
        request_id=client.request.id if client.request else None,
        status="delivered",
        kind=kind,
        shown=text or {"voice": "🎤", "photo": "📷", "sticker": "😊"}.get(kind, ""),
    )
    _attach(message)
    return message


def _attach(message: Message) -> None:
    link = f"{_FILES}/{message.id}"
    match message.kind:
        case "voice":
            message.media = {"audio": f"{link}.ogg"}
        case "photo":
            message.media = {"photo": f"{link}.jpg"}
        case "sticker":
            message.attachments = [{"name": "sticker.webp", "link": f"{link}.webp"}]
        case _:
            return

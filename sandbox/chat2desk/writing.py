"""What a client does with the phone: writes, speaks, sends a photo, reads."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.chat2desk import news
from sandbox.chat2desk.books import CHANNEL_ID
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Client, Message, family
from sandbox.chat2desk.phones import Phone
from sandbox.chat2desk.sending import menu_speaks, report_status

KINDS = ("text", "voice", "photo", "video", "sticker", "location", "file", "contact")
_FILES = "https://files.example.org/chat2desk"
_SHOWN = {"voice": "🎤", "photo": "📷", "video": "🎬", "sticker": "😊", "location": "📍", "file": "📄"}
BY_PHONE = ("viber", "sms", "viber_business")
_MARKS = {"telegram": "tg", "tg_user": "tg", "vkontakte": "vk"}


@dataclass(frozen=True, slots=True)
class Words:
    """What a client does in a chat. `button` is what stands behind a pressed button; `text` its words.

    `transport` is another messenger of the same person, at `channel_id`; `tells_number`: does it know his
    phone? `external_id` is the id that another system gave.
    """

    text: str = ""
    kind: str = "text"
    button: str = ""
    transport: str = ""
    channel_id: int = 0
    tells_number: bool = True
    external_id: str | None = None


def client_writes(desk: Desk, digits: str, words: Words) -> Message:
    """The message as Chat2Desk got it; a phone that nobody knows becomes a new client."""
    client, new_client = find_or_add(desk, digits, words)
    phone = desk.phones.at(digits)
    look(desk, phone)
    new_request = desk.open_request(client)
    _open_dialog(desk, client)
    message = _inbound(desk, client, words)
    client.last_inbound = message.created
    client.first_inbound = client.first_inbound or message.created
    desk.announce(message, new_request=new_request, new_client=new_client)
    desk.phones.log(phone, message, message.created)
    menu_speaks(desk, client)
    return message


def import_message(desk: Desk, digits: str, text: str) -> Message:
    """An old message comes over from another system: it is no news, and nobody answers it."""
    client, _ = find_or_add(desk, digits)
    message = _inbound(desk, client, Words(text))
    message.created -= timedelta(days=30)
    message.type = desk.switches.imported_type
    desk.books.add_message(message)
    event = news.message_event(message, desk.switches, is_new_request=False, is_new_client=False)
    desk.hooks.emit({**event, "type": "from_client", "hook_type": "imported_message"})
    desk.changed()
    return message


def find_or_add(desk: Desk, digits: str, words: Words = Words()) -> tuple[Client, bool]:
    """The client who would answer from this phone, and whether he is new."""
    if words.transport:
        return _in_messenger(desk, digits, words)
    known = desk.books.clients_by_phone.get(digits)
    if known:
        return max(known, key=_last_message_id), False
    return desk.add_client(digits, desk.switches.transport), True


def _in_messenger(desk: Desk, digits: str, words: Words) -> tuple[Client, bool]:
    known = desk.books.client_by_owner.get((digits, family(words.transport)))
    if known:
        return known, False
    # Messengers call people by numbers of their own, as "[tg] 807892".
    own = digits
    if family(words.transport) != "whatsapp" and words.transport not in BY_PHONE:
        own = f"[{_MARKS.get(words.transport, words.transport)}] {digits[-6:]}"
    channel = words.channel_id or CHANNEL_ID
    told = words.tells_number
    return desk.add_client(own, words.transport, owner=digits, channel_id=channel, tells_number=told), True


def _open_dialog(desk: Desk, client: Client) -> None:
    switches = desk.switches
    if switches.inbox_operator:
        desk.open_dialog(client, switches.inbox_operator)
    elif switches.inbox_opens_dialog:
        desk.open_dialog(client, None)


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


def _inbound(desk: Desk, client: Client, words: Words) -> Message:
    dialog, text = client.dialog, words.text
    pressed_only = bool(words.button) and desk.switches.press_comes_as != "text"
    message = Message(
        id=next(desk.books.message_ids),
        client=client,
        type="from_client",
        text=None if pressed_only or (words.kind != "text" and not text) else text,
        transport=client.transport,
        channel_id=client.channel_id,
        created=desk.clock.now(),
        author="client",
        operator_id=dialog.operator_id if dialog else None,
        dialog_id=dialog.id if dialog else None,
        request_id=client.request.id if client.request else None,
        status="delivered",
        kind=words.kind,
        shown=text or _SHOWN.get(words.kind, ""),
        pressed=words.button,
        external_id=words.external_id,
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
        case "video":
            # An account that shows no field for it has it among the attachments.
            message.media = {"video": f"{link}.mp4"}
            message.attachments = [{"name": "video.mp4", "link": f"{link}.mp4"}]
        case "location":
            message.media = {"coordinates": "43.238949,76.889709"}
        case "file":
            message.media = {"pdf": f"{link}.pdf"}
        case "sticker":
            message.attachments = [{"name": "sticker.webp", "link": f"{link}.webp"}]
        case "contact":
            message.attachments = [{"name": "contact.vcf", "link": f"{link}.vcf"}]
        case _:
            return

"""What the account tells by webhooks, as it looks on the wire."""

from typing import Any

from sandbox.chat2desk.model import Client, Message
from sandbox.chat2desk.shapes import hook_time, shown_text
from sandbox.chat2desk.switches import Switches

Json = dict[str, Any]


def message_event(message: Message, switches: Switches, *, is_new_request: bool, is_new_client: bool) -> Json:
    """The `inbox` or `outbox` webhook of a message."""
    client = message.client
    inbox = message.type == "from_client"
    return {
        "message_id": message.id,
        "type": message.type,
        "text": shown_text(message, switches.encrypted_masked),
        "transport": message.transport,
        "client_id": client.id,
        "operator_id": message.operator_id,
        "dialog_id": message.dialog_id,
        "channel_id": message.channel_id,
        "photo": message.media.get("photo"),
        "coordinates": message.media.get("coordinates"),
        "audio": message.media.get("audio"),
        "pdf": message.media.get("pdf"),
        "client": {
            "id": client.id,
            "phone": client.phone,
            "client_phone": client.client_phone,
            "name": client.name,
            "assigned_name": client.assigned_name,
            "external_id": client.external_id,
        },
        "hook_type": "inbox" if inbox else "outbox",
        "request_id": message.request_id,
        "attachments": message.attachments,
        "is_new_request": is_new_request,
        "is_new_client": is_new_client,
        **({"extra_data": _extra(message, switches)} if inbox or switches.hook_external_id else {}),
        **_beside(message, switches),
        "event_time": hook_time(message.created),
    }


def _extra(message: Message, switches: Switches) -> Json:
    external = {"external_id": message.external_id} if message.external_id else {}
    as_extra = message.pressed and switches.press_comes_as == "extra_data"
    press = {"button": {"payload": message.pressed}} if as_extra else {}
    return (external if switches.hook_external_id else {}) | press


def _beside(message: Message, switches: Switches) -> Json:
    """Fields that only some accounts may show."""
    found: Json = {}
    if switches.hook_shows_video:
        found["video"] = message.media.get("video")
    if switches.hook_shows_buttons and message.keyboard:
        found["keyboard"] = message.keyboard
    if message.pressed and switches.press_comes_as == "payload":
        found["payload"] = message.pressed
    return found


def client_event(hook_type: str, client: Client) -> Json:
    """The `new_client` or `client_updated` webhook."""
    return {
        "hook_type": hook_type,
        "id": client.id,
        "phone": client.phone,
        "client_phone": client.client_phone,
        "name": client.name,
        "channels": [{"id": client.channel_id}],
    }


def status_event(message: Message, gateway_status: str) -> Json:
    data = {"id": message.id, "client_id": message.client.id, "gateway_status": gateway_status}
    return {"hook_type": "outbox_status", "data": data}


def ticket_event(hook_type: str, ticket: Json) -> Json:
    return {"hook_type": hook_type, "ticket": ticket}

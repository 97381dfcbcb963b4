"""How the account's nouns look on the wire, in REST answers and in webhooks."""

from datetime import datetime
from typing import Any

from sandbox.chat2desk.model import Channel, Client, Dialog, Message, Operator, Request, Tag

Json = dict[str, Any]


def rest_time(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S UTC") if moment else None


def hook_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def client_item(client: Client) -> Json:
    return {
        "id": client.id,
        "assigned_name": client.assigned_name,
        "comment": client.comment,
        "phone": client.phone,
        "client_phone": client.client_phone,
        "name": client.name,
        "avatar": None,
        "region_id": None,
        "country_id": None,
        "first_client_message": rest_time(client.first_inbound),
        "last_client_message": rest_time(client.last_inbound),
        **{name: client.extra_comments.get(name) for name in EXTRA_COMMENTS},
        "external_id": client.external_id,
        "external_ids": None,
        "custom_fields": client.custom_fields,
        "tags": [{"id": tag.id, "label": tag.label} for tag in client.tags.values()],
    }


EXTRA_COMMENTS = ("extra_comment_1", "extra_comment_2", "extra_comment_3")


def shown_text(message: Message, masked: bool) -> str | None:
    """What Chat2Desk shows of a message that goes to the client in plain words."""
    return "*****" if message.encrypted and masked else message.text


def message_item(
    message: Message, *, with_status: bool = False, with_external_id: bool = False, masked: bool = False
) -> Json:
    external_id = message.external_id if with_external_id else None
    return {
        "id": message.id,
        "text": shown_text(message, masked),
        "photo": message.media.get("photo"),
        "video": message.media.get("video"),
        "audio": message.media.get("audio"),
        "pdf": message.media.get("pdf"),
        "coordinates": message.media.get("coordinates"),
        "transport": message.transport,
        "type": message.type,
        "read": "1" if message.read else "0",
        "created": rest_time(message.created),
        "remote_id": None,
        "recipient_status": message.status if with_status else None,
        "operator_id": message.operator_id,
        "channel_id": message.channel_id,
        "dialog_id": message.dialog_id,
        "client_id": message.client.id,
        "request_id": message.request_id,
        "attachments": message.attachments,
        "is_new": 0,
        "ai_tips": None,
        "extra_data": {"external_id": external_id} if external_id else {},
    }


def sent_message(message: Message) -> Json:
    return {
        "message_id": message.id,
        "channel_id": message.channel_id,
        "operator_id": message.operator_id,
        "transport": message.transport,
        "type": message.type,
        "client_id": message.client.id,
        "dialog_id": message.dialog_id,
        "request_id": message.request_id,
    }


LAST_MESSAGE = (
    *("id", "text", "type", "created", "transport", "read", "client_id", "dialog_id"),
    *("channel_id", "request_id", "operator_id", "attachments"),
)


def dialog_item(dialog: Dialog) -> Json:
    last = dialog.last_message and message_item(dialog.last_message)
    return {
        "id": dialog.id,
        "state": dialog.state,
        "begin": rest_time(dialog.begin),
        "end": rest_time(dialog.end),
        "operator_id": dialog.operator_id,
        "messages": dialog.messages,
        "last_message": {name: last[name] for name in LAST_MESSAGE} if last else None,
    }


def request_item(request: Request) -> Json:
    return {
        "id": request.id,
        "client_id": request.client.id,
        "created": rest_time(request.begin),
        "closed": rest_time(request.end),
        "tags": [{"id": tag.id, "label": tag.label} for tag in request.tags.values()],
    }


def channel_item(channel: Channel, transport: str) -> Json:
    transports = list(channel.transports or (transport,))
    return {"id": channel.id, "name": channel.name, "phone": channel.phone, "transports": transports}


def tag_item(tag: Tag) -> Json:
    return {
        "id": tag.id,
        "group_id": tag.group_id,
        "group_name": tag.group_name,
        "label": tag.label,
        "description": tag.description,
    }


def operator_item(operator: Operator, opened_dialogs: int) -> Json:
    return {
        "id": operator.id,
        "email": operator.email,
        "phone": operator.phone,
        "role": operator.role,
        "online": operator.online,
        "offline_type": None,
        "first_name": operator.first_name,
        "last_name": operator.last_name,
        "last_visit": None,
        "opened_dialogs": opened_dialogs,
        "status_id": operator.status_id,
        "external_id": operator.external_id,
        "two_factor": False,
    }

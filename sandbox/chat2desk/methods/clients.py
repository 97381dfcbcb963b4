"""Methods about clients."""

import json
from typing import Any

from sandbox.chat2desk import news, shapes
from sandbox.chat2desk.call import ApiError, Call, instant, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Client, Message, family


def create(desk: Desk, call: Call) -> dict[str, Any]:
    phone, transport = call.text("phone"), call.text("transport") or desk.switches.transport
    if phone is None or not _is_phone(phone, transport):
        raise invalid("phone", "must be 10 to 14 digits")
    channel_id = call.integer("channel_id")
    if channel_id is not None and channel_id not in desk.books.channels:
        raise invalid("channel_id", "is unknown")
    existing = desk.books.find_client(phone, transport)
    if existing is not None:
        raise _duplicate(existing)
    client = desk.add_client(phone, transport, call.text("nickname"))
    client.channel_id = channel_id or client.channel_id
    return single(shapes.client_item(client))


def _is_phone(phone: str, transport: str) -> bool:
    # Messengers without numbers have ids like "[tg] 807892".
    if family(transport) != "whatsapp" and phone.startswith("["):
        return True
    return phone.isascii() and phone.isdigit() and 10 <= len(phone) <= 14


def _duplicate(existing: Client) -> ApiError:
    described = json.dumps({"id": existing.id, "phone": existing.phone})
    return ApiError(400, "Validation failed", {"client": ["Client already exist", described]})


def find(desk: Desk, call: Call) -> dict[str, Any]:
    """By phone, by tags (any of them), else everybody."""
    page = page_of(call)
    found = _candidates(desk, call)
    shown = found[::-1] if page.newest_first else found
    items = [shapes.client_item(client) for client in shown[page.offset :][: page.limit]]
    return listed(items, len(found), page)


def _candidates(desk: Desk, call: Call) -> list[Client]:
    after = instant(call, "created_after")
    found = _by_phone_or_tags(desk, call)
    return [client for client in found if after is None or (client.created and client.created > after)]


def _by_phone_or_tags(desk: Desk, call: Call) -> list[Client]:
    phone = call.text("phone")
    wanted = set(call.integers("tags"))
    if phone is not None:
        same_phone = desk.books.clients_by_phone.get(phone, [])
        return [client for client in same_phone if not wanted or wanted & client.tags.keys()]
    if wanted:
        tagged = {
            number: client for tag in wanted for number, client in desk.books.clients_by_tag[tag].items()
        }
        return [tagged[number] for number in sorted(tagged)]
    return list(desk.books.clients.values())


def get(desk: Desk, call: Call) -> dict[str, Any]:
    return single(shapes.client_item(client_of(desk, call.id)))


def client_of(desk: Desk, client_id: int) -> Client:
    """ApiError 404 when there is none."""
    client = desk.books.clients.get(client_id)
    if client is None:
        raise not_found("client")
    return client


def change(desk: Desk, call: Call) -> dict[str, Any]:
    client = client_of(desk, call.id)
    if call.has("nickname"):
        client.assigned_name = call.text("nickname")
    if call.has("comment"):
        client.comment = call.text("comment")
    if call.has("external_id"):
        client.external_id = call.text("external_id")
    client.extra_comments |= {name: call.text(name) for name in shapes.EXTRA_COMMENTS if call.has(name)}
    if isinstance(custom := call.fields.get("custom_fields"), dict):
        client.custom_fields |= custom
    desk.hooks.emit(news.client_event("client_updated", client))
    desk.changed()
    return single(shapes.client_item(client))


def dialogs(desk: Desk, call: Call) -> dict[str, Any]:
    page = page_of(call)
    found = client_of(desk, call.id).dialogs
    shown = found[::-1] if page.newest_first else found
    items = [shapes.dialog_item(dialog) for dialog in shown[page.offset :][: page.limit]]
    return listed(items, len(found), page)


def transports(desk: Desk, call: Call) -> dict[str, Any]:
    client = client_of(desk, call.id)
    return {
        "data": [{"channel_id": client.channel_id, "transports": [client.transport]}],
        "status": "success",
    }


def last_question(desk: Desk, call: Call) -> dict[str, Any]:
    asked = _questions(client_of(desk, call.id))
    return single(shapes.message_item(asked[-1]) if asked else {})


def questions(desk: Desk, call: Call) -> dict[str, Any]:
    """What the client wrote."""
    page, asked = page_of(call), _questions(client_of(desk, call.id))
    start, finish = instant(call, "start_date"), instant(call, "finish_date")
    asked = [
        one for one in asked if (not start or one.created >= start) and (not finish or one.created <= finish)
    ]
    return listed([shapes.message_item(one) for one in asked[page.offset :][: page.limit]], len(asked), page)


def _questions(client: Client) -> list[Message]:
    return [one for one in client.messages if one.type == "from_client"]


METHODS = {
    "GET /v1/clients/{id}/last_question": last_question,
    "GET /v1/clients/{id}/questions": questions,
    "GET /v1/clients": find,
    "POST /v1/clients": create,
    "GET /v1/clients/{id}": get,
    "PUT /v1/clients/{id}": change,
    "GET /v1/clients/{id}/dialogs": dialogs,
    "GET /v1/clients/{id}/transport": transports,
}

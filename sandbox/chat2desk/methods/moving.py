"""Messages that are there are read and handed to somebody; those of an external channel come in."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, not_found, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Client, Message
from sandbox.chat2desk.phones import digits_of
from sandbox.chat2desk.writing import Words, client_writes

Json = dict[str, Any]
LONGEST_PHONE = 14
SENT_AS = {"image": "photo", "video": "video", "location": "location"}


def _message(desk: Desk, call: Call) -> Message:
    message = desk.books.message_by_id.get(call.id)
    if message is None:
        raise not_found("message")
    return message


def mark_read(desk: Desk, call: Call) -> Json:
    """Read by an operator; what the client read is another matter."""
    return _mark(desk, call, read=True)


def mark_unread(desk: Desk, call: Call) -> Json:
    return _mark(desk, call, read=False)


def _mark(desk: Desk, call: Call, *, read: bool) -> Json:
    _message(desk, call).read = read
    desk.changed()
    return {"status": "success"}


def transfer(desk: Desk, call: Call) -> Json:
    """A GET that changes something: the client's dialog now belongs to this operator."""
    client, operator_id = _message(desk, call).client, call.integer("operator_id")
    return _handed(desk, client, operator_id)


def transfer_to_group(desk: Desk, call: Call) -> Json:
    if call.integer("group_id") is None:
        raise invalid("group_id", "can't be blank")
    return _handed(desk, _message(desk, call).client, next(iter(desk.books.operators)))


def _handed(desk: Desk, client: Client, operator_id: int | None) -> Json:
    if operator_id not in desk.books.operators:
        raise invalid("operator_id", "is unknown")
    desk.transfer_dialog(desk.open_dialog(client, operator_id), operator_id)
    return single({"assignee": {"id": operator_id}})


def push(desk: Desk, call: Call) -> Json:
    """A client of an external channel writes; exactly one of id and phone says who."""
    who = call.fields.get("from_client")
    body = call.text("body")
    if not isinstance(who, dict) or bool(who.get("id")) == bool(who.get("phone")):
        raise invalid("from_client", "needs id or phone")
    sent = next((kind for name, kind in SENT_AS.items() if call.has(name)), None)
    if body is None and sent is None:
        raise invalid("body", "can't be blank")
    digits = _digits(desk, who)
    if nickname := who.get("nickname"):
        desk.phones.at(digits).name = desk.phones.at(digits).name or str(nickname)
    words = Words(body or "", "text" if body else sent or "text", external_id=call.text("external_id"))
    message = client_writes(desk, digits, words)
    return single(shapes.sent_message(message))


def _digits(desk: Desk, who: Json) -> str:
    if who.get("id"):
        client = desk.books.clients.get(int(who["id"]))
        if client is None:
            raise not_found("client")
        return client.phone
    phone = str(who["phone"])
    if not phone.isdigit() or len(phone) > LONGEST_PHONE:
        raise invalid("phone", "must be digits only")
    return digits_of(phone)


METHODS = {
    "GET /v1/messages/{id}/read": mark_read,
    "GET /v1/messages/{id}/unread": mark_unread,
    "GET /v1/messages/{id}/transfer": transfer,
    "GET /v1/messages/{id}/transfer_to_group": transfer_to_group,
    "POST /v1/messages/inbox": push,
}

"""The control routes of the phones: play the client, the operator, or a messenger that refuses."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.chat2desk import news
from sandbox.chat2desk.books import OPERATOR_ID
from sandbox.chat2desk.control_input import BadRequest, body_of, digits_in, number_of
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Message
from sandbox.chat2desk.phones import Phone
from sandbox.chat2desk.sending import send_as_operator
from sandbox.chat2desk.switches import MESSENGER
from sandbox.chat2desk.writing import KINDS, Words, client_writes, find_or_add, import_message, look

Act = Callable[[Desk, Request], Awaitable[dict[str, Any]]]
MOST_OUTBOX = 5000
OF_ONE_PHONE = tuple(state for state in MESSENGER if state != "down")


def control_routes(desk: Desk) -> list[Route]:
    table: list[tuple[str, str, Act]] = [
        ("GET", "/sandbox/phones", phones),
        ("POST", "/sandbox/phones/messages", write_many),
        ("GET", "/sandbox/phones/{digits}", chat),
        ("POST", "/sandbox/phones/{digits}/messages", write),
        ("POST", "/sandbox/phones/{digits}/operator", operator),
        ("POST", "/sandbox/phones/{digits}/refuse", refuse),
        ("POST", "/sandbox/phones/{digits}/messenger", set_messenger),
        ("POST", "/sandbox/phones/{digits}/blacklist", blacklist),
        ("GET", "/sandbox/outbox", outbox),
        ("POST", "/sandbox/phones/{digits}/imported", imported),
        ("POST", "/sandbox/whatsapp_templates/{name}", judge_template),
    ]
    return [Route(path, _endpoint(desk, act), methods=[method]) for method, path, act in table]


def _endpoint(desk: Desk, act: Act) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(await act(desk, request))
        except BadRequest as problem:
            return JSONResponse({"error": str(problem)}, 400)

    return answer


async def phones(desk: Desk, request: Request) -> dict[str, Any]:
    """The phone that changed last comes first; ?limit= shortens the list."""
    limit = number_of(request, "limit", 0)
    shown = desk.phones.latest_first()[: limit or None]
    return {"phones": [_phone_row(phone) for phone in shown]}


def _phone_row(phone: Phone) -> dict[str, Any]:
    return {
        "phone": phone.digits,
        "name": phone.name,
        "last_text": phone.last_text,
        "unread": len(phone.unread),
        "last_at": phone.last_at.isoformat() if phone.last_at else None,
    }


async def chat(desk: Desk, request: Request) -> dict[str, Any]:
    """Opens the chat, so everything in it is read; ?peek=1 looks without reading."""
    phone = desk.phones.get(digits_in(request.path_params["digits"]))
    if phone is None:
        return {"messages": []}
    if not request.query_params.get("peek"):
        look(desk, phone)
    return {"messages": [_bubble(message) for message in phone.messages]}


def _bubble(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "at": message.created.isoformat(),
        "from": message.author,
        "text": message.shown,
        "file": _file_of(message),
        "kind": message.kind,
        "status": message.status,
    }


def _file_of(message: Message) -> str:
    """Address of what came along; '' for words alone."""
    links = [*message.media.values(), *(one["link"] for one in message.attachments)]
    return next((one for one in links if one.startswith("http")), "")


async def write(desk: Desk, request: Request) -> dict[str, Any]:
    fields = await body_of(request)
    return {"message_id": _write(desk, request.path_params["digits"], fields)}


async def write_many(desk: Desk, request: Request) -> dict[str, Any]:
    """All or nothing is written: a bad entry refuses the whole list."""
    entries = (await body_of(request)).get("messages")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadRequest("messages must be a list of objects")
    for entry in entries:
        digits_in(entry.get("phone"))
        _checked(desk, entry)
    return {"messages": [{"message_id": _write(desk, entry["phone"], entry)} for entry in entries]}


def _write(desk: Desk, phone: object, fields: dict[str, Any]) -> int:
    words, digits = _checked(desk, fields), digits_in(phone)
    return client_writes(desk, digits, words).id


def _checked(desk: Desk, fields: dict[str, Any]) -> Words:
    text, kind = fields.get("text") or "", fields.get("kind") or "text"
    if kind not in KINDS:
        raise BadRequest(f"kind must be one of {', '.join(KINDS)}")
    if not isinstance(text, str) or (kind == "text" and not text):
        raise BadRequest("text must not be empty")
    texts = {name: fields.get(name) or "" for name in ("button", "transport")}
    channel_id = fields.get("channel_id") or 0
    if not all(isinstance(one, str) for one in texts.values()) or not isinstance(channel_id, int):
        raise BadRequest("button and transport must be text, channel_id a number")
    if channel_id and channel_id not in desk.books.channels:
        raise BadRequest("there is no such channel")
    return Words(text, kind, **texts, channel_id=channel_id, tells_number=fields.get("tells_number", True))


async def operator(desk: Desk, request: Request) -> dict[str, Any]:
    """Somebody at the account writes; {"close": true} ends the dialog afterwards."""
    fields, digits = await body_of(request), digits_in(request.path_params["digits"])
    text, close = fields.get("text"), bool(fields.get("close"))
    if not (isinstance(text, str) and text) and not close:
        raise BadRequest("text must not be empty")
    client, _ = find_or_add(desk, digits)
    sent = send_as_operator(desk, client, fields.get("operator_id") or OPERATOR_ID, text) if text else None
    if close and client.dialog is not None:
        desk.close_dialog(client.dialog)
    return {"message_id": sent.id if sent else None}


async def refuse(desk: Desk, request: Request) -> dict[str, Any]:
    """The next message to this phone is accepted and then refused inside the chat."""
    reason = (await body_of(request)).get("reason") or desk.switches.refusal_text
    if not isinstance(reason, str):
        raise BadRequest("reason must be text")
    phone = desk.phones.at(digits_in(request.path_params["digits"]))
    phone.refusals.append(reason)
    return {"waiting": len(phone.refusals)}


async def set_messenger(desk: Desk, request: Request) -> dict[str, Any]:
    """{"is": "works", "refuses", "silent", or "" for as everywhere}: the messenger of this one phone."""
    state = (await body_of(request)).get("is")
    if state not in ("", *OF_ONE_PHONE):
        raise BadRequest(f"is must be one of {', '.join(OF_ONE_PHONE)}, or empty")
    desk.phones.at(digits_in(request.path_params["digits"])).messenger = state
    desk.changed()
    return {"is": state}


async def imported(desk: Desk, request: Request) -> dict[str, Any]:
    """The company brings its old conversations over from another system."""
    text = (await body_of(request)).get("text")
    if not isinstance(text, str) or not text:
        raise BadRequest("text must not be empty")
    return {"message_id": import_message(desk, digits_in(request.path_params["digits"]), text).id}


async def judge_template(desk: Desk, request: Request) -> dict[str, Any]:
    """The provider approves, rejects or pauses a WhatsApp template."""
    name, status = request.path_params["name"], (await body_of(request)).get("status")
    if not isinstance(status, str) or not status:
        raise BadRequest("status must be text")
    if not desk.templates.judge(name, status):
        raise BadRequest(f"there is no template {name}")
    return {"name": name, "status": status}


async def blacklist(desk: Desk, request: Request) -> dict[str, Any]:
    """An operator puts the client on the black list."""
    client, _ = find_or_add(desk, digits_in(request.path_params["digits"]))
    desk.hooks.emit(news.client_event("client_added_to_blacklist", client))
    return {"client_id": client.id}


async def outbox(desk: Desk, request: Request) -> dict[str, Any]:
    limit = min(number_of(request, "limit", 500), MOST_OUTBOX)
    arrived = desk.phones.arrived_after(number_of(request, "after", 0), limit)
    return {"messages": [{"phone": message.client.owner, **_bubble(message)} for message in arrived]}

"""The control routes of the phones: play the client, the operator, or a messenger that refuses."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.chat2desk import shapes
from sandbox.chat2desk.books import OPERATOR_ID
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Message
from sandbox.chat2desk.phones import Phone, digits_of
from sandbox.chat2desk.sending import send_as_operator
from sandbox.chat2desk.writing import KINDS, client_writes, find_or_add, look

Act = Callable[[Desk, Request], Awaitable[dict[str, Any]]]
MOST_OUTBOX = 5000


class BadRequest(Exception):
    """The text goes to the caller."""


def control_routes(desk: Desk) -> list[Route]:
    table: list[tuple[str, str, Act]] = [
        ("GET", "/sandbox/phones", phones),
        ("POST", "/sandbox/phones/messages", write_many),
        ("GET", "/sandbox/phones/{digits}", chat),
        ("POST", "/sandbox/phones/{digits}/messages", write),
        ("POST", "/sandbox/phones/{digits}/operator", operator),
        ("POST", "/sandbox/phones/{digits}/refuse", refuse),
        ("POST", "/sandbox/phones/{digits}/blacklist", blacklist),
        ("GET", "/sandbox/outbox", outbox),
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
    limit = _number(request, "limit", 0)
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
    phone = desk.phones.get(_digits(request.path_params["digits"]))
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
        "kind": message.kind,
        "status": message.status,
    }


async def write(desk: Desk, request: Request) -> dict[str, Any]:
    fields = await _body(request)
    return {"message_id": _write(desk, request.path_params["digits"], fields)}


async def write_many(desk: Desk, request: Request) -> dict[str, Any]:
    """All or nothing is written: a bad entry refuses the whole list."""
    entries = (await _body(request)).get("messages")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadRequest("messages must be a list of objects")
    for entry in entries:
        _digits(entry.get("phone"))
        _checked(entry)
    return {"messages": [{"message_id": _write(desk, entry["phone"], entry)} for entry in entries]}


def _write(desk: Desk, phone: object, fields: dict[str, Any]) -> int:
    text, kind = _checked(fields)
    return client_writes(desk, _digits(phone), text, kind).id


def _checked(fields: dict[str, Any]) -> tuple[str, str]:
    text, kind = fields.get("text") or "", fields.get("kind") or "text"
    if kind not in KINDS:
        raise BadRequest(f"kind must be one of {', '.join(KINDS)}")
    if not isinstance(text, str) or (kind == "text" and not text):
        raise BadRequest("text must not be empty")
    return text, kind


async def operator(desk: Desk, request: Request) -> dict[str, Any]:
    """Somebody at the account writes; {"close": true} ends the dialog afterwards."""
    fields, digits = await _body(request), _digits(request.path_params["digits"])
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
    reason = (await _body(request)).get("reason") or desk.switches.refusal_text
    if not isinstance(reason, str):
        raise BadRequest("reason must be text")
    phone = desk.phones.at(_digits(request.path_params["digits"]))
    phone.refusals.append(reason)
    return {"waiting": len(phone.refusals)}


async def blacklist(desk: Desk, request: Request) -> dict[str, Any]:
    """An operator puts the client on the black list."""
    client, _ = find_or_add(desk, _digits(request.path_params["digits"]))
    desk.hooks.emit(shapes.client_event("client_added_to_blacklist", client))
    return {"client_id": client.id}


async def outbox(desk: Desk, request: Request) -> dict[str, Any]:
    limit = min(_number(request, "limit", 500), MOST_OUTBOX)
    arrived = desk.phones.arrived_after(_number(request, "after", 0), limit)
    return {"messages": [{"phone": message.client.phone, **_bubble(message)} for message in arrived]}


def _digits(phone: object) -> str:
    digits = digits_of(phone) if isinstance(phone, str) else ""
    if not 10 <= len(digits) <= 14:
        raise BadRequest("a phone has 10 to 14 digits")
    return digits


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isdecimal():
        raise BadRequest(f"{name} must be a whole number")
    return int(text) if text else default


async def _body(request: Request) -> dict[str, Any]:
    try:
        fields = await request.json() if await request.body() else {}
    except ValueError:
        raise BadRequest("body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("body is not a JSON object")
    return fields

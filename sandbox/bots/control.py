"""The control routes of a bot: play the client, break the API, look into the chats."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bots.chats import KINDS, Bubble, Chat
from sandbox.chat2desk.phones import digits_of

if TYPE_CHECKING:
    from sandbox.bots.bot import Bot

Fields = dict[str, Any]
Act = Callable[["Bot", Request, Fields], Fields]


def control_routes(bot: "Bot") -> list[Route]:
    table: list[tuple[str, str, Act]] = [
        ("GET", "chats", chats),
        ("POST", "chats/open", open_chat),
        ("GET", "chats/{chat:int}", look),
        ("POST", "chats/{chat:int}/messages", write),
        ("POST", "chats/{chat:int}/edit", edit),
        ("POST", "chats/{chat:int}/block", block),
        ("POST", "chats/{chat:int}/delete", delete),
        ("GET", "switches", switches),
        ("POST", "switches", set_switches),
        ("POST", "faults", add_fault),
        ("DELETE", "faults", clear_faults),
        ("GET", "ledger", lambda bot, _, __: bot.ledger()),
    ]
    return [
        Route(f"/sandbox/{bot.name}/{path}", _endpoint(bot, act), methods=[method])
        for method, path, act in table
    ]


def _endpoint(bot: "Bot", act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(act(bot, request, await _fields(request)))
        except ValueError as problem:
            return JSONResponse({"error": str(problem)}, 400)

    return answer


def chats(bot: "Bot", _: Request, __: Fields) -> Fields:
    """The chat that changed last comes first."""
    return {"bot": bot.nick, "chats": [_chat_row(chat) for chat in bot.chats.latest_first()]}


def open_chat(bot: "Bot", _: Request, fields: Fields) -> Fields:
    """By {"link"} or {"payload"}.

    {"chat"} is a person who is there already, {"phone"} whoever has this phone; else it is a new one with
    {"name"}.
    """
    by_link = "link" in fields
    payload = bot.payload_of(_text(fields, "link")) if by_link else _text(fields, "payload", "")
    return _chat_row(bot.open_chat(payload, _person(bot, fields)))


def _person(bot: "Bot", fields: Fields) -> Chat:
    if "chat" in fields:
        return _chat(bot, fields["chat"])
    phone, name = digits_of(_text(fields, "phone", "")), _text(fields, "name", "")
    return (bot.chats.of_phone(phone) if phone else None) or bot.chats.new(name, phone)


def look(bot: "Bot", request: Request, _: Fields) -> Fields:
    """Opens the chat, so everything in it is read; ?peek=1 looks without reading."""
    chat = _named(bot, request)
    if not request.query_params.get("peek"):
        bot.look(chat)
    return {**_chat_row(chat), "messages": [_bubble_row(one) for one in chat.bubbles]}


def write(bot: "Bot", request: Request, fields: Fields) -> Fields:
    """{"text", "kind"}: without a kind it is text; beside another kind the text is its caption."""
    text, kind = _text(fields, "text", ""), fields.get("kind") or "text"
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if kind == "text" and not text:
        raise ValueError("text must not be empty")
    return {"message_id": bot.write(_named(bot, request), text, kind).id}


def edit(bot: "Bot", request: Request, fields: Fields) -> Fields:
    """{"message_id", "text"}"""
    number = fields.get("message_id")
    if not isinstance(number, int):
        raise ValueError("message_id must be a number")
    bot.edit(_named(bot, request), number, _text(fields, "text"))
    return {"message_id": number}


def block(bot: "Bot", request: Request, _: Fields) -> Fields:
    chat = _named(bot, request)
    bot.block(chat)
    return _chat_row(chat)


def delete(bot: "Bot", request: Request, _: Fields) -> Fields:
    chat = _named(bot, request)
    bot.delete(chat)
    return _chat_row(chat)


def switches(bot: "Bot", _: Request, __: Fields) -> Fields:
    return dict(bot.switches.all())


def set_switches(bot: "Bot", request: Request, fields: Fields) -> Fields:
    known = bot.switches.all()
    if unknown := [name for name in fields if name not in known]:
        raise ValueError(f"unknown switch {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    for name, value in fields.items():
        bot.switches.set(name, value)
    return switches(bot, request, {})


def add_fault(bot: "Bot", _: Request, fields: Fields) -> Fields:
    """{"match": "POST /path" or "/path", * as a wildcard, "how", "times", "skip"}"""
    bot.faults.add(fields)
    return {"added": 1}


def clear_faults(bot: "Bot", _: Request, __: Fields) -> Fields:
    bot.faults.clear()
    return {"cleared": True}


def _chat_row(chat: Chat) -> Fields:
    last = chat.bubbles[-1] if chat.bubbles else None
    return {
        "chat": chat.id,
        "user": chat.user_id,
        "name": chat.name,
        "phone": chat.phone,
        "unread": chat.unread,
        "open": chat.is_open,
        "blocked": chat.blocked,
        "deleted": chat.deleted,
        "last_text": last.text if last else "",
        "last_at": last.at.isoformat() if last else None,
    }


def _bubble_row(bubble: Bubble) -> Fields:
    return {
        "id": bubble.id,
        "at": bubble.at.isoformat(),
        "from": bubble.author,
        "text": bubble.text,
        "kind": bubble.kind,
        "file": bubble.file,
        "edited": bubble.edited_at is not None,
        "preview": bubble.preview,
    }


def _named(bot: "Bot", request: Request) -> Chat:
    return _chat(bot, request.path_params["chat"])


def _chat(bot: "Bot", number: object) -> Chat:
    chat = bot.chats.get(number) if isinstance(number, int) else None
    if chat is None:
        raise ValueError(f"there is no chat {number}")
    return chat


def _text(fields: Fields, name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise ValueError(f"{name} must be text")
    return value


async def _fields(request: Request) -> Fields:
    raw = await request.body()
    fields = json.loads(raw) if raw else {}
    if not isinstance(fields, dict):
        raise ValueError("the body must be a JSON object")
    return fields

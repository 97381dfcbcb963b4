"""The methods of the bot API that a survey needs (dev.max.ru/docs-api)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.bots.chats import Chat
from sandbox.max import shapes

if TYPE_CHECKING:
    from sandbox.max.account import MaxBot

LONGEST_TEXT = 4000
SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")
Answer = dict[str, Any]


class ApiError(Exception):
    """The bot is refused with this status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Call:
    """What stands in the query, and what in the body."""

    query: dict[str, str]
    body: dict[str, Any]

    def number(self, name: str) -> int | None:
        """None when absent; ApiError when it is no whole number."""
        text = self.query.get(name)
        if text is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise ApiError(400, "proto.payload", f"Invalid {name}")
        return int(text)


def get_me(bot: "MaxBot", _: Call) -> Answer:
    return bot.me


def send_message(bot: "MaxBot", call: Call) -> Answer:
    chat, text = _open_dialog(bot, call), call.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(400, "proto.payload", "text: must not be empty")
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise ApiError(400, "proto.payload", "text: size must be between 0 and 4000")
    if bot.limits.wait_in(chat.id):
        raise ApiError(429, "too.many.requests", "Too many requests")
    bubble = bot.deliver(chat, text, preview=call.query.get("disable_link_preview") != "true")
    return {"message": shapes.message(chat, bubble, bot.me, chat.user_id)}


def get_messages(bot: "MaxBot", call: Call) -> Answer:
    """The newest first; a person's messages and ours."""
    chat, count, now = _open_dialog(bot, call), call.number("count") or 50, bot.clock.now()
    newest = list(reversed(chat.bubbles))[: min(count, 100)]
    return {
        "messages": [
            shapes.message(chat, one, bot.me, chat.user_id)
            if one.author == "us"
            else shapes.message(chat, one, shapes.person(chat, now), bot.id)
            for one in newest
        ]
    }


def get_subscriptions(bot: "MaxBot", _: Call) -> Answer:
    return {
        "subscriptions": [
            {"url": one.url, "time": shapes.millis(one.since), "update_types": list(one.kinds) or None}
            for one in bot.hooks.all()
        ]
    }


def subscribe(bot: "MaxBot", call: Call) -> Answer:
    url, secret, kinds = (call.body.get(name) for name in ("url", "secret", "update_types"))
    if not isinstance(url, str) or not (url.startswith("https://") or bot.switches.plain_http):
        raise ApiError(400, "proto.payload", "url: must start with https://")
    if secret is not None and not (isinstance(secret, str) and SECRET.fullmatch(secret)):
        raise ApiError(400, "proto.payload", "secret: must match ^[a-zA-Z0-9_-]{5,256}$")
    bot.hooks.subscribe(url, secret or "", kinds if isinstance(kinds, list) else [])
    return {"success": True}


def unsubscribe(bot: "MaxBot", call: Call) -> Answer:
    done = bot.hooks.unsubscribe(call.query.get("url", ""))
    return {"success": True} if done else {"success": False, "message": "Subscription not found"}


def _open_dialog(bot: "MaxBot", call: Call) -> Chat:
    """By the number of the dialog or of the person; a bot has no dialog with whoever has not opened it."""
    chat_id, user_id = call.number("chat_id"), call.number("user_id")
    if chat_id is None and user_id is None:
        raise ApiError(400, "proto.payload", "Unknown recipient")
    chat = bot.chats.get(chat_id) if chat_id is not None else bot.by_user(user_id or 0)
    if chat is None or not chat.is_open:
        code = "chat.not.found" if chat_id is not None else "dialog.not.found"
        raise ApiError(404, code, f"Key: error.{code.partition('.')[0]}.notfound")
    if chat.blocked:
        raise ApiError(403, "chat.denied", f"Key: error.dialog.suspended, args: [{chat.user_id},].")
    return chat


METHODS: dict[str, Callable[["MaxBot", Call], Answer]] = {
    "GET /me": get_me,
    "POST /messages": send_message,
    "GET /messages": get_messages,
    "GET /subscriptions": get_subscriptions,
    "POST /subscriptions": subscribe,
    "DELETE /subscriptions": unsubscribe,
}

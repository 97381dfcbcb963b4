"""The methods of the Bot API that a survey needs (core.telegram.org/bots/api)."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.bots.chats import Chat
from sandbox.telegram import shapes

if TYPE_CHECKING:
    from sandbox.telegram.account import TelegramBot

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
PHOTOS, DOCUMENTS = (".jpg", ".jpeg", ".png", ".webp"), (".pdf", ".zip", ".gif")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
Fields = dict[str, Any]


class ApiError(Exception):
    """The bot is refused with this status and description; `wait` seconds belong to a 429."""

    def __init__(self, status: int, description: str, wait: float = 0.0) -> None:
        super().__init__(description)
        self.status, self.wait = status, wait


def get_me(bot: "TelegramBot", _: Fields) -> Fields:
    return {"result": bot.me}


def send_message(bot: "TelegramBot", fields: Fields) -> Fields:
    chat, text = _open_chat(bot, fields.get("chat_id")), str(fields.get("text") or "").strip()
    if not text:
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    if wait := bot.limits.wait_in(chat.id):
        raise ApiError(429, "Too Many Requests", wait)
    bubble = bot.deliver(
        chat, text, preview=not _structured(fields, "link_preview_options").get("is_disabled")
    )
    return {"result": shapes.message(chat, bubble, bot.me)}


def send_photo(bot: "TelegramBot", fields: Fields) -> Fields:
    return _send_file(bot, fields, "photo", PHOTOS)


def send_document(bot: "TelegramBot", fields: Fields) -> Fields:
    return _send_file(bot, fields, "document", DOCUMENTS)


def _send_file(bot: "TelegramBot", fields: Fields, kind: str, endings: tuple[str, ...]) -> Fields:
    """Telegram fetches the address itself; the sandbox does not, and goes by what the address looks like."""
    chat, address = _open_chat(bot, fields.get("chat_id")), str(fields.get(kind) or "")
    caption = str(fields.get("caption") or "")
    if not address.startswith(("https://", "http://")):
        raise ApiError(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
    if not urlsplit(address).path.lower().endswith(endings):
        raise ApiError(400, "Bad Request: failed to get HTTP URL content")
    if len(caption.encode("utf-16-le")) // 2 > LONGEST_CAPTION:
        raise ApiError(400, "Bad Request: message caption is too long")
    if wait := bot.limits.wait_in(chat.id):
        raise ApiError(429, "Too Many Requests", wait)
    shown_as = "photo" if kind == "photo" else "file"
    bubble = bot.deliver(chat, caption, preview=False, kind=shown_as, file=address)
    return {"result": shapes.message(chat, bubble, bot.me)}


def _open_chat(bot: "TelegramBot", number: object) -> Chat:
    if number in (None, ""):
        raise ApiError(400, "Bad Request: chat_id is empty")
    chat = bot.chats.get(int(str(number))) if re.fullmatch(r"-?\d{1,18}", str(number)) else None
    if chat is None:
        raise ApiError(400, "Bad Request: chat not found")
    if chat.deleted:
        raise ApiError(403, "Forbidden: user is deactivated")
    if not chat.is_open:
        raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
    if chat.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return chat


def set_webhook(bot: "TelegramBot", fields: Fields) -> Fields:
    url, secret = str(fields.get("url") or ""), str(fields.get("secret_token") or "")
    if not url:
        return delete_webhook(bot, fields)
    if not url.startswith("https://") and not bot.switches.plain_http:
        raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        raise ApiError(400, "Bad Request: secret token contains unallowed characters")
    kinds = _structured(fields, "allowed_updates")
    if _is_set(fields, "drop_pending_updates"):
        bot.hooks.forget_waiting()
    for other in bot.hooks.all():
        if other.url != url:
            bot.hooks.unsubscribe(other.url)
    bot.hooks.subscribe(url, secret, kinds if isinstance(kinds, list) else [])
    return {"result": True, "description": "Webhook was set"}


def delete_webhook(bot: "TelegramBot", fields: Fields) -> Fields:
    if _is_set(fields, "drop_pending_updates"):
        bot.hooks.forget_waiting()
    for one in bot.hooks.all():
        bot.hooks.unsubscribe(one.url)
    return {"result": True, "description": "Webhook was deleted"}


def get_webhook_info(bot: "TelegramBot", _: Fields) -> Fields:
    known = next(iter(bot.hooks.all()), None)
    info: Fields = {
        "url": known.url if known else "",
        "has_custom_certificate": False,
        "pending_update_count": bot.hooks.waiting,
    }
    if known:
        info |= {"max_connections": 40, "ip_address": "127.0.0.1"}
        info |= {"allowed_updates": list(known.kinds)} if known.kinds else {}
    if known and known.error:
        at, said = known.error
        info |= {"last_error_date": shapes.seconds(at), "last_error_message": said}
    return {"result": info}


def _structured(fields: Fields, name: str) -> Any:
    """In a form and in a query, lists and objects are written as JSON."""
    value = fields.get(name) or {}
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ApiError(400, f"Bad Request: can't parse {name} JSON object") from None


def _is_set(fields: Fields, name: str) -> bool:
    return str(fields.get(name, "")).lower() in ("true", "1")


METHODS: dict[str, Callable[["TelegramBot", Fields], Fields]] = {
    "getme": get_me,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
}

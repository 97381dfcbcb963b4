"""Updates and answers as Telegram writes them (core.telegram.org/bots/api)."""

from datetime import datetime
from typing import Any

from sandbox.bots.chats import Bubble, Chat

FILE = {"file_id": "AgACAgIAAxkBAAIB", "file_unique_id": "AQADzL0xG"}
CONTENT: dict[str, dict[str, Any]] = {
    "voice": {"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "photo": {"photo": [{**FILE, "width": 90, "height": 67}]},
    "video": {"video": {**FILE, "width": 640, "height": 360, "duration": 5}},
    "sticker": {"sticker": {**FILE, "type": "regular", "width": 512, "height": 512, "emoji": "👍"}},
    "location": {"location": {"latitude": 43.238949, "longitude": 76.889709}},
    "file": {"document": {**FILE, "file_name": "act.pdf", "mime_type": "application/pdf"}},
    "contact": {"contact": {"phone_number": "77010000000", "first_name": "Айгуль"}},
}


def me(bot_id: int, nick: str) -> dict[str, Any]:
    return {
        "id": bot_id,
        "is_bot": True,
        "first_name": "Оценка качества",
        "username": nick,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def person(chat: Chat) -> dict[str, Any]:
    return {"id": chat.user_id, "is_bot": False, "first_name": chat.name, "language_code": "ru"}


def place(chat: Chat) -> dict[str, Any]:
    return {"id": chat.id, "first_name": chat.name, "type": "private"}


def message(chat: Chat, bubble: Bubble, sender: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "message_id": bubble.id,
        "from": sender,
        "chat": place(chat),
        "date": seconds(bubble.at),
    }
    if bubble.edited_at:
        said["edit_date"] = seconds(bubble.edited_at)
    if bubble.kind == "text":
        return {**said, "text": bubble.text}
    return {**said, **CONTENT[bubble.kind], **({"caption": bubble.text} if bubble.text else {})}


def membership(chat: Chat, bot: dict[str, Any], at: datetime, before: str, after: str) -> dict[str, Any]:
    user = {name: bot[name] for name in ("id", "is_bot", "first_name", "username")}
    return {
        "chat": place(chat),
        "from": person(chat),
        "date": seconds(at),
        "old_chat_member": _member(user, before),
        "new_chat_member": _member(user, after),
    }


def _member(user: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": user, "status": status, **({"until_date": 0} if status == "kicked" else {})}


def seconds(at: datetime) -> int:
    return int(at.timestamp())

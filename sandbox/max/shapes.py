"""Updates and answers as MAX writes them (dev.max.ru/docs-api)."""

from datetime import datetime
from typing import Any

from sandbox.bots.chats import Bubble, Chat

CONTENT: dict[str, dict[str, Any]] = {
    "voice": {"type": "audio", "payload": {"url": "https://files.example.org/1.ogg", "token": "t", "id": 1}},
    "photo": {
        "type": "image",
        "payload": {"url": "https://files.example.org/1.jpg", "token": "t", "photo_id": 1},
    },
    "video": {"type": "video", "payload": {"url": "https://files.example.org/1.mp4", "token": "t", "id": 1}},
    "sticker": {"type": "sticker", "payload": {"url": "https://files.example.org/1.webp", "code": "abc"}},
    "location": {"type": "location", "latitude": 55.755814, "longitude": 37.617635},
    "file": {
        "type": "file",
        "filename": "act.pdf",
        "size": 1024,
        "payload": {"url": "https://files.example.org/1"},
    },
    "contact": {"type": "contact", "payload": {"vcf_info": "BEGIN:VCARD\r\nEND:VCARD\r\n"}},
}


def me(bot_id: int, nick: str, at: datetime) -> dict[str, Any]:
    return {
        "user_id": bot_id,
        "first_name": "Оценка качества",
        "name": "Оценка качества",
        "username": nick,
        "is_bot": True,
        "last_activity_time": millis(at),
    }


def person(chat: Chat, at: datetime) -> dict[str, Any]:
    return {
        "user_id": chat.user_id,
        "first_name": chat.name,
        "last_name": None,
        "username": None,
        "is_bot": False,
        "last_activity_time": millis(at),
    }


def message(chat: Chat, bubble: Bubble, sender: dict[str, Any], to_user: int) -> dict[str, Any]:
    attached = [] if bubble.kind == "text" else [CONTENT[bubble.kind]]
    return {
        "sender": sender,
        "recipient": {"chat_id": chat.id, "chat_type": "dialog", "user_id": to_user},
        "timestamp": millis(bubble.at),
        "body": {"mid": mid(chat, bubble), "seq": bubble.id, "text": bubble.text, "attachments": attached},
    }


def mid(chat: Chat, bubble: Bubble) -> str:
    return f"mid.{chat.id:016x}{bubble.id:016x}"


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)

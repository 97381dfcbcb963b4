"""The people who have opened the bot, their chats, and what stands in them."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime

KINDS = ("text", "voice", "photo", "video", "sticker", "location", "file", "contact")


@dataclass(slots=True, eq=False)
class Bubble:
    """One message as the client sees it; `author` is us or client."""

    id: int
    author: str
    text: str
    at: datetime
    kind: str = "text"
    edited_at: datetime | None = None
    preview: bool = False  # the messenger fetched a link in it
    file: str = ""  # address of what came along


@dataclass(slots=True, eq=False)
class Chat:
    """One person and the bot. Until the person has opened it, the bot cannot write.

    `phone` is whose messenger this is, in digits: the sandbox knows, the bot is never told. `unread` counts
    what arrived since the person last looked.
    """

    id: int
    user_id: int
    name: str
    phone: str = ""
    unread: int = 0
    is_open: bool = False
    blocked: bool = False
    deleted: bool = False  # the account, or the dialog, is gone
    bubbles: list[Bubble] = field(default_factory=list)


class Chats:
    """Every chat by its number, the one that changed last at the end. Numbers of messages grow for ever."""

    def __init__(self, first_user: int, first_message: int, chat_offset: int = 0) -> None:
        """`chat_offset`: what is added to a person's number to make the chat's; 0 where they are the same."""
        self._users = itertools.count(first_user)
        self._messages = itertools.count(first_message)
        self._offset = chat_offset
        self._chats: dict[int, Chat] = {}

    def get(self, number: int) -> Chat | None:
        return self._chats.get(number)

    def new(self, name: str = "", phone: str = "") -> Chat:
        """A person who has the messenger, and has not opened the bot yet."""
        user = next(self._users)
        chat = Chat(user + self._offset, user, name or f"Клиент {user % 1000}", phone)
        self._chats[chat.id] = chat
        return chat

    def of_phone(self, phone: str) -> Chat | None:
        """The last chat of whoever has this phone."""
        return next((chat for chat in self.latest_first() if chat.phone == phone), None)

    def latest_first(self) -> list[Chat]:
        return list(reversed(self._chats.values()))

    def add(self, chat: Chat, author: str, text: str, at: datetime, kind: str = "text") -> Bubble:
        bubble = Bubble(next(self._messages), author, text, at, kind)
        chat.bubbles.append(bubble)
        self._chats[chat.id] = self._chats.pop(chat.id)
        return bubble

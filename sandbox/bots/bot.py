"""A simulated bot: what people do with it, and what the rest of the sandbox sees of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from starlette.routing import Route

from sandbox.bots.chats import Bubble, Chat, Chats
from sandbox.bots.control import control_routes
from sandbox.bots.hooks import Habits, Hooks
from sandbox.bots.limits import Limits
from sandbox.bots.switches import Switches
from sandbox.faults import Faults
from sandbox.sender import Clock, Sender


class CannotDo(ValueError):
    """A person cannot do this at this moment; the text says why."""


class Bot(ABC):
    """One bot and the people who use it; `token` opens its API, `nick` stands in its links."""

    name: ClassVar[str]  # of the messenger, in the control paths
    habits: ClassVar[Habits]
    ways_to_fail: ClassVar[Sequence[str]]  # of its door

    def __init__(self, clock: Clock, sender: Sender, token: str, nick: str, chats: Chats) -> None:
        self.clock, self.token, self.nick, self.chats = clock, token, nick, chats
        self.switches = Switches()
        self.faults = Faults(self.ways_to_fail)
        self.limits = Limits(clock, self.switches)
        self.hooks = Hooks(clock, sender, self.switches, self.habits)
        self.version = 1  # grows with every change that a chat would show
        self.tally = {"requests": 0, "messages_sent": 0, "refused": 0, "rate_limited": 0}

    @abstractmethod
    def routes(self) -> list[Route]:
        """Every path of the API, for mounting under a prefix."""

    def control_routes(self) -> list[Route]:
        """Absolute /sandbox/{name}/... paths."""
        return control_routes(self)

    def ledger(self) -> dict[str, Any]:
        """Counters since the start."""
        by_chat = {
            chat.id: sum(one.author == "us" for one in chat.bubbles) for chat in self.chats.latest_first()
        }
        waiting = {"hooks_waiting": self.hooks.waiting, "hooks_given_up": self.hooks.given_up}
        return {**self.tally, **waiting, "by_chat": by_chat}

    # What people do.

    def payload_of(self, link: str) -> str:
        """What a link to the bot carries. CannotDo for another bot's link."""
        parts = urlsplit(link)
        if parts.path.strip("/").rpartition("/")[2].lower() != self.nick.lower():
            raise CannotDo(f"this link leads to another bot than {self.nick}")
        return parse_qs(parts.query).get("start", [""])[0]

    def open_chat(self, payload: str, chat: Chat) -> Chat:
        """A person presses the bot's button; whoever had blocked the bot lets it in again."""
        if chat.deleted:
            raise CannotDo("this account is gone")
        back, chat.is_open, chat.blocked = chat.blocked, True, False
        self.tell_opened(chat, payload, back=back)
        self.version += 1
        return chat

    def write(self, chat: Chat, text: str, kind: str = "text") -> Bubble:
        """CannotDo before the chat was opened."""
        if not chat.is_open or chat.blocked or chat.deleted:
            raise CannotDo("the chat with the bot is not open")
        bubble = self.chats.add(chat, "client", text, self.clock.now(), kind)
        self.tell_written(chat, bubble)
        self.version += 1
        return bubble

    def edit(self, chat: Chat, message_id: int, text: str) -> None:
        """A client mends words of their own."""
        bubble = next((one for one in chat.bubbles if one.id == message_id), None)
        if bubble is None or bubble.author != "client" or not chat.is_open:
            raise CannotDo("no message of this client has that number")
        bubble.text, bubble.edited_at = text, self.clock.now()
        self.tell_edited(chat, bubble)
        self.version += 1

    def look(self, chat: Chat) -> None:
        """The person reads everything; a bot does not hear of it."""
        self.version += bool(chat.unread)
        chat.unread = 0

    def block(self, chat: Chat) -> None:
        chat.blocked = True
        self.tell_blocked(chat)
        self.version += 1

    @abstractmethod
    def delete(self, chat: Chat) -> None:
        """The person deletes the account (Telegram), or the dialog (MAX)."""

    # What the webhooks hear of it.

    @abstractmethod
    def tell_opened(self, chat: Chat, payload: str, *, back: bool) -> None: ...

    @abstractmethod
    def tell_written(self, chat: Chat, bubble: Bubble) -> None: ...

    @abstractmethod
    def tell_edited(self, chat: Chat, bubble: Bubble) -> None: ...

    @abstractmethod
    def tell_blocked(self, chat: Chat) -> None: ...

    # What the bot does.

    def deliver(self, chat: Chat, text: str, *, preview: bool, kind: str = "text", file: str = "") -> Bubble:
        """A message of ours reaches the client."""
        bubble = self.chats.add(chat, "us", text, self.clock.now(), kind)
        bubble.file = file
        bubble.preview = preview and "http" in text
        chat.unread += 1
        self.tally["messages_sent"] += 1
        self.version += 1
        return bubble

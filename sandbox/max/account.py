"""The simulated bot of MAX as the rest of the sandbox sees it."""

from datetime import timedelta
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.bots.bot import Bot
from sandbox.bots.chats import Bubble, Chat, Chats
from sandbox.bots.hooks import Habits
from sandbox.max import shapes
from sandbox.max.door import WAYS_TO_FAIL, Door
from sandbox.sender import Clock, Sender

TOKEN = "sandbox-max-token-0000000000"  # noqa: S105
NICK = "id7700000000_bot"
# POST /subscriptions, "Политика повторных попыток": ten more, each 2.5 times later than the one before.
REPEATS_SECONDS = tuple(60 * 2.5**step for step in range(10))
PATIENCE = timedelta(hours=8)


class MaxBot(Bot):
    """One bot; `token` opens its API by the header Authorization."""

    name = "max"
    habits: ClassVar = Habits("X-Max-Bot-Api-Secret", REPEATS_SECONDS, PATIENCE)
    ways_to_fail: ClassVar = WAYS_TO_FAIL

    def __init__(self, clock: Clock, sender: Sender, token: str = TOKEN, nick: str = NICK) -> None:
        chats = Chats(first_user=1001, first_message=1_160_000_000_000_001, chat_offset=200_000_000)
        super().__init__(clock, sender, token, nick, chats)
        self.switches.set("chat_messages_per_second", 2)
        self.id = 3003

    def routes(self) -> list[Route]:
        door = Door(self)
        return [
            Route("/me", door.answer, methods=["GET"]),
            Route("/messages", door.answer, methods=["GET", "POST"]),
            Route("/subscriptions", door.answer, methods=["GET", "POST", "DELETE"]),
        ]

    @property
    def me(self) -> dict[str, Any]:
        return shapes.me(self.id, self.nick, self.clock.now())

    def by_user(self, user_id: int) -> Chat | None:
        return next((chat for chat in self.chats.latest_first() if chat.user_id == user_id), None)

    def delete(self, chat: Chat) -> None:
        """The person deletes the dialog, and that stops the bot; a link opens it again."""
        self._tell("dialog_removed", chat)
        self.block(chat)

    def tell_opened(self, chat: Chat, payload: str, *, back: bool) -> None:
        """A button, not a message; a link too long carries nothing."""
        carried = {"payload": payload} if 0 < len(payload) <= 512 else {}
        self._tell("bot_started", chat, **carried)

    def tell_written(self, chat: Chat, bubble: Bubble) -> None:
        self._tell_message("message_created", chat, bubble)

    def tell_edited(self, chat: Chat, bubble: Bubble) -> None:
        self._tell_message("message_edited", chat, bubble)

    def tell_blocked(self, chat: Chat) -> None:
        self._tell("bot_stopped", chat)

    def _tell_message(self, kind: str, chat: Chat, bubble: Bubble) -> None:
        now = self.clock.now()
        message = shapes.message(chat, bubble, shapes.person(chat, now), self.id)
        update = {
            "update_type": kind,
            "timestamp": shapes.millis(now),
            "message": message,
            "user_locale": "ru",
        }
        self.hooks.emit(kind, update)

    def _tell(self, kind: str, chat: Chat, **more: Any) -> None:
        now = self.clock.now()
        update = {
            "update_type": kind,
            "timestamp": shapes.millis(now),
            "chat_id": chat.id,
            "user": shapes.person(chat, now),
            **more,
            "user_locale": "ru",
        }
        self.hooks.emit(kind, update)

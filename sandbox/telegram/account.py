"""The simulated bot of Telegram as the rest of the sandbox sees it."""

import itertools
import re
from typing import Any, ClassVar

from starlette.routing import Route

from sandbox.bots.bot import Bot
from sandbox.bots.chats import Bubble, Chat, Chats
from sandbox.bots.hooks import Habits
from sandbox.sender import Clock, Sender
from sandbox.telegram import shapes
from sandbox.telegram.door import WAYS_TO_FAIL, Door

TOKEN = "700100200:sandbox-telegram-token-000000"  # noqa: S105
NICK = "sandbox_quality_bot"
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Telegram names no schedule, only that it gives up after "a reasonable amount of attempts".
REPEATS_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 3600.0, 3600.0, 3600.0, 3600.0, 3600.0)


class TelegramBot(Bot):
    """One bot; `token` opens its API under /bot{token}/."""

    name = "telegram"
    habits: ClassVar = Habits("X-Telegram-Bot-Api-Secret-Token", REPEATS_SECONDS, keeps=True)
    ways_to_fail: ClassVar = WAYS_TO_FAIL

    def __init__(self, clock: Clock, sender: Sender, token: str = TOKEN, nick: str = NICK) -> None:
        super().__init__(clock, sender, token, nick, Chats(first_user=5_100_000_001, first_message=1))
        self.id = int(token.partition(":")[0])
        self._updates = itertools.count(871_000_001)

    def routes(self) -> list[Route]:
        return [Route("/bot{token}/{method}", Door(self).answer, methods=["GET", "POST"])]

    @property
    def me(self) -> dict[str, Any]:
        return shapes.me(self.id, self.nick)

    def delete(self, chat: Chat) -> None:
        """The person deletes the account; no update tells of it."""
        chat.deleted = True
        self.version += 1

    def tell_opened(self, chat: Chat, payload: str, *, back: bool) -> None:
        """The button sends /start and what the link carries; a link with anything else carries nothing."""
        if back:
            self._tell_membership(chat, "kicked", "member")
        carried = f" {payload}" if PAYLOAD.fullmatch(payload) else ""
        bubble = self.chats.add(chat, "client", f"/start{carried}", self.clock.now())
        self.tell_written(chat, bubble)

    def tell_written(self, chat: Chat, bubble: Bubble) -> None:
        self._tell("message", shapes.message(chat, bubble, shapes.person(chat)))

    def tell_edited(self, chat: Chat, bubble: Bubble) -> None:
        self._tell("edited_message", shapes.message(chat, bubble, shapes.person(chat)))

    def tell_blocked(self, chat: Chat) -> None:
        self._tell_membership(chat, "member", "kicked")

    def _tell_membership(self, chat: Chat, before: str, after: str) -> None:
        self._tell("my_chat_member", shapes.membership(chat, self.me, self.clock.now(), before, after))

    def _tell(self, kind: str, what: dict[str, Any]) -> None:
        self.hooks.emit(kind, {"update_id": next(self._updates), kind: what})

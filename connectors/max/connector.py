"""MAX as the engine sees it: messages through a bot, and what clients write to it."""

from collections.abc import Sequence

import httpx

from connectors.bots.bot import Bot
from connectors.bots.door import admit
from connectors.max import doctor, hooks, search, watch
from connectors.max.client import Client
from connectors.max.settings import MaxSettings
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import SendMessage
from qc_engine.ports import (
    Arrival,
    Broken,
    CannotTell,
    Connector,
    Finding,
    Job,
    OutcomeUnknown,
    Pace,
    Refused,
    Request,
    Search,
    TryLater,
)

NAME = "max"
CHANNEL = Channel(NAME, by_phone=False, answers=True, receipts=False, longest=4000)
HEADER = "X-Max-Bot-Api-Secret"
SEARCH_LIMIT = 50


class Max(Bot):
    """Over the bots' API of MAX."""

    channel = CHANNEL

    def __init__(
        self,
        settings: MaxSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        self.settings, self.client = settings, Client(settings, clock, pace, http)
        super().__init__(settings, clock, self.client.send_message, hook_url)

    def find(self, job: Job) -> Search:
        """Look for the message among the newest ones of the chat."""
        if not isinstance(job.effect, SendMessage) or job.first_tried_at is None:
            return CannotTell("max: not known what was sent, or when")
        if self.settings.recipient != "chat_id":
            return CannotTell("max: the number of the dialog is not known")
        try:
            messages = self.client.messages_of(job.effect.address, SEARCH_LIMIT)
        except (TryLater, Refused, Broken, OutcomeUnknown) as problem:
            return CannotTell(str(problem))
        return search.among(messages, job.effect.in_words, since=job.first_tried_at, limit=SEARCH_LIMIT)

    def parse(self, request: Request) -> Sequence[Arrival]:
        admit(request, HEADER, self.settings, NAME)
        return hooks.read_hook(request.body, self.clock.now(), self.settings.recipient)

    def keep_webhook(self, hook_url: str, cursor: str) -> str:
        return watch.keep_webhook(self.client, hook_url, cursor)

    def doctor(self) -> Sequence[Finding]:
        return doctor.examine(self.client, self.hook_url)


def connector(
    settings: MaxSettings,
    clock: Clock,
    pace: Pace,
    http: httpx.Client | None = None,
    hook_url: str | None = None,
) -> Connector:
    """The bot with all its doors; without `hook_url` nobody looks after the webhook."""
    return Max(settings, clock, pace, http, hook_url).connector()

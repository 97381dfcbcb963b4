"""Telegram as the engine sees it: messages through a bot, and what clients write to it."""

from collections.abc import Sequence

import httpx

from connectors.bots.bot import Bot
from connectors.bots.door import admit
from connectors.bots.sending import no_files
from connectors.telegram import doctor, hooks, watch
from connectors.telegram.client import Client
from connectors.telegram.files import goes_as_file
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.ports import Arrival, CannotTell, Connector, Finding, Job, Pace, Request, Search

NAME = "telegram"
CHANNEL = Channel(NAME, by_phone=False, answers=True, receipts=False)
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Telegram(Bot):
    """Over the Bot API."""

    channel = CHANNEL

    def __init__(
        self,
        settings: TelegramSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        self.settings, self.client = settings, Client(settings, clock, pace, http)
        carries = goes_as_file if settings.files else no_files
        super().__init__(settings, clock, self.client.send_message, hook_url, carries)

    def find(self, job: Job) -> Search:
        """A bot cannot look back into its chats."""
        return CannotTell("telegram: the Bot API shows no messages that were sent")

    def parse(self, request: Request) -> Sequence[Arrival]:
        admit(request, HEADER, self.settings, NAME)
        return hooks.read_hook(request.body, self.clock.now())

    def keep_webhook(self, hook_url: str, cursor: str) -> str:
        return watch.keep_webhook(self.client, hook_url, cursor)

    def doctor(self) -> Sequence[Finding]:
        return doctor.examine(self.client, self.hook_url, self.clock.now())


def connector(
    settings: TelegramSettings,
    clock: Clock,
    pace: Pace,
    http: httpx.Client | None = None,
    hook_url: str | None = None,
) -> Connector:
    """The bot with all its doors; without `hook_url` nobody looks after the webhook."""
    return Telegram(settings, clock, pace, http, hook_url).connector()

"""Telegram as the engine sees it: messages through a bot, and what clients write to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx

from connectors.bots.door import admit
from connectors.bots.sending import Sending, invitation, takes
from connectors.telegram import doctor, hooks, watch
from connectors.telegram.client import Client
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import (
    Arrival,
    CannotTell,
    Connector,
    Finding,
    Job,
    Outcome,
    Pace,
    Poll,
    Polled,
    Request,
    Search,
)

NAME = "telegram"
CHANNEL = Channel(NAME, by_phone=False, answers=True, receipts=False)
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Telegram:
    """One bot; an address is the number of a person's chat with it."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1

    def __init__(
        self,
        settings: TelegramSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        """`hook_url` is our public door: https://…/hooks/telegram."""
        self.settings = settings
        self.clock = clock
        self.hook_url = hook_url.rstrip("/") if hook_url else None
        self.client = Client(settings, clock, pace, http)
        self.sending = Sending(NAME, settings, clock, self.client.send_message)

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return self.sending.perform(jobs)

    def find(self, job: Job) -> Search:
        """A bot cannot look back into its chats."""
        return CannotTell("telegram: the Bot API shows no messages that were sent")

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the bot's limit makes so many effects take."""
        return takes(self.settings, waiting)

    def parse(self, request: Request) -> Sequence[Arrival]:
        admit(request, HEADER, self.settings, NAME)
        return hooks.read_hook(request.body, self.clock.now())

    def watchdog(self, cursor: str, now: datetime) -> Polled:
        return Polled((), watch.keep_webhook(self.client, self.hook_url, cursor) if self.hook_url else cursor)

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
    bot = Telegram(settings, clock, pace, http, hook_url)
    return Connector(
        NAME,
        receives=bot,
        performs=bot,
        polls=(Poll("watchdog", settings.watch_every, bot.watchdog),) if hook_url else (),
        doctor=bot.doctor,
        channel=CHANNEL,
        invite=partial(invitation, settings),
    )

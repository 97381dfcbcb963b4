"""MAX as the engine sees it: messages through a bot, and what clients write to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx

from connectors.bots.door import admit
from connectors.bots.sending import Sending, invitation, takes
from connectors.max import doctor, hooks, search, watch
from connectors.max.client import Client
from connectors.max.settings import MaxSettings
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import (
    Arrival,
    Broken,
    CannotTell,
    Connector,
    Finding,
    Job,
    Outcome,
    OutcomeUnknown,
    Pace,
    Poll,
    Polled,
    Refused,
    Request,
    Search,
    TryLater,
)

NAME = "max"
CHANNEL = Channel(NAME, by_phone=False, answers=True, receipts=False)
HEADER = "X-Max-Bot-Api-Secret"
SEARCH_LIMIT = 50


class Max:
    """One bot; an address is the number of a person's dialog with it."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1

    def __init__(
        self,
        settings: MaxSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        """`hook_url` is our public door: https://…/hooks/max."""
        self.settings = settings
        self.clock = clock
        self.hook_url = hook_url.rstrip("/") if hook_url else None
        self.client = Client(settings, clock, pace, http)
        self.sending = Sending(NAME, settings, clock, self.client.send_message)

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return self.sending.perform(jobs)

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
        return search.among(messages, job.effect.text, since=job.first_tried_at, limit=SEARCH_LIMIT)

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the bot's limit makes so many effects take."""
        return takes(self.settings, waiting)

    def parse(self, request: Request) -> Sequence[Arrival]:
        admit(request, HEADER, self.settings, NAME)
        return hooks.read_hook(request.body, self.clock.now(), self.settings.recipient)

    def watchdog(self, cursor: str, now: datetime) -> Polled:
        return Polled((), watch.keep_webhook(self.client, self.hook_url, cursor) if self.hook_url else cursor)

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
    bot = Max(settings, clock, pace, http, hook_url)
    return Connector(
        NAME,
        receives=bot,
        performs=bot,
        polls=(Poll("watchdog", settings.watch_every, bot.watchdog),) if hook_url else (),
        doctor=bot.doctor,
        channel=CHANNEL,
        invite=partial(invitation, settings),
    )

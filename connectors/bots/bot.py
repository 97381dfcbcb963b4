"""A bot as the engine sees it: what is the same in every messenger."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from connectors.bots.sending import Letter, Sending, invitation, no_files, takes
from connectors.bots.settings import BotSettings
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import Arrival, Connector, Finding, Job, Outcome, Poll, Polled, Request, Search


class Bot(ABC):
    """One bot; an address is the number of a person's chat with it."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1
    channel: ClassVar[Channel]

    def __init__(
        self,
        settings: BotSettings,
        clock: Clock,
        post: Callable[[Letter], str],
        hook_url: str | None,
        carries: Callable[[SendMessage], bool] = no_files,
    ) -> None:
        """`hook_url` is our public door: https://…/hooks/NAME; without it nobody looks after the webhook."""
        self.clock = clock
        self.hook_url = hook_url.rstrip("/") if hook_url else None
        self.sending = Sending(self.channel.name, settings, clock, post, carries)

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return self.sending.perform(jobs)

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the bot's limit makes so many effects take."""
        return takes(self.sending.settings, waiting)

    def watchdog(self, cursor: str, now: datetime) -> Polled:
        return Polled((), self.keep_webhook(self.hook_url, cursor) if self.hook_url else cursor)

    def connector(self) -> Connector:
        """The bot with all its doors."""
        settings = self.sending.settings
        return Connector(
            self.channel.name,
            receives=self,
            performs=self,
            polls=(Poll("watchdog", settings.watch_every, self.watchdog),) if self.hook_url else (),
            doctor=self.doctor,
            channel=self.channel,
            invite=partial(invitation, settings),
        )

    # --- each messenger in its own way ---

    @abstractmethod
    def find(self, job: Job) -> Search:
        """Was this message sent by an attempt whose answer we lost?"""

    @abstractmethod
    def parse(self, request: Request) -> Sequence[Arrival]:
        """Raises Forbidden or Unreadable."""

    @abstractmethod
    def keep_webhook(self, hook_url: str, cursor: str) -> str:
        """Set it where it is missing, another's, or has another secret; the cursor to keep."""

    @abstractmethod
    def doctor(self) -> Sequence[Finding]: ...

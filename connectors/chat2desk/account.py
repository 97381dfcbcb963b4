"""One Chat2Desk account at work: messages to clients, and what clients and operators write."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx

from connectors.chat2desk import doctor, door, forecast, hooks, search, statuses, watch
from connectors.chat2desk.approval import Approval
from connectors.chat2desk.client import Client
from connectors.chat2desk.dialogs import Dialogs
from connectors.chat2desk.hooks import Reading
from connectors.chat2desk.letters import Letters
from connectors.chat2desk.limits import Limits
from connectors.chat2desk.memory import Notes, Remembered
from connectors.chat2desk.outage import Outage
from connectors.chat2desk.people import People
from connectors.chat2desk.reread import Reread
from connectors.chat2desk.sending import Sending
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.verdicts import Verdicts
from connectors.chat2desk.wire import Row
from qc_engine.clock import Clock
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import (
    Arrival,
    Finding,
    Job,
    Memory,
    Outcome,
    Pace,
    Polled,
    Request,
    Search,
)


class Chat2Desk:
    """One channel of one Chat2Desk account."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1

    def __init__(
        self,
        settings: Chat2DeskSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
        *,
        memory: Memory | None = None,
        templates: Sequence[str] = (),
        zone: str = "UTC",
    ) -> None:
        """`hook_url` is our public door, without the secret: https://…/hooks/chat2desk.

        `templates` are the names that the scenarios use; `zone` is the company's, for the day of daily_cap.
        """
        self.settings, self.clock, self.templates = settings, clock, templates
        self.client = Client(settings, clock, pace, http)
        self.people, self.dialogs, self.letters = People(self.client), Dialogs(self.client), Letters()
        kept = memory or Notes()
        self.limits = Limits(settings, clock, kept, zone)
        self.approval = Approval(kept)
        self.sending = Sending(self.client, clock, self.people, self.dialogs, self.letters, self.limits)
        self.verdicts = Verdicts(self.letters, self.limits, self.approval)
        self.reread = Reread(self.client, self.people.phone_of)
        self.door = f"{hook_url.rstrip('/')}/" if hook_url else None
        self.hook_url = f"{self.door}{settings.webhook_secret.get_secret_value()}" if self.door else None
        self.outage = Outage(self.client, self.hook_url or "", self.door or "", self.people.phone_of)

    # Sending

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self.sending.attempt(job) for job in jobs]

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the account's limits make so many effects take."""
        now = self.clock.now()
        begun = self.limits.begun(now).count if self.settings.daily_cap else 0
        return forecast.takes(self.settings, waiting, begun=begun, day_left=self.limits.next_day(now) - now)

    def find(self, job: Job) -> Search:
        """Look for the message where it may have gone."""
        return search.look(job, self.client, self.people)

    # Receiving

    def parse(self, request: Request) -> Sequence[Arrival]:
        now = self.clock.now()
        door.admit(request, self.settings, now)
        if self.settings.reread:
            # A body that nobody has checked teaches nothing, neither numbers nor who is in conversation.
            untaught = Reading(self.settings, now, Remembered(1), partial(self.sending.is_echo, now))
            return self._heeded(self.reread.put(hooks.read_hook(request.body, untaught)))
        arrivals = hooks.read_hook(request.body, self._reading(now))
        self.outage.heard(arrivals)
        return self._heeded(arrivals)

    # Watching

    def backfill(self, cursor: str, now: datetime) -> Polled:
        return self._kept(watch.backfill(self.client, cursor, self._reading(now), self.people.phone_of))

    def reread_some(self, cursor: str, now: datetime) -> Polled:
        polled = self.reread.poll(cursor, self._reading(now))
        self.outage.heard(polled.arrivals)
        return self._kept(polled)

    def statuses(self, cursor: str, now: datetime) -> Polled:
        if not cursor:
            return Polled((), str(self.client.newest_message_id() or 0))
        # A number is not worth a request here: the message says whose it is.
        known = self.people.known_phone
        return self._kept(statuses.poll(cursor, now, self.settings, self.client.messages_from, known))

    def watchdog(self, cursor: str, now: datetime) -> Polled:
        return (
            self._kept(self.outage.look(cursor, self._reading(now))) if self.hook_url else Polled((), cursor)
        )

    # Health

    def doctor(self) -> Sequence[Finding]:
        return doctor.examine(
            self.client, self.hook_url, self.door, self.limits, self.approval, self.templates
        )

    def _reading(self, now: datetime) -> Reading:
        echo = partial(self.sending.is_echo, now)
        return Reading(self.settings, now, self.people.phones, echo, self.letters.meant, self._noted)

    def _noted(self, row: Row, phone: str, at: datetime) -> None:
        self.dialogs.heard(row, at)
        if row["type"] == "from_client":
            self.people.wrote(row, phone, at)

    def _heeded(self, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """What the news mean for the messages to come."""
        for one in arrivals:
            self.verdicts.heed(one.event)
        return arrivals

    def _kept(self, polled: Polled) -> Polled:
        self._heeded(polled.arrivals)
        self.approval.save()
        return polled

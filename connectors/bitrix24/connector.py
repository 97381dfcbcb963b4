"""Bitrix24 as the engine sees it: deals, tasks, comments and notifications of one portal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import httpx

from connectors.bitrix24 import events, forecast
from connectors.bitrix24.access.application import Application
from connectors.bitrix24.access.connecting import Connecting
from connectors.bitrix24.access.ways import OAuthAccess
from connectors.bitrix24.calls.client import AT_ONCE, Client
from connectors.bitrix24.calls.exchange import open_http
from connectors.bitrix24.calls.operating import InRam
from connectors.bitrix24.changes import Changes
from connectors.bitrix24.doctor.doctor import Doctor
from connectors.bitrix24.doctor.wanted import Wanted
from connectors.bitrix24.finding import Finding
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.watching import WatchingNames
from connectors.bitrix24.performing import Performing
from connectors.bitrix24.polling import Polling
from connectors.bitrix24.reading import Reading
from connectors.bitrix24.segments import DealsOfSegment
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.writing import Writing
from qc_engine import ports
from qc_engine.clock import Clock
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.events import Hint

LOOK_BACK = timedelta(days=3)


def _nobody(_: Directory) -> None:
    """Nobody wants to know."""


class Bitrix24:
    """One portal, reached by an incoming webhook or as a local application.

    `hook_url` is our own door for its events; `on_names` hears when people renamed something there.
    """

    performs: frozenset[type[Effect]] = frozenset(
        {
            MoveDeal, SetFields, CreateDeal, CreateTask, CloseTask, ReopenTask, UpdateTask, NotifyStaff,
            AddComment, UpdateContact,
        }
    )  # fmt: skip

    def __init__(
        self,
        settings: Bitrix24Settings,
        clock: Clock,
        pace: ports.Pace,
        http: httpx.Client | None = None,
        *,
        memory: ports.Memory | None = None,
        hook_url: str = "",
        on_names: Callable[[Directory], None] = _nobody,
    ) -> None:
        memory, http = memory or InRam(), http or open_http(settings)
        # Stages are looked up for many jobs at once: a look for each batch would cost as much as the writes.
        self.batch_size = AT_ONCE
        self.memory = memory
        self._settings = settings
        self._clock = clock
        self._polling: Polling | None = None
        self.client = Client(settings, clock, pace, http, memory=memory)
        self.book = Book(self.client, settings)
        self.names = WatchingNames(self.client, settings, self.book, memory, on_names)
        self.reading = Reading(self.client, settings, self.book)
        self.changes = Changes(self.client, settings, self.book)
        self._segments = DealsOfSegment(self.client, settings, self.book, self.reading)
        self._finding = Finding(self.client, settings, self.book)
        writing = Writing(settings, self.book)
        self._performing = Performing(self.client, self._finding, writing, self.book, settings.batch_size)
        self.connects: Connecting | None = None
        self._application: Application | None = None
        access = self.client.access
        if isinstance(access, OAuthAccess) and settings.oauth:
            self.connects = Connecting(settings.oauth, access, memory, clock, settings.member_id)
            self._application = Application(
                settings,
                clock,
                memory,
                access,
                self.client,
                lambda other: Client(settings, clock, pace, http, access=other),
                hook_url,
            )

    def perform(self, jobs: Sequence[ports.Job]) -> Sequence[ports.Outcome]:
        """One outcome per job, in their order, in two requests for up to 50 of them."""
        return self._performing.perform(jobs)

    def find(self, job: ports.Job) -> ports.Search:
        """Was it carried out by an attempt whose answer we lost? Raises TryLater, Refused, Broken."""
        return self._finding.find(job)

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long both limits of the portal make so many effects take."""
        return forecast.takes(self._settings, self.client.operating, waiting)

    def parse(self, request: ports.Request) -> Sequence[ports.Arrival]:
        """Hints from an event of the portal. Raises Forbidden or Unreadable."""
        return events.parse(self._settings, request, self._application)

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[ports.Arrival]:
        """Facts about the deals and tasks that the hints name. Raises TryLater, Refused, Broken."""
        return self.reading.look(hints, now)

    def polls(
        self, watched_stages: Sequence[str] = (), look_back: timedelta = LOOK_BACK
    ) -> Sequence[ports.Poll]:
        """Stage history, closed tasks, the watched stages, changes, names, and the application's own."""
        polling = Polling(self.client, self._settings, self.book, self.reading, watched_stages, look_back)
        self._polling = polling
        own = [self._application.poll()] if self._application else []
        return [*polling.polls(), self.changes.poll(), self.names.poll(), *own]

    def watch(self, stages: Sequence[str], look_back: timedelta) -> None:
        """From now on these are the stages in which cases begin."""
        if self._polling:
            self._polling.watch(stages, look_back)

    def recall(self) -> None:
        """Another worker went through this door until now: its accounts and names are newer than ours."""
        self.client.operating.recall()
        self.names.follow()

    def read_for_scenarios(
        self,
        fields: Callable[[], Collection[str]],
        watched: Callable[[], Collection[str]],
        of_contacts: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Deal fields (ids) that scenarios need, those whose changes start them, and fields of cards.

        Asked anew each time.
        """
        self.reading.fields_of_scenarios, self.changes.watched = fields, watched
        self.reading.contacts.fields_of_scenarios = of_contacts

    def doctor(self, wanted: Wanted | None = None) -> Sequence[ports.Finding]:
        """Whether the portal is set up as config.yaml and the scenarios believe."""
        let_in = self._application.findings() if self._application else []
        if isinstance(self.client.access, OAuthAccess) and not self.client.access.keys.tokens():
            return let_in  # there is nothing to ask with
        return [*let_in, *Doctor(self.client, self._settings, self._clock, self.book, wanted).findings()]

    def connector(
        self,
        name: str,
        portal: str,
        watched_stages: Sequence[str] = (),
        look_back: timedelta = LOOK_BACK,
        wanted: Wanted | None = None,
    ) -> ports.Connector:
        """With all its ways; `watched_stages` are the stages in which cases begin."""
        return ports.Connector(
            name=name,
            portal=portal,
            receives=self,
            looks=self,
            segments=self._segments,
            performs=self,
            polls=self.polls(watched_stages, look_back),
            doctor=lambda: self.doctor(wanted),
            connects=self.connects,
            recall=self.recall,
        )

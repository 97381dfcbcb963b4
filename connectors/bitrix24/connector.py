"""Bitrix24 as the engine sees it: deals, tasks, comments and notifications of one portal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from connectors.bitrix24 import events
from connectors.bitrix24.client import Client
from connectors.bitrix24.doctor import Doctor
from connectors.bitrix24.finding import Finding
from connectors.bitrix24.names import FieldNames
from connectors.bitrix24.performing import Performing
from connectors.bitrix24.polling import Polling
from connectors.bitrix24.reading import Reading
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
    SetFields,
    UpdateContact,
)
from qc_engine.core.events import Hint

NAME = "bitrix24"
LOOK_BACK = timedelta(days=3)


class Bitrix24:
    """One portal, reached by its webhooks."""

    performs: frozenset[type[Effect]] = frozenset(
        {MoveDeal, SetFields, CreateDeal, CreateTask, CloseTask, NotifyStaff, AddComment, UpdateContact}
    )

    def __init__(
        self, settings: Bitrix24Settings, clock: Clock, pace: ports.Pace, http: httpx.Client | None = None
    ) -> None:
        self.batch_size = settings.batch_size
        self._settings = settings
        self._clock = clock
        self._client = Client(settings, clock, pace, http)
        self._names = FieldNames(self._client, settings)
        self._reading = Reading(self._client, settings, self._names)
        self._finding = Finding(self._client, settings, self._names)
        writing = Writing(settings, self._names)
        self._performing = Performing(self._client, self._finding, writing, self._names, settings.batch_size)

    def perform(self, jobs: Sequence[ports.Job]) -> Sequence[ports.Outcome]:
        """One outcome per job, in their order, in two requests for up to 50 of them."""
        return self._performing.perform(jobs)

    def find(self, job: ports.Job) -> ports.Search:
        """Was it carried out by an attempt whose answer we lost? Raises TryLater, Refused, Broken."""
        return self._finding.find(job)

    def parse(self, request: ports.Request) -> Sequence[ports.Arrival]:
        """Hints from an event of the outgoing webhook. Raises Forbidden or Unreadable."""
        return events.parse(self._settings, request)

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[ports.Arrival]:
        """Facts about the deals and tasks that the hints name. Raises TryLater, Refused, Broken."""
        return self._reading.look(hints, now)

    def polls(self, watched_stages: Sequence[str], look_back: timedelta) -> Sequence[ports.Poll]:
        """Stage history, closed tasks, and a scan of the watched stages."""
        polling = Polling(self._client, self._settings, self._names, self._reading, watched_stages, look_back)
        return polling.polls()

    def doctor(self, people: Sequence[int] = ()) -> Sequence[ports.Finding]:
        """Whether the portal is set up as config.yaml believes; `people` are further user ids to check."""
        return Doctor(self._client, self._settings, self._clock, self._names, people).findings()


def connector(
    settings: Bitrix24Settings,
    clock: Clock,
    pace: ports.Pace,
    watched_stages: Sequence[str] = (),
    look_back: timedelta = LOOK_BACK,
    people: Sequence[int] = (),
    http: httpx.Client | None = None,
) -> ports.Connector:
    """The portal with all its four ways; `watched_stages` are the stages in which cases begin."""
    portal = Bitrix24(settings, clock, pace, http)
    return ports.Connector(
        name=NAME,
        receives=portal,
        looks=portal,
        performs=portal,
        polls=portal.polls(watched_stages, look_back),
        doctor=lambda: portal.doctor(people),
    )

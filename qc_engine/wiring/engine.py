"""All parts of one installation put together, and the beat of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import get_args

from connectors.chat2desk import connector as chat2desk
from qc_engine.clock import Clock
from qc_engine.core.effects import Effect
from qc_engine.flow import silence
from qc_engine.flow.deliver import Deliverer, sweep, urgent
from qc_engine.flow.handle import Handler
from qc_engine.flow.library import Library
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.flow.poll import Poller
from qc_engine.flow.reconcile import Reconciler
from qc_engine.flow.silence import Silence
from qc_engine.flow.wake import wake_due
from qc_engine.ids import Ids, RandomIds
from qc_engine.ports import Connector, Performs, Poll
from qc_engine.store import schema
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace
from qc_engine.store.outbox import lane_of
from qc_engine.wiring.installation import Installation, clock_of, portals_of, secret_of
from qc_engine.wiring.portals import Portal, connectors_of, open_portal

HANDLE = "handle"
RECONCILE_EVERY = timedelta(minutes=1)  # how often to look whether the nightly pass is due


class Unperformable(Exception):
    """Some effect has no connector that performs it: the program itself is put together wrongly."""


@dataclass
class Wakes:
    """Who is told that there is work: nobody until the loops run."""

    lanes: Sequence[str] = ()
    runner: EmbeddedRunner | None = None

    def _wake(self, *names: str) -> None:
        for name in names if self.runner else ():
            assert self.runner is not None
            self.runner.wake(name)

    def events(self) -> None:
        """Something came in. Hints wait for the next tick: many about one deal cost one look."""
        self._wake(HANDLE)

    def effects(self) -> None:
        """Something is to be done outside."""
        self._wake(*self.lanes)


@dataclass
class Engine:
    """All parts of one installation, ready to run."""

    settings: Installation
    database: Database
    clock: Clock
    portals: Mapping[str, Portal]
    connectors: Sequence[Connector]
    handler: Handler
    deliverers: Sequence[Deliverer]
    pollers: Sequence[tuple[Poller, Connector]]
    reconcilers: Sequence[Reconciler]
    silence: Silence
    wakes: Wakes

    @property
    def libraries(self) -> Mapping[str, Library]:
        return {name: portal.library for name, portal in self.portals.items()}

    @property
    def scenarios(self) -> Sequence[str]:
        """The names of the active ones, of all portals."""
        return [name for library in self.libraries.values() for name in library.active]

    def tick(self) -> int:
        """Do all that can be done at this moment, in this thread: for tests and simulations."""
        done = wake_due(self.database, self.clock) + sum(poller.look() for poller, _ in self.pollers)
        done += self.handler.handle_some()
        return done + sum(one.deliver_some() for one in self.deliverers)

    def schedule(self, runner: EmbeddedRunner) -> None:
        """Every loop of the engine, each with its own beat."""
        timings = self.settings.timings
        runner.periodic("wake", timings.tick, self._wake_due)
        runner.periodic(HANDLE, timings.tick, self.handler.handle_some)
        runner.periodic("sweep", timings.lease / 4, self._sweep)
        if not self.settings.clock_file:  # a shared clock leaps: days of silence pass in a second
            runner.periodic("silence", silence.EVERY, self.silence.check)
        for deliverer in self.deliverers:
            runner.periodic(deliverer.name, timings.tick, deliverer.deliver_some)
        for reconciler in self.reconcilers:
            name = f"reconcile:{reconciler.portal}"
            runner.periodic(name, RECONCILE_EVERY, partial(self._reconcile, reconciler))
        for poller, connector in self.pollers:
            self._schedule_polls(runner, poller, connector)
        self.wakes.runner = runner

    def _schedule_polls(self, runner: EmbeddedRunner, poller: Poller, connector: Connector) -> None:
        if connector.looks:
            runner.periodic(f"{connector.name}:look", self.settings.timings.tick, poller.look)
        for poll in connector.polls:
            runner.periodic(f"{connector.name}:{poll.name}", poll.every, partial(_ask, poller, poll))

    def _wake_due(self) -> int:
        woken = wake_due(self.database, self.clock)
        if woken:
            self.wakes.events()
        return woken

    def _reconcile(self, reconciler: Reconciler) -> int:
        done = reconciler.work()
        if done:
            self.wakes.events()
        return done

    def _sweep(self) -> int:
        sweep(self.database, self.clock, self.settings.timings.settle)
        return 0


def _ask(poller: Poller, poll: Poll) -> int:
    """Once per beat: a loop that reports work is run again at once, and a poll is no such work."""
    poller.poll(poll)
    return 0


def build(settings: Installation, ids: Ids | None = None, clock: Clock | None = None) -> Engine:
    """The engine, not yet running. An empty database gets its tables.

    Raises BadScenarios, UnknownName, NamesUnread, WrongSchema, Unperformable.
    """
    clock, ids = clock or clock_of(settings), ids or RandomIds()
    database = Database(settings.database_url)
    schema.make_ready(database)
    portals = {
        name: open_portal(settings, name, portal, database, clock, ids)
        for name, portal in portals_of(settings).items()
    }
    connectors = [*(one.connector for one in portals.values()), channel_of(settings, database, clock)]
    return _assembled(settings, database, clock, portals, connectors)


def doors_of(settings: Installation, database: Database, clock: Clock) -> Sequence[Connector]:
    """Portals and channel without the scenarios: for forecasts and the doctor. Raises BadScenarios."""
    return [*connectors_of(settings, database, clock), channel_of(settings, database, clock)]


def _assembled(
    settings: Installation,
    database: Database,
    clock: Clock,
    portals: Mapping[str, Portal],
    connectors: Sequence[Connector],
) -> Engine:
    performers = _performers(connectors)
    wakes, secret = Wakes([*performers, *map(urgent, performers)]), secret_of(settings).encode()
    libraries = {name: one.library for name, one in portals.items()}
    beginnings = {name: one.beginning for name, one in portals.items()}
    timings, watch = settings.timings, settings.watch
    return Engine(
        settings,
        database,
        clock,
        portals,
        connectors,
        Handler(database, clock, beginnings, timings.hold, wakes.effects),
        [
            Deliverer(database, clock, libraries, lane, performer, timings, secret, wakes.events, urgent_only)
            for lane, performer in performers.items()
            for urgent_only in (True, False)
        ],
        [(_poller(database, clock, libraries, one, wakes), one) for one in connectors],
        [
            Reconciler(
                database, clock, libraries[one.portal], one, secret,
                zone=settings.timezone, at=watch.reconcile_at,
            )
            for one in connectors if one.portal
        ],
        Silence(database, clock, connectors, watch, settings.timezone),
        wakes,
    )  # fmt: skip


def _poller(
    database: Database, clock: Clock, libraries: Mapping[str, Library], one: Connector, wakes: Wakes
) -> Poller:
    # A channel speaks of no deals: which portal's scenarios it would look at does not matter.
    library = libraries.get(one.portal) or libraries[MAIN]
    return Poller(database, clock, library, one.name, one.portal, one.looks, wakes.events)


def channel_of(settings: Installation, database: Database, clock: Clock) -> Connector:
    chat = settings.chat2desk
    return chat2desk.connector(
        chat,
        clock,
        BucketPace(database, clock, chat2desk.NAME, chat.requests_per_second, chat.burst),
        hook_url=f"{settings.public_url.rstrip('/')}/hooks/{chat2desk.NAME}",
    )


def _performers(connectors: Sequence[Connector]) -> Mapping[str, Performs]:
    """Which connector carries out what, by lane; every effect must have one in every portal."""
    found: dict[str, Performs] = {}
    for effect in get_args(Effect):
        for portal in dict.fromkeys(one.portal for one in connectors if one.portal):
            lane, able = lane_of(effect.lane, portal), _able(connectors, effect, portal)
            if len(able) != 1 or found.setdefault(lane, able[0]) is not able[0]:
                raise Unperformable(f"no single connector performs {effect.__name__} in lane {lane}")
    return found


def _able(connectors: Sequence[Connector], effect: type[Effect], portal: str) -> Sequence[Performs]:
    here = [one.performs for one in connectors if one.performs and one.portal in ("", portal)]
    return [one for one in here if effect in one.performs]

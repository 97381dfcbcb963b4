"""All parts of one installation put together, and the beat of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import get_args

from qc_engine.clock import Clock
from qc_engine.core.calendar import Holidays, WorkingDays
from qc_engine.core.effects import Effect, Lane
from qc_engine.flow import aging, backups, rolling
from qc_engine.flow.deliver import Deliverer, sweep, urgent
from qc_engine.flow.duties import HOUSE, Alone, Sharing
from qc_engine.flow.handle import Handler
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.flow.poll import Poller
from qc_engine.flow.standing import Guarded, Standing
from qc_engine.flow.starts.segments import Turns
from qc_engine.flow.traced import Road, Traces
from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.flow.watching import machine, silence, slipping
from qc_engine.flow.watching.forecast import lane_of
from qc_engine.flow.watching.reconcile import Reconciler
from qc_engine.flow.watching.silence import Silence
from qc_engine.flow.watching.slipping import Slipping
from qc_engine.ids import Ids, RandomIds
from qc_engine.ports import Connector, Performs, Poll
from qc_engine.store import checkpoints, links, schema
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.wiring import reloading
from qc_engine.wiring.channels import channels_of, invitations, known
from qc_engine.wiring.installation import Installation, clock_of, connector_name, portals_of
from qc_engine.wiring.keys import lasting_secret
from qc_engine.wiring.links import page_check
from qc_engine.wiring.place import standing_of
from qc_engine.wiring.portals import Portal, connectors_of, open_portal
from qc_engine.wiring.tracing import traces_of
from qc_engine.wiring.versions import own_words
from qc_engine.wiring.workforce import sharing_of
from redirect import checking

HANDLE, WAKE = "handle", "wake"
RECONCILE_EVERY = timedelta(minutes=1)  # how often to look whether the nightly pass is due
SCHEDULES_EVERY = timedelta(seconds=30)  # how often to look whether a scenario's turn has come
NAMES_EVERY = timedelta(minutes=1)  # how often to look what another worker has read of a portal's names


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

    def timers(self) -> None:
        """There is room for more of them."""
        self._wake(WAKE)

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
    turns: Sequence[Turns]
    silence: Silence
    slipping: Slipping
    wakes: Wakes
    sharing: Sharing = field(default_factory=Alone)
    standing: Standing | None = None

    @property
    def libraries(self) -> Mapping[str, Library]:
        return {name: portal.library for name, portal in self.portals.items()}

    @property
    def scenarios(self) -> Sequence[str]:
        """The names of the active ones, of all portals."""
        return [one.name for library in self.libraries.values() for one in library.beginning]

    def trace(self, traces: Traces | None) -> None:
        """From now on the road of every event is told; None: it is not."""
        self.handler.road = Road(traces, self.clock) if traces else None
        for deliverer in self.deliverers:
            deliverer.traces = traces
        for poller, _ in self.pollers:
            poller.traces = traces

    def tick(self) -> int:
        """Do all that can be done at this moment, in this thread: for tests and simulations."""
        done = sum(one.work() for one in self.turns) + wake_due(self.database, self.clock)
        done += sum(poller.look() for poller, _ in self.pollers)
        done += self.handler.handle_some()
        return done + sum(one.deliver_some() for one in self.deliverers)

    def schedule(self, runner: EmbeddedRunner, look_for_news: timedelta | None = None) -> None:
        """Every loop of the engine, each with its own beat.

        `look_for_news`: how often to look what came in, where nobody in this process could say so.
        """
        timings, leading = self.settings.timings, self.sharing.leading
        runner.periodic(WAKE, timings.tick, leading(self._wake_due))
        news = min(timings.tick, look_for_news or timings.tick)
        runner.periodic(HANDLE, news, leading(self._handle))
        runner.periodic("sweep", timings.lease / 4, leading(self._sweep))
        if self.database.is_sqlite:
            runner.periodic("checkpoint", checkpoints.EVERY, partial(checkpoints.carry_over, self.database))
        self._schedule_house(runner)
        for portal in self.portals.values():
            self._schedule_scenarios(runner, portal)
        for connector in self.connectors:
            self._schedule_door(runner, connector)
        runner.beside(self.sharing)
        self.wakes.runner = runner

    def _schedule_house(self, runner: EmbeddedRunner) -> None:
        """What is done once for the whole installation."""
        ours = partial(self.sharing.of, HOUSE)
        runner.periodic("ramps", ramping.EVERY, ours(partial(ramping.watch, self.database, self.clock)))
        runner.periodic("slipping", slipping.EVERY, ours(self.slipping.look))
        runner.periodic("rollups", rolling.EVERY, ours(partial(rolling.roll_up, self.database, self.clock)))
        old = aging.Aging(self.database, self.clock, self.settings.keep)
        runner.periodic("aging", aging.EVERY, ours(old.look))
        if self.settings.clock_file:  # a shared clock leaps: days of silence pass in a second
            return
        backing = backups.Backing(self.database, self.clock, self.settings.backup)
        runner.periodic("backup", backups.EVERY, ours(backing.look))
        runner.periodic("silence", silence.EVERY, ours(self.silence.check))
        runner.periodic("machine", machine.EVERY, machine.Machine(self.database, self.clock).look)
        if self.settings.links.check_pages:
            check = page_check(self.settings, self.database, self.clock)
            runner.periodic("pages", checking.EVERY, ours(check.check))

    def _schedule_scenarios(self, runner: EmbeddedRunner, portal: Portal) -> None:
        """Every worker follows what is in force, and how things are called."""
        if portal.reloading:
            runner.periodic(f"scenarios:{portal.name}", reloading.EVERY, portal.reloading.look)
        if not self.database.is_sqlite:
            runner.periodic(f"names:{portal.name}", NAMES_EVERY, portal.follow_names)

    def _schedule_door(self, runner: EmbeddedRunner, connector: Connector) -> None:
        """All that goes through one door is one worker's: what a connector counts and remembers is whole."""
        ours, tick = partial(self.sharing.of, connector.name), self.settings.timings.tick
        for deliverer in self.deliverers:
            if connector.performs and deliverer.lane == lane_of(connector):
                runner.periodic(deliverer.name, tick, ours(deliverer.deliver_some))
        for reconciler in self.reconcilers:
            if reconciler.portal == connector.portal:
                name = f"reconcile:{reconciler.portal}"
                runner.periodic(name, RECONCILE_EVERY, ours(partial(self._reconcile, reconciler)))
        for turns in self.turns:
            if turns.library.portal == connector.portal:
                runner.periodic(f"schedules:{connector.portal}", SCHEDULES_EVERY, ours(turns.work))
        for poller, other in self.pollers:
            if other is connector:
                self._schedule_polls(runner, poller, connector, ours)

    def _schedule_polls(
        self,
        runner: EmbeddedRunner,
        poller: Poller,
        connector: Connector,
        ours: Callable[[Callable[[], int]], Callable[[], int]],
    ) -> None:
        if connector.looks:
            runner.periodic(f"{connector.name}:look", self.settings.timings.tick, ours(poller.look))
        for poll in connector.polls:
            runner.periodic(f"{connector.name}:{poll.name}", poll.every, ours(partial(_ask, poller, poll)))

    def _handle(self) -> int:
        done = self.handler.handle_some()
        if done:
            self.wakes.timers()
        return done

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
        with self.database.transaction(durable=False) as session:
            links.file_clicks(session)
        return 0


def _ask(poller: Poller, poll: Poll) -> int:
    """Once per beat: a loop that reports work is run again at once, and a poll is no such work."""
    poller.poll(poll)
    return 0


def build(
    settings: Installation, ids: Ids | None = None, clock: Clock | None = None, role: str = ""
) -> Engine:
    """The engine, not yet running. An empty database gets its tables.

    `role`: as which worker it will run, beside others; without one everything is its own.
    Raises BadScenarios, UnknownName, NamesUnread, WrongSchema, WrongKey, Unperformable.
    """
    clock, ids = clock or clock_of(settings), ids or RandomIds()
    database = Database(settings.database_url)
    schema.make_ready(database)
    standing = standing_of(settings, database)
    sharing = _shared(standing, settings, ids, clock, role)
    portals = {
        name: open_portal(
            settings, name, portal, database, clock, ids, partial(sharing.has, connector_name(name))
        )
        for name, portal in portals_of(settings).items()
    }
    scenarios = [one for portal in portals.values() for one in portal.library.active.values()]
    channels = channels_of(settings, database, clock, scenarios)
    for portal in portals.values():
        portal.beginning.invite = invitations(channels)
    connectors = [*(one.connector for one in portals.values()), *channels]
    sharing.know({one.name: one.recall for one in connectors})
    engine = _assembled(settings, database, clock, portals, connectors)
    if role:  # what is only tried out is nobody's road
        engine.trace(traces_of(settings, lambda: lasting_secret(settings, database, clock).encode()))
    engine.sharing, engine.standing = sharing, standing
    return engine


def _shared(standing: Standing, settings: Installation, ids: Ids, clock: Clock, role: str) -> Sharing:
    if not role:
        return Alone()
    at_home = standing.settle(ids.case_id(), clock)
    return Guarded(sharing_of(settings, standing.database, role, at_home=at_home), standing)


def doors_of(settings: Installation, database: Database, clock: Clock) -> Sequence[Connector]:
    """Portals and channels without the scenarios: for forecasts and the doctor. Raises BadScenarios."""
    folders = {name: portal.scenarios for name, portal in portals_of(settings).items()}
    scenarios = [
        one for name, folder in folders.items() for one in own_words(name, folder, known(settings), database)
    ]
    channels = channels_of(settings, database, clock, scenarios)
    return [*connectors_of(settings, database, clock), *channels]


def _assembled(
    settings: Installation,
    database: Database,
    clock: Clock,
    portals: Mapping[str, Portal],
    connectors: Sequence[Connector],
) -> Engine:
    performers = _performers(connectors)
    wakes = Wakes([*performers, *map(urgent, performers)])
    secret = lasting_secret(settings, database, clock).encode()
    libraries = {name: one.library for name, one in portals.items()}
    beginnings = {name: one.beginning for name, one in portals.items()}
    timings, watch = settings.timings, settings.watch
    return Engine(
        settings,
        database,
        clock,
        portals,
        connectors,
        Handler(
            database, clock, beginnings, timings.hold, wakes.effects,
            frozenset(one.way for one in connectors if one.way),
            erase_within=WorkingDays(
                settings.erasure_days, settings.timezone, Holidays(frozenset(settings.holidays))
            ),
        ),
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
        [
            Turns(database, clock, libraries[one.portal], one.segments, settings.timezone)
            for one in connectors if one.segments
        ],
        Silence(database, clock, connectors, watch, settings.timezone),
        Slipping(database, clock, settings.timezone),
        wakes,
    )  # fmt: skip


def _poller(
    database: Database, clock: Clock, libraries: Mapping[str, Library], one: Connector, wakes: Wakes
) -> Poller:
    # A channel speaks of no deals: which portal's scenarios it would look at does not matter.
    library = libraries.get(one.portal) or libraries[MAIN]
    return Poller(database, clock, library, one.name, one.portal, one.looks, wakes.events)


def _performers(connectors: Sequence[Connector]) -> Mapping[str, Performs]:
    """Which connector carries out what, by lane; every lane has one, and it can do all that goes there."""
    found: dict[str, Performs] = {}
    for one in (one for one in connectors if one.performs):
        lane = lane_of(one)
        if lane in found:
            raise Unperformable(f"two connectors perform in lane {lane}")
        assert one.performs is not None
        found[lane] = one.performs
        _require_all(one)
    for lane in (Lane.CHANNEL, Lane.WEBHOOK):
        if lane.value not in found:
            raise Unperformable(f"no connector performs in lane {lane}")
    return found


def _require_all(connector: Connector) -> None:
    assert connector.performs is not None
    for effect in get_args(Effect):
        if effect.lane is connector.lane and effect not in connector.performs.performs:
            raise Unperformable(f"connector {connector.name} does not perform {effect.__name__}")

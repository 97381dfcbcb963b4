"""Builds the whole: the only file that knows all parts."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import get_args

from pydantic import Field

from connectors.bitrix24 import connector as bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk import connector as chat2desk
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.clock import Clock, SharedClock, SystemClock
from qc_engine.config_files.load import load_settings
from qc_engine.core.case import Branch
from qc_engine.core.effects import Effect, Lane
from qc_engine.core.scenario import Scenario
from qc_engine.flow.begin import Beginning
from qc_engine.flow.deliver import Deliverer, sweep
from qc_engine.flow.handle import Handler
from qc_engine.flow.library import Library
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.flow.poll import Poller
from qc_engine.flow.wake import wake_due
from qc_engine.ids import Ids, RandomIds
from qc_engine.phones import normalise
from qc_engine.ports import Connector, Performs, Poll
from qc_engine.scenario_files.load import ENDINGS, load_scenarios, load_text, version
from qc_engine.scenario_files.names import Names
from qc_engine.settings import BranchSettings, Settings
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace

HANDLE = "handle"
CONFIG = Path("config.yaml")
# Files can be checked and stories told before anybody has secrets: these stand in for missing ones.
STAND_INS = {
    "QC_BITRIX24__WEBHOOK_URL": "https://portal.invalid/rest/1/not-given/",
    "QC_CHAT2DESK__TOKEN": "not-given",
    "QC_CHAT2DESK__WEBHOOK_SECRET": "not-given-not-given-not-given-00",
}


class Unperformable(Exception):
    """Some effect has no connector that performs it: the program itself is put together wrongly."""


class Installation(Settings):
    """config.yaml as a whole: the engine's own keys and one section per connector."""

    bitrix24: Bitrix24Settings = Field(description="Портал Битрикс24")
    chat2desk: Chat2DeskSettings = Field(description="Канал WhatsApp через Chat2Desk")


def read_installation(path: Path = CONFIG, *, with_secrets: bool = True) -> Installation:
    """Raises BadConfig with every fault at its line and column.

    `with_secrets=False` is for commands that speak with nobody outside: missing secrets are no fault then.
    """
    environ = dict(os.environ)
    if not with_secrets:
        absent = {name: value for name, value in STAND_INS.items() if f"{name}_FILE" not in environ}
        environ = absent | environ
    return load_settings(Installation, path, environ)


def names_of(settings: Installation) -> Names:
    crm = settings.bitrix24
    return Names(crm.stages, crm.fields, crm.contact_fields, crm.users)


def read_scenarios(settings: Installation) -> Mapping[str, Scenario]:
    """Raises BadScenarios with every fault of every file."""
    return load_scenarios(settings.scenarios, names_of(settings))


@dataclass
class Wakes:
    """Who is told that there is work: nobody until the loops run."""

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
        self._wake(*Lane)


@dataclass
class Engine:
    """All parts of one installation, ready to run."""

    settings: Installation
    database: Database
    clock: Clock
    library: Library
    connectors: Sequence[Connector]
    handler: Handler
    deliverers: Sequence[Deliverer]
    pollers: Sequence[tuple[Poller, Connector]]
    wakes: Wakes

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
        for deliverer in self.deliverers:
            runner.periodic(deliverer.lane, timings.tick, deliverer.deliver_some)
        for poller, connector in self.pollers:
            if connector.looks:
                runner.periodic(f"{connector.name}:look", timings.tick, poller.look)
            for poll in connector.polls:
                runner.periodic(f"{connector.name}:{poll.name}", poll.every, partial(_ask, poller, poll))
        self.wakes.runner = runner

    def _wake_due(self) -> int:
        woken = wake_due(self.database, self.clock)
        if woken:
            self.wakes.events()
        return woken

    def _sweep(self) -> int:
        sweep(self.database, self.clock, self.settings.timings.settle)
        return 0


def _ask(poller: Poller, poll: Poll) -> int:
    """Once per beat: a loop that reports work is run again at once, and a poll is no such work."""
    poller.poll(poll)
    return 0


def build(settings: Installation, ids: Ids | None = None, clock: Clock | None = None) -> Engine:
    """The engine, not yet running. Raises BadScenarios, Unperformable."""
    clock = clock or clock_of(settings)
    database = Database(settings.database_url)
    library = library_of(settings)
    connectors = _connectors(settings, database, clock, library)
    wakes = Wakes()
    beginning = _beginning(settings, library, ids or RandomIds())
    secret = secret_of(settings).encode()
    return Engine(
        settings,
        database,
        clock,
        library,
        connectors,
        Handler(database, clock, beginning, settings.timings.hold, wakes.effects),
        [
            Deliverer(database, clock, library, lane, performer, settings.timings, secret, wakes.events)
            for lane, performer in _performers(connectors).items()
        ],
        [(Poller(database, clock, library, one.name, one.looks, wakes.events), one) for one in connectors],
        wakes,
    )


def clock_of(settings: Settings) -> Clock:
    """The machine's own, or the shared one of a demo."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()


def library_of(settings: Installation) -> Library:
    """The scenarios of this installation with their texts. Raises BadScenarios."""
    names = names_of(settings)
    scenarios = load_scenarios(settings.scenarios, names)
    found = {version(text): (path, text) for path, text in _texts(settings.scenarios)}
    return Library(
        scenarios,
        {one.name: found[one.version][1] for one in scenarios.values()},
        asdict(names),
        lambda text, name, then: load_text(text, name, Names(**then)),
        {one.name: found[one.version][0].name for one in scenarios.values()},
    )


def _texts(folder: Path) -> list[tuple[Path, str]]:
    files = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    return [(path, path.read_text(encoding="utf-8")) for path in files]


def _connectors(
    settings: Installation, database: Database, clock: Clock, library: Library
) -> Sequence[Connector]:
    crm, chat = settings.bitrix24, settings.chat2desk
    starts = [one.start for one in library.active.values()]
    look_back = max((one.wait + one.not_later_than for one in starts), default=timedelta(days=3))
    people = sorted({user for one in settings.branches for user in (one.head, one.manager)})
    return (
        bitrix24.connector(
            crm,
            clock,
            BucketPace(database, clock, bitrix24.NAME, crm.requests_per_second, crm.burst),
            watched_stages=sorted(library.start_stages),
            look_back=look_back,
            people=people,
        ),
        chat2desk.connector(
            chat,
            clock,
            BucketPace(database, clock, chat2desk.NAME, chat.requests_per_second, chat.burst),
            hook_url=f"{settings.public_url.rstrip('/')}/hooks/{chat2desk.NAME}",
        ),
    )


def _performers(connectors: Sequence[Connector]) -> dict[Lane, Performs]:
    """Which connector carries out what; every effect must have one."""
    found: dict[Lane, Performs] = {}
    for effect in get_args(Effect):
        performer = next(
            (one.performs for one in connectors if one.performs and effect in one.performs.performs), None
        )
        if performer is None or found.setdefault(effect.lane, performer) is not performer:
            raise Unperformable(f"no single connector performs {effect.__name__} in lane {effect.lane}")
    return found


def _beginning(settings: Installation, library: Library, ids: Ids) -> Beginning:
    branches = {one.crm_value: branch_of(one) for one in settings.branches}
    names = {one.name: branches[one.crm_value] for one in settings.branches}
    fallback = names.get(settings.fallback_branch, next(iter(branches.values())))
    return Beginning(library, branches, fallback, settings.public_url.rstrip("/"), ids, normalise)


def branch_of(one: BranchSettings) -> Branch:
    return Branch(one.name, one.timezone, one.head, one.manager, dict(one.review_pages))


def secret_of(settings: Settings) -> str:
    """The configured key, or one made on the first run and kept beside the database."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    database = Database(settings.database_url).path
    path = (database or Path("var/qc.db")).with_suffix(".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()

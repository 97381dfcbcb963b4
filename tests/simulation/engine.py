"""The real flow over one database, as a process that can die and be started again."""

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from sqlalchemy import event

from qc_engine.clock import FixedClock
from qc_engine.core import channel as core_channel
from qc_engine.core.case import Branch
from qc_engine.core.channel import MAIN as MAIN_CHANNEL
from qc_engine.core.effects import Lane
from qc_engine.core.scenario import Scenario
from qc_engine.flow.deliver import Deliverer, sweep
from qc_engine.flow.handle import Handler
from qc_engine.flow.poll import Poller
from qc_engine.flow.starts.begin import Beginning, Branches
from qc_engine.flow.versions.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from qc_engine.settings import Timings
from qc_engine.store import tables
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from tests.disk import quick
from tests.flow.fakes import BRANCH, NAMES, CountingIds
from tests.simulation.chats import TELEGRAM
from tests.simulation.crm import Crm
from tests.simulation.faults import Fuse
from tests.simulation.world import Channel

NEXT_AFTER = timedelta(hours=6)
CHANNELS = {
    MAIN_CHANNEL: core_channel.Channel("chat2desk", window=True),
    TELEGRAM: core_channel.Channel(TELEGRAM, by_phone=False, receipts=False),
}
WORDS = replace(NAMES, channels={"chat2desk": MAIN_CHANNEL, TELEGRAM: TELEGRAM}, by_invitation=(TELEGRAM,))
TWO_WAYS = f"contact:\n  channels: [chat2desk, {TELEGRAM}]\n  next_channel_after: 6 hours\n"
FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SECRET = b"key"
BERLIN = Branch("Berlin", "Europe/Berlin", 102, 202, {"yandex": "https://y.example/2"})
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
TIMINGS = Timings()


# What an edition of the scenario says where the other one says something else.
EDITIONS = (
    ("Здравствуйте, {client_name", "Спасибо! А вежливость", "Напишите, пожалуйста, одно число", "Будем благодарны"),
    ("Добрый день, {client_name", "Отлично! А вежливость", "Нужно, пожалуйста, одно число", "Будем признательны"),
)  # fmt: skip
MARKS = tuple(tuple(one.partition("{")[0] for one in words) for words in EDITIONS)


@cache
def scenarios(ways: int, edition: int = 0) -> tuple[dict[str, Scenario], dict[str, str]]:
    """The example scenario and its text, read once; with two `ways` Telegram stands after WhatsApp."""
    text = (FOLDER / "tyre_centre.yaml").read_text("utf-8")
    if ways > 1:
        text = text.replace("contact:\n", TWO_WAYS, 1)
    for said, says in zip(EDITIONS[0], EDITIONS[edition], strict=True):
        assert said in text
        text = text.replace(said, says)
    scenario = load_text(text, "tyre_centre.yaml", WORDS)
    return {scenario.name: scenario}, {scenario.name: text}


class Ground:
    """One database for all seeds of a process: what was compiled for one is quicker for the next."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="simulation-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.fuse = Fuse()
        self.database = quick(Database(f"sqlite:///{folder}/qc.db"))  # here processes die, not machines
        tables.METADATA.create_all(self.database.engine)
        self.empty = sqlite3.connect(":memory:")
        with self._connection() as connection:
            connection.backup(self.empty)
        for engine in (self.database.engine, self.database._quick):
            event.listen(engine, "before_cursor_execute", lambda *_: self.fuse.passing("at a statement"))
            event.listen(engine, "commit", lambda *_: self.fuse.passing("before a commit"))

    def clear(self) -> None:
        with self._connection() as connection:
            self.empty.backup(connection)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        pooled = self.database.engine.raw_connection()
        try:
            assert isinstance(pooled.driver_connection, sqlite3.Connection)
            yield pooled.driver_connection
        finally:
            pooled.close()


_ground = cache(Ground)


@contextmanager
def empty_database(fuse: Fuse) -> Iterator[Database]:
    """Every statement and every commit is a point at which the process may die."""
    ground = _ground()
    ground.clear()
    ground.fuse = fuse
    try:
        yield ground.database
    finally:
        ground.fuse = Fuse()


class Process:
    """One life of the engine: all that a crash takes away."""

    def __init__(
        self,
        database: Database,
        clock: FixedClock,
        ids: CountingIds,
        crm: Crm,
        channel: Channel,
        telegram: Channel,
        scenario: tuple[int, int],
    ) -> None:
        """`scenario`: how many channels it has (with two, Telegram takes over), and its edition."""
        self.database, self.clock = database, clock
        active, texts = scenarios(*scenario)
        library = Library(
            active, texts, asdict(WORDS), lambda text, name, names: load_text(text, name, Names(**names))
        )
        library.channels = CHANNELS
        beginning = Beginning(
            library, Branches({"abay": BRANCH, "berlin": BERLIN}, BRANCH), "https://qc.example", ids, lambda raw: raw.strip("+"),
            {TELEGRAM: "https://t.example/{}".format},
        )  # fmt: skip
        self.handler = Handler(
            database, clock, {MAIN: beginning}, TIMINGS.hold, lambda: None, frozenset({TELEGRAM})
        )
        self.poller = Poller(database, clock, library, "crm", MAIN, crm, lambda: None)
        self.polls = crm.polls
        self.deliverers = [
            Deliverer(database, clock, {MAIN: library}, lane, vendor, TIMINGS, SECRET, lambda: None)
            for lane, vendor in ((Lane.CRM, crm), (Lane.CHANNEL, channel), (f"channel:{TELEGRAM}", telegram))
        ]

    @property
    def parts(self) -> Sequence[Callable[[], int]]:
        """The loops, each as one turn that says how much it did."""
        return (
            lambda: wake_due(self.database, self.clock),
            self.poller.look,
            self.handler.handle_some,
            *(one.deliver_some for one in self.deliverers),
        )

    def tick(self, chance: Random) -> int:
        """Each loop once, in any order: they run on threads of their own."""
        parts = list(self.parts)
        chance.shuffle(parts)
        return sum(part() for part in parts)

    def poll(self) -> int:
        return sum(self.poller.poll(one) for one in self.polls)

    def sweep(self) -> int:
        return sweep(self.database, self.clock, TIMINGS.settle)

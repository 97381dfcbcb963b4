"""Several workers on one database with one outside world: each with connections, loops and duties of its own."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import or_
from sqlmodel import col, select

from qc_engine.clock import Clock, SystemClock
from qc_engine.core.effects import Effect
from qc_engine.core.events import AnswerReceived, Deal, DealSeen
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.duties import HOUSE, Alone, Duties, Sharing
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.ids import RandomIds
from qc_engine.ports import Absent, Arrival, Connector, Done, Job, Outcome, Search, nothing
from qc_engine.settings import Keep, Timings
from qc_engine.store import inbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, TraceRow
from qc_engine.store.workers import Worker
from qc_engine.wiring.engine import Engine, Wakes
from qc_engine.wiring.runners import runner_of
from tests.disk import quick
from tests.flow.fakes import NAMES, Flow, Site
from tests.flow.running import SCENARIO

HARMLESS = ("MoveDeal", "SetFields")
PATIENCE = 60.0  # real seconds; reached only when something is wrong
AT_ONCE = SCENARIO.replace("wait: 1 hour", "wait: 0 s")
TIMINGS = Timings(
    tick=timedelta(seconds=0.1), lease=timedelta(seconds=2), settle=timedelta(seconds=0.5), hold=timedelta(seconds=0.1)
)  # fmt: skip
# Where nobody dies, a machine that is busy with something else must not look like somebody's death.
CALM = TIMINGS.model_copy(update={"lease": timedelta(hours=1)})


class Rolling:
    """A clock that begins at `start` and goes on as the machine's does: alike in every process that has it."""

    def __init__(self, start: datetime) -> None:
        self._start, self._at = start, time.time()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.time() - self._at)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def advance(self, step: timedelta) -> None:
        self._start += step


class Ledger:
    """What really happened outside, whichever worker did it: lines of a file, so that processes may share it."""

    performs: frozenset[type[Effect]] = frozenset()
    batch_size = 4

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.lasts = 0.0  # real seconds that a call lasts
        self.before: Callable[[Job], None] = lambda _: None  # something happens while it is on its way

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._one(job) for job in jobs]

    def _one(self, job: Job) -> Outcome:
        self.before(job)
        time.sleep(self.lasts)
        line = json.dumps([job.key, type(job.effect).__name__, os.getpid(), threading.get_ident()])
        with self.path.open("a", encoding="ascii") as file:
            file.write(line + "\n")
        return Done(job.key[-60:])

    def find(self, job: Job) -> Search:
        return Done(job.key[-60:]) if job.key in self.keys else Absent()

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        return timedelta()

    @property
    def lines(self) -> list[tuple[str, str, int, int]]:
        text = self.path.read_text(encoding="ascii")
        return [tuple(json.loads(line)) for line in text.splitlines()]  # type: ignore[misc]

    @property
    def keys(self) -> list[str]:
        return [key for key, *_ in self.lines]


class Quiet:
    """The watchmen of the whole have tests of their own: here there is nothing to see."""

    def __getattr__(self, name: str) -> Callable[[], int]:
        return lambda: 0


@dataclass
class Hand:
    """One worker."""

    name: str
    database: Database
    flow: Flow
    sharing: Sharing
    runner: EmbeddedRunner
    engine: Engine
    stopped: bool = field(default=False)

    @property
    def handler(self) -> Any:
        return self.flow.handler

    def deliverer(self, lane: str) -> Deliverer:
        return self.flow.deliverer(lane)

    def begin(self) -> None:
        """As `qc run` does it."""
        self.engine.schedule(self.runner)
        self.runner.periodic("beat", timedelta(seconds=0.2), self.sharing.beat)
        self.sharing.beat()
        self.runner.start()

    def end(self) -> None:
        """In order: what it looked after is free at once."""
        self.runner.stop()
        self.sharing.leave()
        self.vanish()

    def vanish(self) -> None:
        """Its loops end, and it tells nobody: as somebody whose plug was pulled."""
        if not self.stopped:
            self.stopped = True
            self.runner.stop()
            self.database.close()


def hand(
    url: str, kind: str, clock: Clock, ledger: Ledger, folder: Path, timings: Timings, release: str
) -> Hand:
    """`kind`: embedded or procrastinate; `folder` holds the scenarios."""
    database = Database(url)
    if database.is_sqlite:
        quick(database)
    flow = Flow(database, cast(Any, clock), {MAIN: Site(folder, NAMES)})
    wakes = Wakes([one.name for one in flow.deliverers])
    flow.handler.on_effects = wakes.effects
    for beginning in flow.beginnings.values():
        beginning.ids = RandomIds()
    for deliverer in flow.deliverers:
        deliverer.performer, deliverer.timings, deliverer.on_events = ledger, timings, wakes.events
    connectors = [
        Connector("bitrix24", portal=MAIN, performs=ledger),
        Connector("chat2desk", performs=ledger),
        Connector("webhook", performs=ledger, tells=True),
    ]
    worker = Worker(
        RandomIds().case_id(), release, "here", os.getpid(), "worker", SystemClock().now().isoformat()
    )
    sharing: Sharing = Alone((database, worker, SystemClock()))
    if not database.is_sqlite:
        sharing = Duties(database, worker, SystemClock())
        sharing.know(dict.fromkeys([HOUSE, *(one.name for one in connectors)], nothing))
    settings = SimpleNamespace(
        timings=timings, keep=Keep(), clock_file="shared", links=None, runner=kind, database_url=url
    )
    known = {
        "settings": settings, "database": database, "clock": clock, "portals": {}, "connectors": connectors,
        "handler": flow.handler, "deliverers": flow.deliverers, "wakes": wakes, "sharing": sharing,
        "pollers": (), "reconcilers": (), "turns": (),
    }  # fmt: skip
    parts = {one.name: Quiet() for one in fields(Engine) if one.default is MISSING}
    engine = Engine(**cast(Any, parts | known))
    return Hand(worker.id, database, flow, sharing, runner_of(cast(Any, settings), worker.id), engine)


@dataclass
class Crew:
    """What a test speaks with: the place, the workers in it, and what has become of the work."""

    url: str
    kind: str
    clock: Clock
    ledger: Ledger
    folder: Path
    database: Database  # of the test itself
    hands: list[Hand] = field(default_factory=list)
    timings: Timings = TIMINGS

    @property
    def is_sqlite(self) -> bool:
        return self.database.is_sqlite

    @property
    def size(self) -> int:
        """A file of SQLite has one worker at a time."""
        return 1 if self.is_sqlite else 3

    def hire(self, release: str = "2") -> Hand:
        """One more worker, whose loops do not run yet."""
        here = (self.url, self.kind, self.clock, self.ledger, self.folder)
        self.hands.append(hand(*here, self.timings, release))
        return self.hands[-1]

    def work(self, count: int | None = None) -> Sequence[Hand]:
        """So many workers, at work."""
        hands = [self.hire() for _ in range(count or self.size)]
        for one in hands:
            one.begin()
        return hands

    # --- what comes in ---

    def orders(self, numbers: Sequence[int]) -> None:
        now = self.clock.now()
        deals = [
            Deal(n, "Заказ", "FINAL_INVOICE", now, "abay", 77, "Айгуль", f"+{phone(n)}") for n in numbers
        ]
        self.arrive([Arrival(f"deal:{deal.deal_id}", DealSeen(deal)) for deal in deals])

    def answers(self, numbers: Sequence[int], text: str, turn: int = 1) -> None:
        now = self.clock.now()
        said = [(n, AnswerReceived(phone(n), text, now, turn * 100_000 + n)) for n in numbers]
        self.arrive([Arrival(f"answer:{turn}:{n}", event) for n, event in said])

    def arrive(self, arrivals: Sequence[Arrival]) -> None:
        with self.database.transaction() as session:
            for one in arrivals:
                inbox.add(session, "test", one, self.clock.now(), portal=MAIN)

    # --- what has become of it ---

    def rows(self, table: Any) -> list[Any]:
        with self.database.reading() as session:
            order = col(table.created_at) if table is CaseRow else col(table.id)
            return list(session.exec(select(table).order_by(order)).all())

    def at_rest(self) -> bool:
        """In one look: what is done goes from one table to the next."""
        unheard = select(InboxRow.id).where(col(InboxRow.processed_at).is_(None)).exists()
        undone = (
            select(EffectRow.id).where(col(EffectRow.state).in_(("planned", "sending", "unknown"))).exists()
        )
        due = select(CaseRow.id).where(col(CaseRow.wake_at) <= self.clock.now()).exists()
        with self.database.reading() as session:
            return not session.exec(select(or_(unheard, undone, due))).one()

    def until(self, true: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"never: {what}: {self.told()}"
            time.sleep(0.1)

    def rest(self) -> None:
        self.until(self.at_rest, "everything is done")

    def told(self) -> Mapping[str, Any]:
        inboxes = [
            (row.kind, row.reason, row.attempts) for row in self.rows(InboxRow) if not row.processed_at
        ]
        effects = [(row.key, row.state, row.error) for row in self.rows(EffectRow) if row.state != "done"]
        return {"inbox": inboxes[:5], "effects": effects[:5], "cases": len(self.rows(CaseRow))}

    def check(self, cases: int, *, after_an_accident: bool = False) -> None:
        """The promises: every fact once and without a fault, every effect once, in the order of its case.

        After an accident what is harmless may have been done twice, and of a few messages nobody may know.
        """
        rows, effects, lines = self.rows(InboxRow), self.rows(EffectRow), self.ledger.lines
        assert [(row.kind, row.reason) for row in rows if row.attempts or row.result == "quarantined"] == []
        assert len({row.deal_id for row in self.rows(CaseRow)}) == len(self.rows(CaseRow)) == cases
        done = [key for key, kind, *_ in lines if not (after_an_accident and kind in HARMLESS)]
        assert len(done) == len(set(done))
        unsure = [row.key for row in effects if row.state == "review"]
        assert {row.state for row in effects} <= {"done", "review", "cancelled"}, self.told()
        assert len(unsure) <= (Ledger.batch_size if after_an_accident else 0)
        known = {row.key for row in effects if row.state == "done"}
        assert known <= {key for key, *_ in lines} <= known | set(unsure)
        self._check_order(effects)
        revs: dict[str, list[int]] = {}
        for trace in self.rows(TraceRow):
            revs.setdefault(trace.case_id, []).append(trace.rev)
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in revs.values()), revs

    def _check_order(self, effects: Sequence[EffectRow]) -> None:
        first = {key: place for place, key in reversed(list(enumerate(self.ledger.keys)))}
        by_case: dict[tuple[str, str], list[int]] = {}
        for row in (one for one in effects if one.key in first):
            by_case.setdefault((row.case_id, row.lane), []).append(first[row.key])
        assert all(places == sorted(places) for places in by_case.values())


def phone(number: int) -> str:
    return f"7701555{number:04d}"


@contextmanager
def crew(database: Database, kind: str, clock: Clock, folder: Path) -> Iterator[Crew]:
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    (scenarios / "small.yaml").write_text(AT_ONCE, "utf-8")
    up = Crew(database.url, kind, clock, Ledger(folder / "ledger"), scenarios, database)
    try:
        yield up
    finally:
        for one in up.hands:
            one.vanish()

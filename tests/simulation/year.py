"""A whole year of two companies' portals: the real flow, many people, one channel, no faults of vendors.

live(7)     plays the year of seed 7 and gives its ledger and its facts, for the judge
"""

import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event as sql_event
from sqlmodel import col, func, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateDeal, CreateTask, Effect, Lane, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealMoved,
    DealSeen,
    Event,
    LinkClicked,
    StaffWrote,
    TaskClosed,
)
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.handle import Handler
from qc_engine.flow.starts.begin import Beginning, Branches
from qc_engine.flow.versions.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Absent, Arrival, Done, Job, Outcome, Search, TryLater
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from qc_engine.settings import Timings
from qc_engine.store import inbox, tables
from qc_engine.store.database import Database
from qc_engine.store.outbox import lane_of
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, LinkRow
from tests.flow.fakes import CountingIds
from tests.simulation.year_files import BRANCHES, CALENDARS, HOMES, NAMES, STARTS, TEXTS, YEAR
from tests.simulation.year_judge import Facts, Sent

BEGINS, ENDS = datetime(YEAR, 1, 1, tzinfo=UTC), datetime(YEAR + 1, 1, 1, tzinfo=UTC)
REPLIES = ("9", "10", "8", "3", "5", "9, но мастер нахамил", "нормально", "нет", "всё долго", "стоп")
WEIGHTS = (6, 5, 4, 3, 2, 2, 2, 2, 2, 0.5)
SPAN = timedelta(minutes=1)


@dataclass
class Outside:
    """Both CRMs and the channel; everything works, except that the channel is down now and then."""

    clock: FixedClock
    sent: list[tuple[datetime, Job]] = field(default_factory=list)
    down_until: datetime = BEGINS
    numbers: int = 1000
    performs: frozenset[type[Effect]] = frozenset()
    batch_size: int = 10

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._one(job) for job in jobs]

    def _one(self, job: Job) -> Outcome:
        if isinstance(job.effect, SendMessage):
            if self.clock.now() < self.down_until:
                return TryLater("down", self.down_until - self.clock.now())
            self.sent.append((self.clock.now(), job))
        self.numbers += 1
        return Done(str(self.numbers))

    def find(self, job: Job) -> Search:
        return Absent()


class Year:
    """One seed: people's doings are drawn beforehand, their answers when they are written to."""

    def __init__(self, seed: int, database: Database, people: int, orders: int) -> None:
        self.chance, self.database = random.Random(seed), database
        self.clock, self.facts = FixedClock(BEGINS), Facts()
        self.outside = Outside(self.clock)
        self.phones = [self._phone(number) for number in range(people)]
        self.ahead: list[tuple[datetime, int, str, Event]] = []
        self.count = self.read = self.complained = 0
        self.told: list[Sent] = []
        self._engine()
        for number in range(1, orders + 1):
            self._order(number)
        for _ in range(people // 2):
            self._plan(self._moment(), "", StaffWrote("", BEGINS, 0))

    def _phone(self, number: int) -> str:
        return f"{self.chance.choice(list(HOMES))}{1000 + number}"

    def _engine(self) -> None:
        ids, timings = CountingIds(), Timings()
        libraries = {portal: _library(portal) for portal in BRANCHES}
        beginnings = {
            portal: Beginning(
                library, Branches({}, BRANCHES[portal]), "https://qc.example", ids, lambda raw: raw
            )
            for portal, library in libraries.items()
        }
        self.handler = Handler(self.database, self.clock, beginnings, timings.hold, lambda: None)
        lanes = [*(lane_of(Lane.CRM, portal) for portal in BRANCHES), Lane.CHANNEL.value]
        self.deliverers = [
            Deliverer(self.database, self.clock, libraries, lane, self.outside, timings, b"k", lambda: None)
            for lane in lanes
        ]

    # --- what people will do ----------------------------------------------------------------------

    def _moment(self) -> datetime:
        """Any time of the year; more often around the holidays and the change of clocks."""
        if self.chance.random() < 0.4:
            month, day = self.chance.choice(
                [(3, 13), (3, 20), (3, 22), (3, 27), (5, 8), (10, 30), (11, 5), (12, 29)]
            )
            around = datetime(YEAR, month, day, tzinfo=UTC)
            return around + timedelta(hours=self.chance.uniform(0, 60))
        return BEGINS + timedelta(hours=self.chance.uniform(0, 24 * 360))

    def _order(self, number: int) -> None:
        portal, at = self.chance.choice(list(BRANCHES)), self._moment()
        stage = self.chance.choice(list(STARTS))
        deal = Deal(number, "Заказ", stage, at, None, 5, "Анна", self.chance.choice(self.phones))
        self._plan(at, portal, DealSeen(deal))
        self.facts.entered[portal, number] = at
        fate = self.chance.random()
        later = at + timedelta(hours=self.chance.uniform(0.1, 60))
        if fate < 0.1:
            self._plan(later, portal, DealMoved(number, "LOSE", later))
        elif fate < 0.16:
            self._plan(later, portal, DealSeen(_quiet(deal)))

    def _plan(self, at: datetime, portal: str, event: Event) -> None:
        self.count += 1
        self.ahead.append((at, self.count, portal, event))

    # --- the year ---------------------------------------------------------------------------------

    def live(self) -> None:
        while self.clock.now() < ENDS:
            moment = self._next()
            self.clock.advance(max(moment - self.clock.now(), timedelta()))
            self._happen()
            self._settle()
            self._people_react()

    def _next(self) -> datetime:
        """When anything happens by itself; `status` would say the same, ten times slower."""
        now = self.clock.now()
        soonest = (
            select(func.min(CaseRow.wake_at)).where(col(CaseRow.wake_at) > now),
            # What is due and still there waits for an older message of its case.
            select(func.min(EffectRow.run_at)).where(EffectRow.state == "planned", EffectRow.run_at > now),
            select(func.min(InboxRow.process_at)).where(col(InboxRow.processed_at).is_(None)),
        )
        with self.database.reading() as session:
            ours = [moment for one in soonest if (moment := session.exec(one).one())]
        return min([*ours, *(one[0] for one in self.ahead), ENDS])

    def _happen(self) -> None:
        now = self.clock.now()
        due = sorted(one for one in self.ahead if one[0] <= now)
        self.ahead = [one for one in self.ahead if one[0] > now]
        for _, number, portal, event in due:
            told = self._noted(event, portal)
            with self.database.transaction() as session:
                inbox.add(session, portal or "channel", Arrival(f"{number}", told), now, portal=portal)
        if self.chance.random() < 0.02:
            self.outside.down_until = now + timedelta(hours=self.chance.choice((1, 6, 30, 90)))

    def _noted(self, event: Event, portal: str) -> Event:
        """Facts are written down when they reach the engine; who an operator writes to is drawn then."""
        now = self.clock.now()
        match event:
            case StaffWrote(phone=phone):
                phone = phone or self.chance.choice(self.phones)
                self.facts.operators.setdefault(phone, []).append(now)
                return StaffWrote(phone, now, self._number())
            case AnswerReceived(phone=phone, text=text):
                self.facts.wrote.setdefault(phone, []).append(now)
                if text == "стоп":
                    self.facts.stops.setdefault(phone, now)
            case DealMoved(deal_id=deal_id):
                self.facts.taken_away[portal, deal_id] = now
            case DealSeen(deal) if deal.do_not_disturb:
                self.facts.forbidden[portal, deal.deal_id] = now
            case TaskClosed(task_id=task_id):
                self.facts.settled[self._maker(task_id)] = now
        return event

    def _settle(self) -> None:
        for _ in range(60):
            while wake_due(self.database, self.clock) + self.handler.handle_some():
                pass
            self._complaints()
            if not sum(one.deliver_some() for one in self.deliverers):
                return
        raise AssertionError("the flow does not come to rest")

    # --- what follows from what we did ------------------------------------------------------------

    def _complaints(self) -> None:
        """Written down as soon as they are decided."""
        made = select(EffectRow.id, EffectRow.created_at, CaseRow.id, CaseRow.phone).where(
            EffectRow.kind == CreateDeal.__name__,
            EffectRow.case_id == CaseRow.id,
            col(EffectRow.id) > self.complained,
        )
        with self.database.reading() as session:
            for number, at, case_id, phone in session.exec(made).all():
                self.facts.complaints.setdefault(phone, []).append((at, case_id))
                self.complained = max(self.complained, number or 0)

    def _people_react(self) -> None:
        new, self.read = self.outside.sent[self.read :], len(self.outside.sent)
        for _, job in new:
            assert isinstance(job.effect, SendMessage)
            if self.chance.random() < 0.6:
                self._answers(job.effect.phone)
            if self.chance.random() < 0.05:
                self._plan(self._soon(), "", StaffWrote(job.effect.phone, BEGINS, 0))
            if "/r/" in job.effect.text and self.chance.random() < 0.3:
                self._clicks(job.effect.text)
        self._heads_settle()

    def _soon(self) -> datetime:
        spans = (1, 3, 10, 14, 16, 60, 300, 900, 2000)
        return self.clock.now() + SPAN * self.chance.choice(spans)

    def _answers(self, phone: str) -> None:
        text, at = self.chance.choices(REPLIES, WEIGHTS)[0], self._soon()
        self._plan(at, "", AnswerReceived(phone, text, at, self._number()))

    def _clicks(self, text: str) -> None:
        with self.database.reading() as session:
            codes = [one for one in session.exec(select(LinkRow.code)).all() if one in text]
        at = self._soon()
        self._plan(at, "", LinkClicked(codes[0], "yandex", at))

    def _heads_settle(self) -> None:
        """Now and then a head closes the task of a complaint."""
        if self.chance.random() > 0.1:
            return
        with self.database.reading() as session:
            tasks = select(EffectRow).where(EffectRow.kind == CreateTask.__name__, EffectRow.state == "done")
            open_ones = [row for row in session.exec(tasks).all() if row.case_id not in self.facts.settled]
            portals = {row.case_id: session.get_one(CaseRow, row.case_id).portal for row in open_ones}
        if open_ones:
            row = self.chance.choice(open_ones)
            at = self._soon()
            self._plan(at, portals[row.case_id], TaskClosed(int(row.result), "", at))

    def _maker(self, task_id: int) -> str:
        with self.database.reading() as session:
            return session.exec(select(EffectRow.case_id).where(EffectRow.result == str(task_id))).one()

    def _number(self) -> int:
        self.outside.numbers += 1
        return self.outside.numbers

    def ledger(self) -> list[Sent]:
        with self.database.reading() as session:
            rows = {row.key: row for row in session.exec(select(EffectRow)).all()}
            made = {row.id: row for row in session.exec(select(CaseRow)).all()}
        return [
            _sent(at, job, rows[job.key], made[job.key.partition(":")[0]]) for at, job in self.outside.sent
        ]


def live(seed: int, people: int = 14, orders: int = 60) -> Year:
    """The year of this seed, over."""
    folder = Path(tempfile.mkdtemp(prefix="year-"))
    database = Database(f"sqlite:///{folder}/qc.db")
    sql_event.listen(database.engine, "connect", lambda one, _: one.execute("PRAGMA synchronous=OFF"))
    tables.METADATA.create_all(database.engine)
    try:
        year = Year(seed, database, people, orders)
        year.live()
        year.told = year.ledger()
        return year
    finally:
        database.close()
        shutil.rmtree(folder)


def _library(portal: str) -> Library:
    active = {name: load_text(text, f"{name}.yaml", NAMES) for name, text in TEXTS.items()}
    return Library(
        active,
        TEXTS,
        asdict(NAMES),
        lambda text, name, names: load_text(text, name, Names(**names)),
        portal=portal,
        holidays=CALENDARS[portal],
    )


def _quiet(deal: Deal) -> Deal:
    return Deal(**{**asdict(deal), "do_not_disturb": True})


def _sent(at: datetime, job: Job, row: EffectRow, case: CaseRow) -> Sent:
    message = job.effect
    assert isinstance(message, SendMessage)
    return Sent(
        at, message.phone, case.portal, case.scenario, case.id, case.deal_id,
        message.purpose, message.text, row.created_at, row.key.split(":")[1] == str(case.body["ended_in"]),
    )  # fmt: skip

"""A small outside world for the flow: it keeps a ledger of what really happened."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch
from qc_engine.core.effects import Effect, Lane, SendMessage
from qc_engine.core.events import Deal, DealSeen
from qc_engine.flow.begin import Beginning
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.handle import Handler
from qc_engine.flow.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Absent, Arrival, Done, Job, Outcome, Search
from qc_engine.scenario_files.load import load_scenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.settings import Timings
from qc_engine.store import inbox
from qc_engine.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(
    stages={
        "Закрыть заказ/наряд": "FINAL_INVOICE",
        "Оценка качества": "UC_QUALITY",
        "Подтверждение наличия отзыва": "UC_REVIEW",
        "Сделка успешна": "WON",
        "Новая жалоба": "C7:NEW",
    },
    fields={"Оценка работы": "UF_S1", "Оценка обслуживания": "UF_S2", "Средняя оценка": "UF_AVG"},
    contact_fields={"Бонус за отзыв": "UF_BONUS", "Не писать": "UF_OPT_OUT"},
)
BRANCH = Branch("На Абая", "Asia/Almaty", 101, 201, {"yandex": "https://y.example/1"})
PHONE = "77015551234"


class CountingIds:
    """Names that are the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def _next(self) -> int:
        self.count += 1
        return self.count

    def case_id(self) -> str:
        return f"CASE{self._next():04d}"

    def code(self) -> str:
        return f"{self._next():022d}"


class World:
    """A vendor of everything. `answer` decides how a call ends; the ledger says what really happened."""

    performs: frozenset[type[Effect]] = frozenset()
    batch_size = 10

    def __init__(self) -> None:
        self.ledger: list[Job] = []
        self.answer: Callable[[Job], Outcome] = lambda _: Done()
        self.carried_out: Callable[[Job], bool] = lambda _: True

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._one(job) for job in jobs]

    def _one(self, job: Job) -> Outcome:
        outcome = self.answer(job)
        if self.carried_out(job):
            self.ledger.append(job)
            if outcome == Done():
                return Done(str(1000 + len(self.ledger)))
        return outcome

    def find(self, job: Job) -> Search:
        for number, done in enumerate(self.ledger, 1):
            if done.key == job.key:
                return Done(str(1000 + number))
        return Absent()

    def done(self, kind: type[Effect]) -> list[Effect]:
        return [job.effect for job in self.ledger if isinstance(job.effect, kind)]

    @property
    def texts(self) -> list[str]:
        return [effect.text for effect in self.done(SendMessage) if isinstance(effect, SendMessage)]


class Flow:
    """The real flow over a real database, with a hand-moved clock and the world above."""

    def __init__(self, database: Database, clock: FixedClock, folder: Path = ROOT / "scenarios") -> None:
        self.database, self.clock, self.world = database, clock, World()
        scenarios = load_scenarios(folder, NAMES)
        texts = {
            one.name: path.read_text("utf-8") for one in scenarios.values() for path in folder.glob("*.yaml")
        }
        library = Library(
            scenarios, texts, asdict(NAMES), lambda text, name, names: load_text(text, name, Names(**names))
        )
        beginning = Beginning(
            library, {"abay": BRANCH}, BRANCH, "https://qc.example", CountingIds(), lambda raw: raw.strip("+")
        )
        timings = Timings()
        self.handler = Handler(database, clock, beginning, timings.hold, lambda: None)
        self.deliverers = [
            Deliverer(database, clock, library, lane, self.world, timings, b"key", lambda: None)
            for lane in Lane
        ]

    def arrive(self, *arrivals: Arrival) -> None:
        with self.database.transaction() as session:
            for one in arrivals:
                inbox.add(session, "test", one, self.clock.now())

    def settle(self, most: int = 200) -> None:
        """Everything that can happen at this moment."""
        for _ in range(most):
            done = wake_due(self.database, self.clock) + self.handler.handle_some()
            if not done + sum(one.deliver_some() for one in self.deliverers):
                return
        raise AssertionError("the flow does not come to rest")

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))
        self.settle()

    def close_order(self, deal_id: int = 4312, phone: str = PHONE) -> None:
        now = self.clock.now()
        deal = Deal(deal_id, "Заказ", "FINAL_INVOICE", now, "abay", 77, "Айгуль", f"+{phone}")
        self.arrive(Arrival(f"deal:{deal_id}:{now.isoformat()}", DealSeen(deal)))
        self.settle()

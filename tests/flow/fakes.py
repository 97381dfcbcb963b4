"""A small outside world for the flow: it keeps a ledger of what really happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch
from qc_engine.core.channel import MAIN as MAIN_CHANNEL
from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, Lane, SendMessage
from qc_engine.core.events import Deal, DealSeen
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.handle import Handler
from qc_engine.flow.starts.begin import Beginning, Branches
from qc_engine.flow.versions.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Absent, Arrival, Done, Job, Outcome, Search
from qc_engine.scenario_files.load import load_scenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.including import whole_file
from qc_engine.settings import Timings
from qc_engine.store import inbox, outbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.outbox import lane_of
from qc_engine.store.tables import EffectRow

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names(
    stages={
        "Закрыть заказ/наряд": "FINAL_INVOICE",
        "Оценка качества": "UC_QUALITY",
        "Подтверждение наличия отзыва": "UC_REVIEW",
        "Сделка успешна": "WON",
        "Недовольные клиенты / Новая жалоба": "C7:NEW",
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


@dataclass(frozen=True)
class Site:
    """What one portal brings along: its scenarios, how it calls its stages, its branch."""

    folder: Path = ROOT / "scenarios"
    names: Names = NAMES
    branch: Branch = BRANCH

    def library(self, portal: str) -> Library:
        scenarios = load_scenarios(self.folder, self.names)
        texts = {path.stem: whole_file(path).text for path in self.folder.glob("*.yaml")}
        return Library(
            scenarios,
            texts,
            asdict(self.names),
            lambda text, name, names: load_text(text, name, Names(**names)),
            portal=portal,
        )


class Flow:
    """The real flow over a real database, with a hand-moved clock and the world above.

    The main portal and the channel are one vendor, `world`; each further portal is one of its own in `worlds`.
    """

    def __init__(
        self,
        database: Database,
        clock: FixedClock,
        sites: Mapping[str, Site] | None = None,
        channels: Mapping[str, Channel] | None = None,
    ) -> None:
        self.database, self.clock, self.world = database, clock, World()
        sites = sites or {MAIN: Site()}
        self.worlds = {portal: self.world if portal == MAIN else World() for portal in sites}
        ids, timings = CountingIds(), Timings()
        self.libraries = {portal: site.library(portal) for portal, site in sites.items()}
        self.beginnings = {
            portal: Beginning(
                self.libraries[portal],
                Branches({"abay": site.branch}, site.branch),
                "https://qc.example",
                ids,
                lambda raw: raw.strip("+"),
                seal="seal of {}".format,
            )
            for portal, site in sites.items()
        }
        channels = channels or {}
        self.further = {key: World() for key in channels if key != MAIN_CHANNEL}
        for library in self.libraries.values():
            library.channels = channels
        for beginning in self.beginnings.values():
            by_link = (key for key, one in channels.items() if not one.by_phone)
            beginning.invite = {key: f"https://{key}.example/{{}}".format for key in by_link}
        self.handler = Handler(
            database, clock, self.beginnings, timings.hold, lambda: None, frozenset(self.further)
        )
        doors = {lane_of(Lane.CHANNEL, MAIN, key): world for key, world in self.further.items()}
        crms = {lane_of(Lane.CRM, portal): world for portal, world in self.worlds.items()}
        shared = {lane.value: self.world for lane in (Lane.CHANNEL, Lane.WEBHOOK)}
        self.deliverers = [
            Deliverer(database, clock, self.libraries, lane, world, timings, b"key", lambda: None)
            for lane, world in (crms | doors | shared).items()
        ]

    def deliverer(self, lane: str) -> Deliverer:
        return next(one for one in self.deliverers if one.lane == lane)

    def arrive(self, *arrivals: Arrival, portal: str = MAIN, source: str = "") -> None:
        with self.database.transaction() as session:
            for one in arrivals:
                inbox.add(session, source or f"test {portal}", one, self.clock.now(), portal=portal)

    def settle(self, most: int = 200) -> None:
        """Everything that can happen at this moment."""
        for _ in range(most):
            done = wake_due(self.database, self.clock) + self.handler.handle_some()
            if not done + sum(one.deliver_some() for one in self._with_work()):
                return
        raise AssertionError("the flow does not come to rest")

    def _with_work(self) -> list[Deliverer]:
        """One question instead of one for each lane: thousands of moments are played."""
        with self.database.reading() as session:
            due = col(EffectRow.run_at) <= self.clock.now()
            lanes = set(session.exec(select(EffectRow.lane).where(outbox.READY, due).distinct()))
        return [one for one in self.deliverers if one.lane in lanes]

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))
        self.settle()

    def close_order(
        self, deal_id: int = 4312, phone: str = PHONE, portal: str = MAIN, stage: str = "FINAL_INVOICE"
    ) -> None:
        now = self.clock.now()
        deal = Deal(deal_id, "Заказ", stage, now, "abay", 77, "Айгуль", f"+{phone}")
        self.arrive(Arrival(f"deal:{deal_id}:{now.isoformat()}", DealSeen(deal)), portal=portal)
        self.settle()

"""A month of cases tried on a new version of a scenario: how long does `qc simulate` need?

    python -m benchmarks.simulate [--cases 7500] [--lived 150] [--seed 1] [--json]

So many clients as `--lived` are really led through the flow, with a vendor that says yes to everything; the
rest are copies of them under other names, so that the database has the rows of a month. Then the threshold of
the shipped scenario goes from 8 to 9, and every case is lived twice.

  reading   s to fetch everybody from the database, alone
  trial     s for the whole: reading, both roads of every case, the report
  cpu       s of processor time of the same: what an idle machine would need
  differ    cases whose outcome differs
  as_it_was share of cases that the model leads to the outcome that they had in fact
  rows      cases whose road changes in any way
  memory    MB, the most that the process ever had
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import insert, select
from sqlmodel import Session, col

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch
from qc_engine.core.effects import Effect, Lane
from qc_engine.core.events import AnswerReceived, Deal, DealSeen, LinkClicked
from qc_engine.flow.deliver import Deliverer
from qc_engine.flow.handle import Handler
from qc_engine.flow.starts.begin import Beginning, Branches
from qc_engine.flow.versions.library import Library
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Absent, Arrival, Done, Job, Outcome, Search
from qc_engine.scenario_files.load import load_scenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.settings import Timings
from qc_engine.store import inbox, schema
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, ClientRow, EffectRow, InboxRow, LinkRow
from qc_engine.trying.past import Season
from qc_engine.trying.reading import looking, people_of, season_of
from qc_engine.trying.report import Voices
from qc_engine.trying.trial import Trial, Versions

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
START = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
BRANCHES = tuple(
    Branch(f"Branch {number}", "Asia/Almaty", 100 + number, 200 + number, {"yandex": "https://y.example/1"})
    for number in range(8)
)
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
SCORES = range(1, 11)
WEIGHTS = (1, 1, 1, 1, 2, 3, 6, 12, 10, 10)


class Counting:
    """The same names in every run."""

    def __init__(self) -> None:
        self.count = 0

    def _next(self) -> int:
        self.count += 1
        return self.count

    def case_id(self) -> str:
        return f"C{self._next():06}"

    def code(self) -> str:
        return f"{self._next():022}"


class Agreeable:
    """A vendor who says yes."""

    performs: frozenset[type[Effect]] = frozenset()
    batch_size = 100

    def __init__(self) -> None:
        self.number = 1000

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._done() for _ in jobs]

    def _done(self) -> Outcome:
        self.number += 1
        return Done(str(self.number))

    def find(self, job: Job) -> Search:
        return Absent()

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        return timedelta()


class Town:
    """The flow with its clients."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FixedClock(START)
        texts = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.yaml")}
        self.library = Library(
            load_scenarios(FOLDER, NAMES),
            texts,
            asdict(NAMES),
            lambda text, name, names: load_text(text, name, Names(**names)),
        )
        places = Branches({str(number): one for number, one in enumerate(BRANCHES)}, BRANCHES[0])
        beginning = Beginning(self.library, places, "https://qc.example", Counting(), lambda raw: raw)
        timings, vendor = Timings(), Agreeable()
        self.handler = Handler(database, self.clock, {"main": beginning}, timings.hold, lambda: None)
        self.doors = [
            Deliverer(
                database, self.clock, {"main": self.library}, lane.value, vendor, timings, b"k", lambda: None
            )
            for lane in (Lane.CRM, Lane.CHANNEL)
        ]

    def live(self, count: int, chance: random.Random) -> None:
        """Deals are closed, questions answered, links opened; then time passes."""
        for number in range(count):
            deal = Deal(
                number + 1, "Order", "FINAL_INVOICE", START, str(number % 8), 77, "Anna", phone(number)
            )
            self._arrive(f"deal:{number}", DealSeen(deal))
        self._later(timedelta(days=1))
        for turn in range(2):
            self._later(timedelta(minutes=5))
            for number in range(count):
                if (number + turn) % 10:
                    text = str(chance.choices(SCORES, WEIGHTS)[0])
                    at = self.clock.now()
                    self._arrive(f"say:{turn}:{number}", AnswerReceived(phone(number), text, at, 0))
            self._later(timedelta(minutes=30))
        with self.database.reading() as session:
            codes = session.execute(select(col(LinkRow.code)).order_by(col(LinkRow.code))).scalars().all()
        for code in codes[::3]:
            self._arrive(f"click:{code}", LinkClicked(code, "yandex", self.clock.now()))
        for _ in range(60):
            self._later(timedelta(hours=12))

    def _arrive(self, key: str, event: Any) -> None:
        with self.database.transaction(durable=False) as session:
            inbox.add(session, "benchmark", Arrival(key, event), self.clock.now(), portal="main")

    def _later(self, span: timedelta) -> None:
        self._settle()
        self.clock.advance(span)
        self._settle()

    def _settle(self) -> None:
        while (
            wake_due(self.database, self.clock)
            + self.handler.handle_some()
            + sum(one.deliver_some() for one in self.doors)
        ):
            pass


def phone(number: int) -> str:
    return f"7701{number:07}"


# --- copies -----------------------------------------------------------------------------------


def multiply(database: Database, lived: int, wanted: int) -> None:
    """Copies of all rows under other names, until there are so many cases."""
    with database.transaction() as session:
        originals = {table: _rows(session, table) for table in (CaseRow, InboxRow, EffectRow, ClientRow)}
        for turn in range(1, wanted // lived):
            for table, rows in originals.items():
                session.execute(insert(table), [_renamed(row, turn, turn * lived) for row in rows])


def _rows(session: Session, table: Any) -> list[dict[str, Any]]:
    rows = [dict(row._mapping) for row in session.execute(select(table.__table__))]
    for row in rows if table in (InboxRow, EffectRow) else ():
        row.pop("id")  # the database counts them
    return rows


def _renamed(value: Any, turn: int, shift: int, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, turn, shift, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, turn, shift) for one in value]
    if name in ("deal_id", "parent_deal_id") and isinstance(value, int):
        return value + shift
    if name == "phone" and value:
        return phone(int(value[4:]) + shift)
    if name in ("case_id", "id", "effect_key", "task_key", "key", "waits_for") and isinstance(value, str):
        return f"{turn}.{value}" if value else value
    return value


# --- the trial --------------------------------------------------------------------------------


def main() -> None:
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/qc.db")
        schema.upgrade(database)
        town = Town(database)
        town.live(asked.lived, random.Random(asked.seed))
        multiply(database, asked.lived, asked.cases)
        row = {"cases": asked.cases, **measure(town)}
        database.close()
    print(json.dumps(row) if asked.json else "\n".join(f"{name:<10} {value}" for name, value in row.items()))


def measure(town: Town) -> dict[str, Any]:
    text = town.library.sources["tyre_centre"]
    for old, new in (
        ("average_at_least: 8", "average_at_least: 9"),
        ("average_below: 8", "average_below: 9"),
    ):
        assert old in text
        text = text.replace(old, new)
    started = time.perf_counter()
    with _season(town) as (session, season):
        people = sum(1 for _ in people_of(session, season))
    read, cpu = time.perf_counter(), time.process_time()
    with _season(town) as (session, season):
        versions = Versions(season)
        trial = Trial(season, versions.active, versions.ready(load_text(text, "new.yaml", NAMES)))
        everybody, voices = people_of(session, season), Voices("en", season.titles)
        report = trial.report(everybody, voices)
    ended = time.perf_counter()
    return {
        "people": people,
        "rows": len(report.people),
        "reading": round(read - started, 1),
        "trial": round(ended - read, 1),
        "cpu": round(time.process_time() - cpu, 1),
        "per_s": round(report.whole.cases / (ended - read)),
        "differ": report.whole.outcome_differs,
        "as_it_was": f"{report.as_it_was} of {report.compared}",
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


@contextmanager
def _season(town: Town) -> Iterator[tuple[Session, Season]]:
    now = town.clock.now()
    with looking(town.database) as session:
        span = (START - timedelta(days=1), now)
        yield session, season_of(session, town.library, "tyre_centre", span, now)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=7500, help="a multiple of --lived")
    parser.add_argument("--lived", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

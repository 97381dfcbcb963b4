"""A running engine whose folder of scenarios is edited under it."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from qc_engine.clock import FixedClock
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.store import alarms, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import ScenarioLogRow, ScenarioRow
from qc_engine.wiring.naming import empty_library
from qc_engine.wiring.playing import look_at_folder
from qc_engine.wiring.reloading import Reloading, Watched
from tests.flow.fakes import NAMES, Flow, Site

SCENARIO = """\
scenario: small
title: Малый опрос
start: {deal_in_stage: Закрыть заказ/наряд, wait: 1 hour, not_later_than: 1 day}
contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}
questions:
  quality: {text: "Оцените от 1 до 10", scale: 1-10, save_to: Оценка работы}
steps:
  ask:
    do:
      - move_deal: Оценка качества
      - survey: {ask: [quality], hint: Одно число, save_average_to: Средняя оценка}
    rules:
      - {name: доволен, when: {average_at_least: 8}, do: [say: Спасибо!, move_deal: Сделка успешна, end: happy]}
      - name: недоволен
        when: {average_below: 8}
        do:
          - create_deal: {title: Жалоба, stage: Недовольные клиенты / Новая жалоба, for: branch_head}
          - create_task: {title: Разобраться, text: Плохо, for: branch_head, due: 1 day}
          - go_to: unhappy
      - {name: молчит, when: {silent_for: 2 days}, do: [end: unanswered]}
  unhappy:
    rules:
      - {name: долго, when: {in_step_for: 5 days}, do: [move_deal: Сделка успешна, end: unhappy]}
"""


class Running:
    """The real flow, with the loop that follows the folder; each `edit` is noticed as in the engine."""

    def __init__(
        self,
        database: Database,
        clock: FixedClock,
        folder: Path,
        text: str = SCENARIO,
        *,
        by_hand: bool = False,
    ) -> None:
        self.folder, self.database, self.by_hand = folder, database, by_hand
        folder.mkdir(exist_ok=True)
        self.path = folder / "small.yaml"
        self.path.write_text(text, "utf-8")
        self.site = Site(folder, NAMES)
        self.flow = Flow(database, clock, {MAIN: self.site})
        self.start()

    def start(self) -> None:
        """Also a restart: the flow keeps its outside, the library is made anew."""
        library = empty_library(MAIN)
        fresh, broken = None, None
        try:
            fresh = self.site.library(MAIN)
        except BadScenarios as faults:
            broken = faults
        self.reloading = Reloading(
            self.database, self.flow.clock, library, Watched(self.folder), lambda: self.site.library(MAIN),
            lambda: asdict(NAMES), self._play, by_hand=self.by_hand,
        )  # fmt: skip
        self.reloading.start(fresh, broken)
        old = self.flow.libraries[MAIN]
        for name, value in vars(library).items():
            setattr(old, name, value)
        self.reloading.library = old

    def _play(self, library: Library, only: Collection[str]) -> Sequence[Problem]:
        return look_at_folder(self.folder, library, "ru", only).failures()

    def edit(self, before: str, after: str) -> None:
        text = self.path.read_text("utf-8")
        assert before in text
        self.path.write_text(text.replace(before, after), "utf-8")
        self.beat()

    def beat(self) -> None:
        """Twice: a folder is read when it has come to rest."""
        self.reloading.look()
        self.reloading.look()

    @property
    def version(self) -> str:
        return self.flow.libraries[MAIN].active["small"].version

    @property
    def row(self) -> ScenarioRow:
        with self.database.reading() as session:
            return scenarios.of_portal(session, MAIN)["small"]

    @property
    def log(self) -> list[ScenarioLogRow]:
        with self.database.reading() as session:
            return list(scenarios.log_of(session, MAIN, "small"))[::-1]

    @property
    def alarm(self) -> dict[str, str] | None:
        with self.database.reading() as session:
            row = alarms.standing(session, "scenarios:main")
            return row.params if row else None

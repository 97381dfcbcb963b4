"""The settings' view of one installation; the same functions as those of `qc status` and `qc doctor`."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from qc_engine import health
from qc_engine.clock import Clock, SystemClock
from qc_engine.explain.voice import Voice
from qc_engine.ports import Connector, Finding
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store import examinations
from qc_engine.store.examinations import Examination
from qc_engine.telling.office.connected import branches, connections
from qc_engine.telling.office.standing import standing
from qc_engine.telling.office.webhooks import endpoints, tested
from qc_engine.telling.teller import Teller
from qc_engine.web.pages.settings.office import Branch, Connection, Endpoint, Health, Heard, Told
from qc_engine.wiring import doors_of

log = structlog.get_logger(__name__)
FRESH = timedelta(seconds=20)  # the page asks every two while vendors are being asked
INTERRUPTED = "Проверка прервалась: "


class InstallationOffice:
    """`connectors`: those of the running engine; without them they are put together when somebody looks."""

    def __init__(
        self, teller: Teller, clock: Clock, connectors: Sequence[Connector] | None = None,
        wall: Clock | None = None,
    ) -> None:  # fmt: skip
        self.teller, self.clock, self.wall = teller, clock, wall or SystemClock()
        self._given = connectors
        self._looked: Examination | None = None  # our own parts: to read all scenarios takes its time
        self.settings, self.database = teller.settings, teller.database

    @cached_property
    def connectors(self) -> Sequence[Connector]:
        return self._given if self._given is not None else doors_of(self.settings, self.database, self.clock)

    def standing(self, language: str) -> Told:
        voice = Voice(language, self.settings.timezone)
        return standing(self.settings, self.database, self.clock, self.connectors, voice)

    def connections(self, language: str) -> Sequence[Connection]:
        voice = Voice(language, self.settings.timezone)
        return connections(self.settings, self.database, self.connectors, voice, self.clock.now())

    def branches(self) -> Sequence[Branch]:
        return branches(self.settings)

    # --- webhooks ---

    def endpoints(self) -> Sequence[Endpoint]:
        return endpoints(self.settings)

    def test(self, webhook: str, key: str, language: str) -> Heard:
        if webhook not in self.settings.webhooks:
            raise KeyError(webhook)
        performs = next(one.performs for one in self.connectors if one.tells and one.performs)
        return tested(performs, webhook, key, self.wall.now(), Voice(language))

    def error(self, told: str, language: str) -> str:
        return Voice(language, self.settings.timezone).error(told)

    # --- the doctor ---

    def health(self) -> Health:
        now = self.wall.now()
        if self._looked is None or not self._looked.at <= now < self._looked.at + FRESH:
            self._looked = _told(_guarded(self._own), now, "")
        with self.database.reading() as session:
            return Health(self._looked, examinations.last(session), examinations.asking(session, now))

    def examine(self, by: str) -> bool:
        with self.database.transaction() as session:
            begun = examinations.begin(session, by, self.wall.now())
        if begun:
            threading.Thread(target=self._ask, args=(by,), name="doctor", daemon=True).start()
        return begun

    def _ask(self, by: str) -> None:
        found = _guarded(lambda: health.asked(self.settings, self.connectors))
        with self.database.transaction() as session:
            examinations.end(session, _told(found, self.wall.now(), by))

    def _own(self) -> Sequence[Finding]:
        try:
            return health.own_findings(self.settings, self.database)
        except BadScenarios as faults:
            places = "; ".join(map(str, faults.problems[:3]))
            return [Finding(False, f"Сценарии: ошибок {len(faults.problems)}: {places}", "qc check")]


def _guarded(look: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    """Whatever happens, somebody waits for an answer."""
    try:
        return look()
    except Exception as bug:
        log.exception("the doctor met a bug")
        return [Finding(False, f"{INTERRUPTED}{type(bug).__name__}", "qc doctor")]


def _told(found: Sequence[Finding], now: datetime, by: str) -> Examination:
    return Examination(now, by, tuple(examinations.Finding(one.ok, one.what, one.remedy) for one in found))

"""A house whose scenarios lie in a folder of their own, with everything that can be done to them."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.flow.versions import ramping
from qc_engine.ids import RandomIds
from qc_engine.scenario_files.load import version
from qc_engine.store import notebook, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.scenarios import RAMP, SHADOW
from qc_engine.store.tables import ScenarioLogRow, ScenarioRow
from qc_engine.telling.console import console_of
from qc_engine.telling.scenarios import opened as opening
from qc_engine.telling.teller import Teller
from qc_engine.wiring import Installation, offline
from qc_engine.wiring.offline import library_at
from qc_engine.wiring.versions import put_in_force, take_note
from tests.conftest import NOON
from tests.flow.fakes import NAMES, Flow, Site
from tests.flow.running import SCENARIO
from tests.web.console.house import House, csrf

PATH = "/console/scenarios/main/small"
TESTS = """\
of: small
tests:
  - name: восемь, это доволен
    story:
      - client: "8"
      - expect: {end: happy}
  - name: семь, это недоволен
    story:
      - client: "7"
      - expect: {step: unhappy}
"""
THANKS = ("say: Спасибо!", "say: Большое спасибо!")
STRICTER = ("8}", "9}")  # in both rules; and one test does not hold any more
BROKEN = ("average_at_least: 8}", "average_at_leest: 8}")
WHY = "так решили на собрании"


@dataclass
class Shop:
    """The house, its folder, and what its tables hold."""

    house: House
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "small.yaml"

    @property
    def text(self) -> str:
        return self.file.read_text("utf-8")

    @property
    def row(self) -> ScenarioRow:
        with self.house.database.reading() as session:
            return scenarios.of_portal(session, MAIN)["small"]

    @property
    def log(self) -> list[tuple[str, str, str]]:
        """What, by whom and why; the oldest first."""
        with self.house.database.reading() as session:
            rows: list[ScenarioLogRow] = list(scenarios.log_of(session, MAIN, "small"))[::-1]
        return [(row.what, row.by, row.reason) for row in rows]

    def audit(self) -> list[tuple[str, str, str]]:
        return self.house.audit("link.made", "password.set", "login")

    def edit(self, change: tuple[str, str], by_hand: bool = True) -> str:
        """By an editor on the disk; the engine takes note of it. The new version."""
        before, after = change
        assert before in self.text
        self.file.write_text(self.text.replace(before, after), "utf-8")
        return self.noticed(by_hand=by_hand)

    def noticed(self, *, by_hand: bool = True) -> str:
        fresh = library_at(self.house.settings, MAIN, self.house.database)
        with self.house.database.transaction() as session:
            take_note(session, fresh, self.house.flow.clock.now(), by_hand=by_hand)
        return fresh.active["small"].version

    def follow(self) -> None:
        """As the running engine does within seconds: it leads by what the database says."""
        library = self.house.flow.libraries[MAIN]
        with self.house.database.reading() as session:
            put_in_force(session, library, None, asdict(NAMES))

    def kept(self, change: tuple[str, str]) -> str:
        """A version that no file holds and that is nowhere in force."""
        before, after = change
        assert before in self.text
        source = self.text.replace(before, after)
        names = self.house.flow.libraries[MAIN].names
        with self.house.database.transaction() as session:
            now = self.house.flow.clock.now()
            notebook.remember_version(session, MAIN, version(source), "small", source, names, now)
        return version(source)

    def tried(self, version: str, mode: str) -> None:
        """A candidate is tried beside the version in force."""
        with self.house.database.transaction() as session:
            row = scenarios.get(session, MAIN, "small")
            assert row is not None
            share = 10.0 if mode == RAMP else 0.0
            stop_if = ["undelivered > 5%"] if mode == RAMP else []
            ramping.begin(row, version, mode, self.house.flow.clock.now(), share, [], stop_if, 20)
            scenarios.note(session, row, f"{mode}_begun", "Мария", self.house.flow.clock.now(), after=version)


def portal_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages and fields have their ids on every side, not only in the running engine."""
    for module in (offline, opening):
        monkeypatch.setattr(module, "names_now", lambda *_: NAMES)


def opened(database: Database, settings: Installation, folder: Path) -> Shop:
    folder.mkdir()
    (folder / "small.yaml").write_text(SCENARIO, "utf-8")
    (folder / "small.tests.yaml").write_text(TESTS, "utf-8")
    own = settings.model_copy(update={"scenarios": folder})
    flow = Flow(database, FixedClock(NOON), {MAIN: Site(folder, NAMES)})
    teller = Teller(own, database, flow.libraries)
    console = replace(console_of(teller, flow.clock, RandomIds()), wall=FixedClock(NOON))
    shop = Shop(House(flow, own, console), folder)
    shop.noticed(by_hand=False)
    return shop


def send(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    """A form of the page as it is now, followed to where it leads."""
    token = csrf(client.get("/console/account").text)
    answer = client.post(f"{PATH}{path}", data={"csrf": token, **form}, follow_redirects=True)
    return answer.status_code, answer.text


__all__ = ["BROKEN", "PATH", "RAMP", "SHADOW", "STRICTER", "THANKS", "WHY", "Shop", "opened", "send"]

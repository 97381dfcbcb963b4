"""Several workers, each with a folder of its own: one writes down what it holds, the others follow."""

from dataclasses import asdict
from pathlib import Path

import pytest

from qc_engine.clock import FixedClock
from qc_engine.store import alarms, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.wiring.naming import empty_library
from qc_engine.wiring.reloading import Reloading, Watched
from tests.conftest import NOON
from tests.flow.fakes import NAMES, Site
from tests.flow.running import SCENARIO

OLD, NEW = SCENARIO, SCENARIO.replace("Спасибо!", "Благодарим!")


class Worker:
    """One with its own folder; `records`: does it look after this portal?"""

    def __init__(self, database: Database, folder: Path, text: str, *, records: bool) -> None:
        folder.mkdir()
        self.path, self.records = folder / "small.yaml", records
        self.path.write_text(text, "utf-8")
        site = Site(folder, NAMES)
        self.reloading = Reloading(
            database, FixedClock(NOON), empty_library(MAIN), Watched(folder), lambda: site.library(MAIN),
            lambda: asdict(NAMES), lambda library, only: (), records=lambda: self.records,
        )  # fmt: skip
        self.reloading.start(site.library(MAIN))

    def beat(self) -> None:
        """Twice: a folder is read when it has come to rest."""
        self.reloading.look()
        self.reloading.look()

    @property
    def says(self) -> str:
        source: str = self.reloading.library.sources["small"]
        return source


def in_force(database: Database) -> tuple[str, list[str]]:
    with database.reading() as session:
        row = scenarios.of_portal(session, MAIN)["small"]
        return row.version, [one.by for one in scenarios.log_of(session, MAIN, "small")]


@pytest.fixture
def two(sqlite_database: Database, tmp_path: Path) -> tuple[Worker, Worker]:
    """The first one writes down; the second one has just been started with another folder."""
    first = Worker(sqlite_database, tmp_path / "one", OLD, records=True)
    return first, Worker(sqlite_database, tmp_path / "two", NEW, records=False)


def test_who_does_not_write_down_follows(two: tuple[Worker, Worker], sqlite_database: Database) -> None:
    first, second = two
    before = in_force(sqlite_database)
    assert "Спасибо!" in second.says  # by the text that is kept: its own folder does not have it
    second.path.write_text(NEW.replace("Благодарим!", "Мерси!"), "utf-8")
    second.beat()
    assert in_force(sqlite_database) == before
    first.path.write_text(OLD.replace("Спасибо!", "Большое спасибо!"), "utf-8")
    first.beat()
    second.beat()
    assert "Большое спасибо!" in second.says


def test_who_takes_over_puts_its_own_folder_in_force(
    two: tuple[Worker, Worker], sqlite_database: Database
) -> None:
    """As after a restart: the new folder came with the new workers."""
    first, second = two
    first.records, second.records = False, True
    second.beat()
    first.beat()
    assert ("Благодарим!" in second.says, "Благодарим!" in first.says) == (True, True)
    assert len(in_force(sqlite_database)[1]) == 2
    first.records, second.records = True, True  # a moment in which both believe so changes nothing by itself
    second.beat()
    assert len(in_force(sqlite_database)[1]) == 2


def test_a_broken_folder_is_the_alarm_of_who_writes_down(
    two: tuple[Worker, Worker], sqlite_database: Database
) -> None:
    first, second = two
    second.path.write_text("scenario: small\n", "utf-8")
    second.beat()
    with sqlite_database.reading() as session:
        assert alarms.all_alarms(session) == []
    first.records, second.records = False, True
    second.beat()
    with sqlite_database.reading() as session:
        assert [one.key for one in alarms.all_alarms(session)] == ["scenarios:main"]
    assert "Спасибо!" in second.says

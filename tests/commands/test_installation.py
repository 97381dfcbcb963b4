"""qc installation, as somebody types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.core.place import Place
from qc_engine.health import _place
from qc_engine.store import place, schema
from qc_engine.store.database import Database
from qc_engine.wiring import read_installation
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    lines = (ROOT / "config.yaml").read_text("utf-8").splitlines()
    kept = [one for one in lines if not one.startswith("database_url:")]
    path = tmp_path / "config.yaml"
    text = "\n".join([f"database_url: sqlite:///{tmp_path}/qc.db", *kept])
    path.write_text(text.replace("scenarios: scenarios", f"scenarios: {ROOT}/scenarios"), "utf-8")
    return path


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/qc.db")
    schema.upgrade(made)
    return made


def qc(config: Path, *words: str, asked: str = "") -> Result:
    return CliRunner().invoke(app, ["installation", *words, "--config", str(config)], input=asked)


def started_at(database: Database, address: str) -> None:
    with database.transaction() as session:
        place.settle(session, Place(address), "K7Q2ABCD", NOON)


def doctor(config: Path, database: Database) -> list[tuple[bool, str]]:
    settings = read_installation(config, with_secrets=False)
    return [(one.ok, one.what.partition(",")[0].partition(":")[0]) for one in _place(settings, database)]


def test_before_the_first_start_there_is_nothing_to_say(config: Path, database: Database) -> None:
    for command in ("show", "moved", "copy"):
        told = qc(config, command)
        assert (told.exit_code, "has not been started yet" in told.stderr) == (1, True), told.output
    assert doctor(config, database) == []


def test_another_address_is_told_and_answered(config: Path, database: Database, clock: FixedClock) -> None:
    started_at(database, "https://old.example.kz")
    told = qc(config, "show")
    assert (told.exit_code, "another address here, https://qc.example.kz" in told.stderr) == (1, True)
    assert doctor(config, database) == [(False, "База принесена с другого места (https")]
    no = qc(config, "moved", asked="n\n")
    assert (no.exit_code, qc(config, "show").exit_code) == (1, 1)
    yes = qc(config, "moved", asked="y\n")
    assert (yes.exit_code, "this is the installation" in yes.stdout) == (0, True), yes.output
    shown = qc(config, "show", "--json")
    assert json.loads(shown.stdout) == {
        "id": "K7Q2ABCD", "address": "https://qc.example.kz", "copy": False, "differs": ""
    }  # fmt: skip
    assert doctor(config, database) == [(True, "Установка K7Q2ABCD")]


def test_a_copy_says_so(config: Path, database: Database) -> None:
    started_at(database, "https://old.example.kz")
    assert qc(config, "copy", "--yes").exit_code == 0
    shown = qc(config, "show")
    assert (shown.exit_code, "a copy for trying" in shown.stdout) == (0, True)
    assert doctor(config, database) == [(True, "Это копия для проб")]

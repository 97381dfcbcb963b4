"""qc backup, restore and release, as somebody types them; qc db upgrade keeps what was there."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine.__main__ import app
from qc_engine.store import alarms, polls, schema
from qc_engine.store.database import Database
from qc_engine.store.tables import ClientRow, CursorRow
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]
PHONE = "77015550001"


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
    with made.transaction() as session:
        session.add(ClientRow(phone=PHONE, wrote_at=NOON))
        session.add(CursorRow(name="bitrix24:history", value="x"))
    return made


def qc(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)])


def test_there_and_back_and_let_go(config: Path, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    made = qc(config, "backup", str(file))
    assert (made.exit_code, f"rows are in {file}, each compared" in made.stdout) == (0, True), made.output
    assert PHONE not in made.output
    refused = qc(config, "backup", str(file))
    assert (refused.exit_code, "a backup replaces nothing" in refused.stderr) == (1, True)
    refused = qc(config, "restore", str(file))
    assert (refused.exit_code, "not empty" in refused.stderr) == (1, True)
    back = qc(config, "restore", str(file), "--replace")
    assert (back.exit_code, "Nothing leaves until `qc release`" in back.stdout) == (0, True), back.output
    assert list(tmp_path.glob("qc.db.before-restore-*"))
    with Database(f"sqlite:///{tmp_path}/qc.db").reading() as session:
        assert session.get(ClientRow, PHONE)
    told = qc(config, "status")
    assert (told.exit_code, "ничего не отправляется, пока человек не разрешит" in told.stdout) == (1, True)


def test_what_cannot_be_restored_leaves_the_database_where_it_was(
    config: Path, database: Database, tmp_path: Path
) -> None:
    """Else the engine would begin anew, with an empty one, and ask everybody once more."""
    qc(config, "backup", str(tmp_path / "copy.db"))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as old, old:
        old.execute("UPDATE alembic_version SET version_num = '0008'")
    told = qc(config, "restore", str(tmp_path / "copy.db"), "--replace")
    assert (told.exit_code, "qc db upgrade" in told.stderr) == (3, True), told.output
    assert not list(tmp_path.glob("qc.db.before-restore-*"))
    with Database(f"sqlite:///{tmp_path}/qc.db").reading() as session:
        assert session.get(ClientRow, PHONE)


def test_not_before_every_poll_has_been_answered(config: Path, database: Database, tmp_path: Path) -> None:
    qc(config, "backup", str(tmp_path / "copy.db"))
    qc(config, "restore", str(tmp_path / "copy.db"), "--replace")
    early = qc(config, "release", "--yes")
    assert (early.exit_code, "bitrix24:history" in early.stderr) == (1, True), early.output
    again = Database(f"sqlite:///{tmp_path}/qc.db")
    with again.transaction() as session:
        polls.succeeded(session, "bitrix24:history", NOON.replace(year=2100))
    gone = qc(config, "release", "--json")
    assert json.loads(gone.stdout[gone.stdout.index("{") :]) == {
        "held": True,
        "looked_for_first": 0,
        "planned": {},
    }
    assert "nothing is held" in qc(config, "release", "--yes").stdout


def test_what_came_back_by_other_means_is_held_too(config: Path, database: Database) -> None:
    """From a dump of the server, or a snapshot of the machine: there too what it wants to send may have left."""
    held = qc(config, "hold", "--taken", "2026-03-09 02:00")
    assert (held.exit_code, "Nothing leaves until `qc release`" in held.stdout) == (0, True), held.output
    early = qc(config, "release", "--yes")
    assert (early.exit_code, "bitrix24:history" in early.stderr) == (1, True), early.output
    with database.reading() as session:
        (alarm,) = alarms.all_alarms(session)
    assert (alarm.key, alarm.params) == ("restored", {"at": "2026-03-09T02:00:00+00:00"})
    assert qc(config, "hold", "--taken", "yesterday").exit_code == 2


@pytest.mark.parametrize(("text", "why"), [(None, "there is no"), ("nothing", "is no backup of qc-engine")])
def test_what_is_no_backup(config: Path, tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "some.db"
    if text:
        file.write_text(text)
    told = qc(config, "restore", str(file))
    assert (told.exit_code, why in told.stderr, "Traceback" in told.output) == (1, True, False), told.output


def test_an_upgrade_keeps_what_was_there(config: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    schema.upgrade(database, "0008")
    told = qc(config, "db", "upgrade")
    assert (told.exit_code, "kept as it was" in told.stdout) == (0, True), told.output
    assert schema.current(Database(f"sqlite:///{tmp_path}/qc.db.before-0008")) == "0008"
    assert qc(config, "db", "upgrade").exit_code == 0


def test_a_backup_that_is_not_there_is_asked_for(config: Path, database: Database, tmp_path: Path) -> None:
    refused = qc(config, "restore", str(tmp_path / "nothing.db"), "--replace")
    assert (refused.exit_code, "path of a file that `qc backup` made" in refused.stderr) == (1, True)
    assert not (tmp_path / "nothing.db").exists()
    assert not list(tmp_path.glob("qc.db.before-restore-*"))

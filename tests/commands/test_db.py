"""qc db copy and recount, as somebody types them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, update
from typer.testing import CliRunner

from qc_engine import health
from qc_engine.clock import FixedClock
from qc_engine.commands.db import app
from qc_engine.flow.rolling import roll_up
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.fact_tables import FactRow
from qc_engine.store.lock import lock_of
from qc_engine.store.rollup_tables import DayRollup
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]


def made(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    return database


def test_copied_and_told(tmp_path: Path) -> None:
    source, target = made(tmp_path / "a.db"), f"sqlite:///{tmp_path}/b.db"
    told = CliRunner().invoke(app, ["copy", source.url, target])
    assert told.exit_code == 0, told.output
    assert "are in both databases, each compared" in told.stdout
    assert "cases: 0" in told.stderr
    assert schema.current(Database(target)) == schema.newest()


@pytest.mark.parametrize(
    ("source", "target", "code", "why"),
    [
        ("a.db", "nowhere://user:secret@x", 2, "that is no address of a database"),
        ("a.db", "postgresql://user:secret@127.0.0.1:1/x", 3, "the database cannot be opened"),
        ("missing.db", "b.db", 1, "missing.db; give FROM as it stands at database_url"),
    ],
)
def test_what_cannot_be_copied(tmp_path: Path, source: str, target: str, code: int, why: str) -> None:
    made(tmp_path / "a.db")
    urls = [one if "://" in one else f"sqlite:///{tmp_path}/{one}" for one in (source, target)]
    told = CliRunner().invoke(app, ["copy", *urls])
    assert (told.exit_code, why in told.stderr, "secret" in told.output) == (code, True, False), told.output


def test_while_an_engine_runs_nothing_is_copied(tmp_path: Path) -> None:
    source = made(tmp_path / "a.db")
    lock = lock_of(source)
    lock.take()
    told = CliRunner().invoke(app, ["copy", source.url, f"sqlite:///{tmp_path}/b.db"])
    lock.free()
    assert (told.exit_code, "already works on" in told.stderr) == (3, True)
    assert not (tmp_path / "b.db").exists()


# --- the sums of analytics --------------------------------------------------------------------


def test_sums_that_differ_are_found_and_counted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/qc.db")
    database = made(tmp_path / "qc.db")
    with database.transaction() as session:
        for number, day in enumerate((date(2026, 2, 27), date(2026, 3, 2))):
            session.add(FactRow(
                case_id=f"C{number}", portal="main", branch="Абая", scenario="visit", asked_at=NOON, day=day,
                weekday=day.weekday(),
            ))  # fmt: skip
    while roll_up(database, FixedClock(NOON + timedelta(days=30))):
        pass
    assert health._rollups(database).ok
    with database.transaction() as session:
        session.execute(update(DayRollup).where(col(DayRollup.day) == date(2026, 3, 2)).values(asked=7))
    found = health._rollups(database)
    assert (found.ok, "03.2026" in found.what, "qc db recount" in found.remedy) == (False, True, True)
    told = CliRunner().invoke(app, ["recount", "--config", str(ROOT / "config.yaml")])
    assert (told.exit_code, told.stdout) == (0, "added up again: 4 days\n")
    assert health._rollups(database).ok
    database.close()

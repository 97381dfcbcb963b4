"""qc db copy, as somebody types it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from qc_engine.commands.db import app
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.lock import lock_of


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
        ("missing.db", "b.db", 1, "there is no "),
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

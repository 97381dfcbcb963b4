"""Backups that the engine makes by itself: when, checked, no more than wanted; who cannot is heard."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qc_engine import health
from qc_engine.clock import FixedClock, SystemClock
from qc_engine.config_files.load import BadConfig
from qc_engine.flow.backups import Backing
from qc_engine.settings import Backups
from qc_engine.store import alarms, backup, snapshots
from qc_engine.store.copying import CannotCopy
from qc_engine.store.database import Database
from qc_engine.store.tables import AlarmRow, ClientRow
from qc_engine.wiring.installation import read_installation
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]
PHONE = "77015550001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


def backing(database: Database, clock: FixedClock, folder: Path | None, keep: int = 3) -> Backing:
    """It has looked once: who has just begun makes nothing yet."""
    made = Backing(database, clock, Backups(folder=folder, every=timedelta(hours=6), keep=keep))
    made.look()
    return made


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def alarm(database: Database) -> AlarmRow | None:
    with database.reading() as session:
        return alarms.standing(session, "backup")


def test_one_every_six_hours_and_the_oldest_go(database: Database, clock: FixedClock, folder: Path) -> None:
    with database.transaction() as session:
        session.add(ClientRow(phone=PHONE, wrote_at=NOON))
    one = backing(database, clock, folder)
    assert names(folder) == [], "who has just begun must be ready first"
    for _ in range(7):
        one.look()
        clock.advance(timedelta(hours=3))
    assert names(folder) == ["qc-20260303T130000Z.db", "qc-20260303T190000Z.db", "qc-20260304T010000Z.db"]
    newest = folder / names(folder)[-1]
    assert newest.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0
    assert backup.taken_at(newest) == NOON + timedelta(hours=18)
    with database.reading() as session:
        assert snapshots.last(session) == NOON + timedelta(hours=18)


def test_it_can_be_restored_whole(
    database: Database, clock: FixedClock, folder: Path, tmp_path: Path
) -> None:
    with database.transaction() as session:
        session.add(ClientRow(phone=PHONE, wrote_at=NOON))
    backing(database, clock, folder).look()
    with closing(Database(f"sqlite:///{tmp_path}/new.db")) as new:
        assert backup.restore(folder / names(folder)[0], new, clock.now()) >= 1
        with new.reading() as session:
            assert session.get(ClientRow, PHONE)
            assert alarms.standing(session, "restored")


def test_another_worker_knows_what_was_made(database: Database, clock: FixedClock, folder: Path) -> None:
    backing(database, clock, folder).look()
    clock.advance(timedelta(hours=5))
    other = backing(database, clock, folder.with_name("of another machine"))
    other.look()
    assert names(folder.with_name("of another machine")) == []


def test_files_of_others_stay(database: Database, clock: FixedClock, folder: Path) -> None:
    folder.mkdir()
    for name in ("qc-2020-01-01.db", "notes.txt", "qc-20200101T000000Z.db.gz"):
        (folder / name).touch()
    one = backing(database, clock, folder, keep=1)
    for _ in range(2):
        one.look()
        clock.advance(timedelta(hours=6))
    assert names(folder) == [
        "notes.txt",
        "qc-2020-01-01.db",
        "qc-20200101T000000Z.db.gz",
        "qc-20260303T130000Z.db",
    ]


def test_who_cannot_write_is_heard_and_tries_again(
    sqlite_database: Database, clock: FixedClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = backing(sqlite_database, clock, folder, keep=1)
    one.look()
    clock.advance(timedelta(hours=6))
    tried: list[datetime] = []

    def full(_: Database, __: Path, now: datetime) -> Path:
        tried.append(now)
        raise OSError(28, "No space left on device", "/copies/qc.db")

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "take", full)
        for _ in range(20):
            one.look()
            clock.advance(timedelta(minutes=1))
    assert len(tried) == 2, "a quarter of an hour between two tries"
    stands = alarm(sqlite_database)
    assert stands
    assert (stands.phrase, stands.params["reason"]) == (
        "alarm.backup",
        "/copies/qc.db: No space left on device",
    )
    assert names(folder) == ["qc-20260303T070000Z.db"], "the last good one stays"
    clock.advance(timedelta(minutes=15))
    one.look()
    assert (alarm(sqlite_database), len(names(folder))) == (None, 1)


def test_the_first_that_fails_and_nobody_wants_any(
    sqlite_database: Database, clock: FixedClock, folder: Path
) -> None:
    folder.touch()
    backing(sqlite_database, clock, folder).look()
    stands = alarm(sqlite_database)
    assert stands
    assert stands.phrase == "alarm.backup.never"
    backing(sqlite_database, clock, None).look()
    assert alarm(sqlite_database) is None


def test_a_damaged_database_is_no_backup(sqlite_database: Database, clock: FixedClock, folder: Path) -> None:
    with sqlite_database.transaction() as session:
        session.add_all([ClientRow(phone=str(77010000000 + number)) for number in range(3000)])
    assert sqlite_database.path
    sqlite_database.close()
    with closing(sqlite3.connect(sqlite_database.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'clients'").fetchone()
    with sqlite_database.path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises((CannotCopy, sqlite3.DatabaseError)):
        snapshots.take(sqlite_database, folder, clock.now())
    assert names(folder) == []


@pytest.mark.parametrize(
    ("age", "ok"), [(None, False), (timedelta(hours=1), True), (timedelta(hours=13), False)]
)
def test_the_doctor_says_how_old_the_last_one_is(
    sqlite_database: Database, folder: Path, age: timedelta | None, ok: bool
) -> None:
    plain = read_installation(ROOT / "config.yaml", with_secrets=False)
    settings = plain.model_copy(update={"backup": Backups(folder=folder)})
    if age is not None:
        with sqlite_database.transaction() as session:
            snapshots.note(session, SystemClock().now() - age)
    (found,) = health._backups(settings, sqlite_database)
    assert (found.ok, bool(found.remedy)) == (ok, not ok)
    assert list(health._backups(plain, sqlite_database)) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{every: 5 min}", "every: 10 min or more"),
        ("{keep: 0}", "keep: must be at least 1"),
        ("{file: x}", "unknown word 'file'"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text((ROOT / "config.yaml").read_text("utf-8") + f"\nbackup: {line}\n", "utf-8")
    with pytest.raises(BadConfig) as bad:
        read_installation(path, with_secrets=False)
    (problem,) = bad.value.problems
    assert said in str(problem)

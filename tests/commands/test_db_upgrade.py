"""qc db upgrade of PostgreSQL: what there was is in a file first, or nothing is changed."""

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from qc_engine.__main__ import app
from qc_engine.store import backup, holding, schema
from qc_engine.store.database import Database
from qc_engine.store.tables import ClientRow, NoteRow
from tests.conftest import NOON, empty_database

ROOT = Path(__file__).resolve().parents[2]
PHONE, BEFORE = "77015550001", "0013"


@pytest.fixture
def old(request: pytest.FixtureRequest) -> Iterator[Database]:
    """PostgreSQL as an older program left it, with a client."""
    for database in empty_database(request, "postgresql"):
        schema.downgrade(database, BEFORE)
        with database.transaction() as session:
            session.add(ClientRow(phone=PHONE, wrote_at=NOON))
            session.add(NoteRow(name="names", value="Алматы", updated_at=NOON))
        yield database


@pytest.fixture
def config(old: Database, tmp_path: Path) -> Path:
    lines = (ROOT / "config.yaml").read_text("utf-8").splitlines()
    kept = [one for one in lines if not one.startswith("database_url:")]
    text = "\n".join([f"database_url: {old.url}", *kept])
    path = tmp_path / "config.yaml"
    path.write_text(text.replace("scenarios: scenarios", f"scenarios: {ROOT}/scenarios"), "utf-8")
    return path


def upgrade(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["db", "upgrade", *words, "--config", str(config)])


def test_kept_by_command_and_read_back_by_the_program_of_before(
    config: Path, old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = upgrade(config)
    assert (refused.exit_code, "--without-backup" in refused.stderr) == (2, True), refused.output
    assert schema.current(old) == BEFORE
    file = tmp_path / "room" / "before.db"
    monkeypatch.setattr(
        "qc_engine.store.copying.TELL_EVERY", 1
    )  # of large tables it is told how far they are
    done = upgrade(config, "--backup", str(file))
    assert (done.exit_code, f"kept as it was: {file}" in done.stdout) == (0, True), done.output
    assert "clients: 1 written\nclients: 1 compared\nclients: 1\n" in done.stderr
    assert [one[:4] for one in done.stderr.splitlines() if one[:2] == "00"] == _after(BEFORE)
    assert PHONE not in done.output
    assert schema.current(old) == schema.newest()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(Database(f"sqlite:///{file}")) as kept:
        assert schema.current(kept) == BEFORE
        schema.upgrade(kept)  # stands in for the program of before: it restores at its own revision
    empty = Database(f"sqlite:///{tmp_path}/again.db")
    assert backup.restore(file, empty, NOON) >= 2
    with empty.reading() as session:
        assert session.get_one(ClientRow, PHONE).wrote_at == NOON
        assert session.get_one(NoteRow, "names").value == "Алматы"
        assert holding.is_held(session)
    nothing = upgrade(config)
    assert (nothing.exit_code, "kept" in nothing.stdout) == (0, False), nothing.output


def _after(revision: str) -> list[str]:
    return [f"{one:04}" for one in range(int(revision) + 1, int(schema.newest()) + 1)]


def test_into_the_folder_of_backups_and_never_over_another_file(
    config: Path, old: Database, tmp_path: Path
) -> None:
    (tmp_path / "here").write_text("mine")
    refused = upgrade(config, "--backup", str(tmp_path / "here"))
    assert (refused.exit_code, "a backup replaces nothing" in refused.stderr) == (1, True), refused.output
    assert (schema.current(old), (tmp_path / "here").read_text()) == (BEFORE, "mine")
    with config.open("a", encoding="utf-8") as more:
        more.write(f"\nbackup:\n  folder: {tmp_path}/folder\n")
    done = upgrade(config)
    assert done.exit_code == 0, done.output
    (file,) = (tmp_path / "folder").iterdir()
    assert (file.name.startswith(f"before-{BEFORE}-"), f"kept as it was: {file}" in done.stdout) == (
        True,
        True,
    )


def test_with_a_dump_of_ones_own_and_an_empty_one(config: Path, old: Database) -> None:
    assert upgrade(config, "--without-backup").stdout == f"database: {BEFORE} -> {schema.newest()}\n"
    schema.downgrade(old, "base")
    assert upgrade(config).stdout == f"database: empty -> {schema.newest()}\n"


def test_what_cannot_be_backed_up_is_not_upgraded(config: Path, old: Database, tmp_path: Path) -> None:
    """Neither a database from before there were notes, nor one of a newer program."""
    schema.downgrade(old, "0001")
    told = upgrade(config, "--backup", str(tmp_path / "some.db"))
    assert (told.exit_code, "pg_dump" in told.stderr, schema.current(old)) == (1, True, "0001"), told.output
    assert not (tmp_path / "some.db").exists()
    with old.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    told = upgrade(config)
    assert (told.exit_code, "update the program" in told.stderr) == (3, True), told.output


def test_a_file_of_sqlite_too_may_be_kept_elsewhere(
    config: Path, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    schema.downgrade(sqlite_database, BEFORE)
    file = tmp_path / "elsewhere.db"
    done = upgrade(config, "--backup", str(file))
    assert (done.exit_code, f"kept as it was: {file}" in done.stdout) == (0, True), done.output
    assert (file.exists(), list(tmp_path.glob("*.before-*"))) == (True, [])
    assert schema.current(sqlite_database) == schema.newest()

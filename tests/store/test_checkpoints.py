"""The log of SQLite: carried over beside the commits, and short again although writers never rest."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from qc_engine.store.checkpoints import TOO_LONG_PAGES, WORTH_IT_BYTES, carry_over
from qc_engine.store.database import Database

PAGE = 4096


def write(database: Database, pages: int) -> None:
    with database.transaction(durable=False) as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS much (bytes BLOB)"))
        session.execute(text("DELETE FROM much"))
        for _ in range(pages // 64 or 1):
            session.execute(text(f"INSERT INTO much VALUES (zeroblob({64 * PAGE - 200}))"))


def log_bytes(database: Database) -> int:
    assert database.path
    return database.path.with_name("qc.db-wal").stat().st_size


def test_commits_leave_it_alone_and_the_loop_does_it(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/qc.db")) as database:
        for _ in range(5):
            write(database, 640)
        grown = log_bytes(database)
        assert grown > 3000 * PAGE, "no commit stopped to carry over what was written before"
        assert carry_over(database) == 0
        for _ in range(4):  # into the log from its beginning
            write(database, 640)
        assert log_bytes(database) == grown


def test_a_short_log_is_not_worth_a_look(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/qc.db")) as database:
        carry_over(database)  # not even a file is there
        write(database, 1)
        before = (tmp_path / "qc.db").stat().st_size
        assert log_bytes(database) < WORTH_IT_BYTES
        carry_over(database)
        assert (tmp_path / "qc.db").stat().st_size == before


def test_while_somebody_reads_nothing_waits_and_nothing_is_lost(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/qc.db")) as database:
        write(database, 640)
        with database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM much")) == 10
            write(database, TOO_LONG_PAGES + 1000)
            carry_over(database)
            assert session.scalar(text("SELECT count(*) FROM much")) == 10
        with database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM much")) == (TOO_LONG_PAGES + 1000) // 64

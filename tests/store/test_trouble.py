"""Whose fault is it: the database's, which passes, or the work's own, which stays?"""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qc_engine.store import schema
from qc_engine.store.database import Database, is_passing
from tests.flow.many import together


def trouble_of(database: Database, work: Callable[[Database], None]) -> bool:
    with pytest.raises(DBAPIError) as raised:
        work(database)
    return is_passing(raised.value)


def run(*statements: str) -> Callable[[Database], None]:
    def work(database: Database) -> None:
        with database.transaction() as session:
            for one in statements:
                session.execute(text(one))

    return work


def test_a_connection_that_breaks_passes(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("a file has no connections")
    assert trouble_of(database, run("SELECT pg_terminate_backend(pg_backend_pid())"))
    with closing(Database(database.url.replace("host=", "host=%2Fnowhere"))) as nobody:
        assert trouble_of(nobody, run("SELECT 1"))


def test_a_file_that_is_busy_passes(sqlite_database: Database) -> None:
    assert sqlite_database.path
    with closing(sqlite3.connect(sqlite_database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        late = sqlite3.connect(sqlite_database.path, timeout=0.01, isolation_level=None)
        with closing(late), pytest.raises(sqlite3.OperationalError) as raised:
            late.execute("BEGIN IMMEDIATE")
    assert is_passing(DBAPIError("BEGIN", {}, raised.value))


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "INSERT INTO cursors (name) VALUES ('a')"])
def test_our_own_mistakes_stay(database: Database, statement: str) -> None:
    assert not trouble_of(database, run(statement))
    assert not is_passing(ValueError("a bug"))


def test_who_starts_at_one_moment_makes_the_tables_once(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("a file has one worker")
    schema.downgrade(database, "-1")
    together(*[lambda: schema.upgrade(database)] * 2)
    schema.require_current(database)
    assert schema.differences(database) == []

"""What a commit promises of a power cut, as each database is told."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from qc_engine.store.database import Database

FULL, NORMAL = 2, 1


def synchronous(engine: Engine) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()


def test_sqlite_waits_for_the_disk_where_it_must(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    assert (synchronous(database.engine), synchronous(database._quick)) == (FULL, NORMAL)
    with database.transaction() as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == FULL
    with database.transaction(durable=False) as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == NORMAL
    database.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_too(database: Database) -> None:
    for durable, expected in ((True, "on"), (False, "off"), (True, "on")):
        with database.transaction(durable=durable) as session:
            told = session.connection().exec_driver_sql("SHOW synchronous_commit").scalar()
        assert told == expected

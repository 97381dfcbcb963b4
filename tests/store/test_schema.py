"""The schema goes up and down on both databases, and says what the tables in code say."""

import pytest

from qc_engine.store import schema
from qc_engine.store.database import Database


def test_code_and_database_agree(database: Database) -> None:
    assert schema.differences(database) == []
    schema.require_current(database)


def test_down_and_up_again(database: Database) -> None:
    schema.downgrade(database, "base")
    assert schema.current(database) is None
    with pytest.raises(schema.WrongSchema, match="qc db upgrade"):
        schema.require_current(database)
    schema.upgrade(database)
    assert schema.differences(database) == []


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(schema.WrongSchema, match="update the program"):
        schema.require_current(database)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Database(url)

"""What /readyz says of the database while it is upgraded."""

import pytest
from sqlalchemy import text

from qc_engine.serving.doors import _not_ready
from qc_engine.store import schema
from qc_engine.store.database import Database


@pytest.mark.parametrize(
    ("revision", "failed"),
    [
        (None, []),
        ("9999", []),  # of a newer program, which is about to take our place
        ("0001", ["schema"]),
    ],
)
def test_doors_go_on_while_newer_ones_are_on_their_way(
    sqlite_database: Database, revision: str | None, failed: list[str]
) -> None:
    if revision:
        with sqlite_database.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        with pytest.raises(schema.WrongSchema):
            schema.require_current(sqlite_database)
    assert _not_ready(sqlite_database, lambda: True) == failed
    assert _not_ready(sqlite_database, lambda: False) == ["loops", *failed]

"""Into the inbox by the driver: the same rows as by the usual way, and each of them once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from qc_engine.core.events import AnswerReceived, DealChanged, LinkClicked
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.arrivals import Incoming, add_many
from qc_engine.store.database import Database
from qc_engine.store.driver import Driver, writing_of
from qc_engine.store.tables import CursorRow, InboxRow

NOW = datetime(2026, 3, 4, 10, 15, 0, 123, tzinfo=UTC)
DEAL = Arrival("deal:1", DealChanged(1))
ANSWER = Arrival("inbox:77" + "x" * 300, AnswerReceived("77010000001", 'да "9" 👍', NOW, 77))
CLICK = Arrival("click:1", LinkClicked("k" * 22, "yandex", NOW))


def rows(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        found = session.exec(select(InboxRow).order_by("id")).all()
        return [row.model_dump(exclude={"id"}) for row in found]


def by_driver(database: Database, *incoming: Incoming) -> list[bool]:
    with Driver(database).transaction() as writing:
        return add_many(writing, incoming)


@pytest.mark.parametrize("arrival", [DEAL, ANSWER, CLICK])
def test_the_same_row_by_both_ways(database: Database, arrival: Arrival) -> None:
    assert by_driver(database, Incoming("a", arrival, NOW, "raw", "main")) == [True]
    with database.transaction() as session:
        assert inbox.add(session, "b", arrival, NOW, "raw", "main")
    first, second = rows(database)
    assert first | {"source": ""} == second | {"source": ""}


def test_the_same_unreadable_row_by_both_ways(database: Database) -> None:
    assert by_driver(database, Incoming("a", None, NOW, "raw", "main", "no JSON")) == [True]
    with database.transaction() as session:
        inbox.add_unreadable(session, "b", "raw", "no JSON", NOW, "main")
    first, second = rows(database)
    assert first | {"source": ""} == second | {"source": ""}


def test_what_is_there_is_left_out(database: Database) -> None:
    """Also what comes twice in one group; another sender's key is another key."""
    one, two = Incoming("a", DEAL, NOW), Incoming("a", CLICK, NOW)
    assert by_driver(database) == []
    assert by_driver(database, one, one, two, Incoming("b", DEAL, NOW)) == [True, False, True, True]
    assert by_driver(database, two, one) == [False, False]
    assert len(rows(database)) == 3


def test_many(database: Database) -> None:
    incoming = [Incoming("a", Arrival(f"deal:{n % 400}", DealChanged(n)), NOW) for n in range(600)]
    assert by_driver(database, *incoming) == [True] * 400 + [False] * 200


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 100, 255, 256, 257, 600])
def test_any_number_at_once_in_the_order_they_came(database: Database, count: int) -> None:
    incoming = [Incoming("ab"[n % 2], Arrival(f"deal:{n}", DealChanged(n)), NOW) for n in range(count)]
    assert by_driver(database, *incoming) == [True] * count
    assert by_driver(database, *incoming[::3]) == [False] * len(incoming[::3])
    assert [row["key"] for row in rows(database)] == [f"deal:{n}" for n in range(count)]


# --- the driver itself --------------------------------------------------------------------------


def put(writing: Any, name: str) -> None:
    writing.insert("INSERT INTO cursors (name, value)", [(name, "x")])


def fail_after_putting(writing: Any, name: str) -> None:
    put(writing, name)
    raise ValueError("oops")


def names(database: Database) -> set[str]:
    with database.reading() as session:
        return {row.name for row in session.exec(select(CursorRow)).all()}


def test_all_or_nothing(database: Database) -> None:
    driver = Driver(database)
    with driver.transaction() as writing:
        put(writing, "a")
    with pytest.raises(ValueError, match="oops"), driver.transaction() as writing:
        fail_after_putting(writing, "b")
    with driver.transaction() as writing:
        put(writing, "c")
    driver.close()
    assert names(database) == {"a", "c"}


def test_within_a_session_it_is_the_sessions_transaction(database: Database) -> None:
    with pytest.raises(ValueError, match="oops"), database.transaction() as session:
        fail_after_putting(writing_of(session), "a")
    with database.transaction() as session:
        put(writing_of(session), "b")
    assert names(database) == {"b"}


def test_a_lost_connection_is_replaced(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("a file is never restarted")
    driver = Driver(database)
    with driver.transaction() as writing:
        put(writing, "a")
    with database.transaction() as session:
        session.connection().exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    with driver.transaction() as writing:
        put(writing, "b")
    driver.close()
    assert names(database) == {"a", "b"}

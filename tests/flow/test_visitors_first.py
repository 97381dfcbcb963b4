"""Somebody who has clicked a link waits for no more than one event."""

import threading
from typing import Any

import pytest
from sqlmodel import col, func, select

from qc_engine.clock import FixedClock
from qc_engine.core.events import LinkClicked
from qc_engine.flow.handle import Handler
from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from qc_engine.store.driver import Driver
from qc_engine.store.tables import InboxRow
from tests.flow.fakes import Flow

EVENTS = 5
PATIENCE = 10.0


def handled(database: Database) -> int:
    with database.reading() as session:
        done = select(func.count()).select_from(InboxRow).where(col(InboxRow.processed_at).is_not(None))
        return session.exec(done).one()


def test_a_visitor_comes_between_two_events(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, known_then = Flow(sqlite_database, clock), list[int]()
    now = clock.now()
    flow.arrive(*(Arrival(f"click:{n}", LinkClicked(f"code{n}", "yandex", now)) for n in range(EVENTS)))

    def visit() -> None:
        driver = Driver(sqlite_database)
        with driver.transaction():
            known_then.append(handled(sqlite_database))
        driver.close()

    visitor, apply = threading.Thread(target=visit), Handler._apply

    def while_one_waits(self: Handler, *given: Any) -> None:
        apply(self, *given)
        if not visitor.ident:
            visitor.start()
            while not sqlite_database.is_wanted:
                pass

    monkeypatch.setattr(Handler, "_apply", while_one_waits)
    assert flow.handler.handle_some() == 1
    visitor.join(PATIENCE)
    assert known_then == [1]
    assert flow.handler.handle_some() == EVENTS - 1
    assert (handled(sqlite_database), flow.handler.handle_some()) == (EVENTS, 0)

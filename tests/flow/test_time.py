"""Time that runs out at the very moment at which something else happens."""

from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import PHONE, Flow


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def says(flow: Flow, text: str, number: int) -> None:
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
    flow.handler.handle_some()


def test_an_unclear_word_at_the_deadline_does_not_swallow_it(flow: Flow) -> None:
    """The word is handled a moment before the timer, and its rule is not the one about silence."""
    flow.close_order()
    flow.later(days=1)
    says(flow, "нормально", 5000)
    flow.settle()
    flow.later(days=1)
    flow.clock.advance(timedelta(days=1, seconds=1))
    says(flow, "ну так", 5001)
    flow.settle()
    with flow.database.reading() as session:
        assert session.exec(select(CaseRow)).one().outcome == "unanswered"

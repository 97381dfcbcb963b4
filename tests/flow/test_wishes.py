"""'Delete my data', said in words: no more questions, and a person has until the law's last day."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.explain.alarming import alarms_told
from qc_engine.explain.voice import Voice
from qc_engine.flow.forgetting import forget
from qc_engine.ports import Arrival
from qc_engine.store import alarms, cases
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from tests.flow.fakes import PHONE, Flow

STRANGER = "77019998877"
WORDS = "Удалите мои персональные данные"


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    made = Flow(database, clock)
    made.close_order()
    made.later(days=1)
    return made


def says(flow: Flow, text: str, number: int, phone: str = PHONE) -> None:
    flow.clock.advance(timedelta(minutes=1))
    event = AnswerReceived(phone, text, flow.clock.now(), number)
    flow.arrive(Arrival(f"inbox:{number}", event))
    flow.settle()


def standing(flow: Flow) -> Sequence[tuple[str, str]]:
    with flow.database.reading() as session:
        return [(one.key, one.params["until"][:16]) for one in alarms.all_alarms(session)]


def erase(flow: Flow, phone: str) -> None:
    forget(flow.database, phone, "f" * 64, "Анна", "u1", "письмо", flow.clock.now())


def test_the_wish_is_heard_told_once_and_ends_with_the_data(flow: Flow) -> None:
    says(flow, WORDS, 5000)
    with flow.database.reading() as session:
        case = session.exec(select(CaseRow)).one()
        assert cases.client(session, PHONE).opted_out_at
        (told,) = alarms_told(session, Voice("ru", "UTC"))
    asked = [(f"erasure:{case.id}", "2026-03-18T23:59")]
    assert (case.outcome, standing(flow)) == ("opted_out", asked)
    assert "сделайте или ответьте до 18.03.2026 23:59" in told["text"], told["text"]
    assert PHONE not in str(told)
    flow.later(days=3)
    says(flow, "Повторяю: удалите мои данные!", 5001)
    assert standing(flow) == asked, "the law counts from the first time"
    erase(flow, PHONE)
    assert standing(flow) == []


@pytest.mark.parametrize("text", ["стоп", "удалите меня", "9", "данные по машине не сказали, 6"])
def test_other_words_are_no_wish(flow: Flow, text: str) -> None:
    says(flow, text, 5000)
    assert standing(flow) == []


def test_a_stranger_may_ask_too(flow: Flow) -> None:
    says(flow, WORDS, 6000, STRANGER)
    with flow.database.reading() as session:
        row = session.exec(select(InboxRow).where(InboxRow.kind == "AnswerReceived")).one()
    assert [key for key, _ in standing(flow)] == [f"erasure:event-{row.id}"]
    erase(flow, STRANGER)
    assert standing(flow) == []

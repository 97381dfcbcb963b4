"""What a stop, a manager's hand and the end of a case take back, and what they must not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import (
    AddComment,
    CreateDeal,
    CreateTask,
    Lane,
    MoveDeal,
    SendMessage,
    SetFields,
    UpdateContact,
)
from qc_engine.core.events import AnswerReceived, DealMoved, LinkClicked, TaskClosed
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Arrival, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow
from tests.flow.fakes import PHONE, Flow


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return Flow(sqlite_database, clock)


def answers(flow: Flow, outcome: Callable[[], Outcome], *kinds: type, lane: Lane | None = None) -> None:
    """From now on calls of these kinds, or of a whole lane, end so and are not carried out."""

    def concerns(job: Job) -> bool:
        return isinstance(job.effect, kinds) or job.effect.lane is lane

    flow.world.answer = lambda job: outcome() if concerns(job) else Done()
    flow.world.carried_out = lambda job: not concerns(job)


def all_well(flow: Flow) -> None:
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)


def busy() -> Outcome:
    return TryLater("503")


def says(flow: Flow, text: str, number: int) -> None:
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
    flow.settle()


def asked(flow: Flow) -> None:
    flow.close_order()
    flow.later(days=1)


def stages(flow: Flow) -> list[str]:
    return [one.stage for one in flow.world.done(MoveDeal) if isinstance(one, MoveDeal)]


def outcome_of(flow: Flow) -> str:
    with flow.database.reading() as session:
        return session.exec(select(CaseRow)).one().outcome


def test_a_score_before_the_stop_still_reaches_the_deal(flow: Flow) -> None:
    asked(flow)
    answers(flow, busy, lane=Lane.CRM)
    says(flow, "3", 5000)
    says(flow, "стоп", 5001)
    all_well(flow)
    flow.later(minutes=1)
    assert [one.fields for one in flow.world.done(SetFields) if isinstance(one, SetFields)] == [
        {"UF_S1": "3"}
    ]
    assert stages(flow)[-1] == "WON"


def test_a_score_and_words_before_a_managers_hand_still_reach_the_deal(flow: Flow) -> None:
    asked(flow)
    answers(flow, busy, lane=Lane.CRM)
    says(flow, "7, долго ждал", 5000)
    flow.arrive(Arrival("m", DealMoved(4312, "LOSE", flow.clock.now())))
    all_well(flow)
    flow.later(minutes=1)
    assert len(flow.world.done(SetFields)) == len(flow.world.done(AddComment)) == 1
    assert outcome_of(flow) == "stopped_by_hand"


def test_a_complaint_outlives_the_stop_that_follows_it(flow: Flow) -> None:
    asked(flow)
    says(flow, "3", 5000)
    answers(flow, busy, lane=Lane.CRM)
    says(flow, "4", 5001)
    says(flow, "стоп", 5002)
    all_well(flow)
    flow.later(minutes=1)
    assert len(flow.world.done(CreateDeal)) == len(flow.world.done(UpdateContact)) == 1


def test_two_stops_bring_one_farewell(flow: Flow) -> None:
    asked(flow)
    answers(flow, busy, SendMessage, MoveDeal)
    says(flow, "стоп", 5000)
    says(flow, "стоп!!!", 5001)
    all_well(flow)
    flow.later(minutes=1)
    assert [text for text in flow.world.texts if "не будем писать" in text] == flow.world.texts[1:]
    assert len(flow.world.texts) == 2
    assert stages(flow)[-1] == "WON"


def test_a_stop_before_the_deal_was_moved_closes_the_deal_all_the_same(flow: Flow) -> None:
    answers(flow, busy, lane=Lane.CRM)
    asked(flow)
    says(flow, "стоп", 5000)
    all_well(flow)
    flow.later(minutes=1)
    assert stages(flow) == ["UC_QUALITY", "WON"]


def test_no_reminder_after_the_end(flow: Flow) -> None:
    """The channel was down from the reminder's hour until the case had ended."""
    asked(flow)
    answers(flow, busy, SendMessage)
    for _ in range(30):
        flow.later(hours=2)
    assert outcome_of(flow) == "unanswered"
    all_well(flow)
    for _ in range(12):
        flow.later(hours=2)
    assert len(flow.world.texts) == 1


def test_a_message_that_was_on_its_way_when_the_case_ended_is_not_tried_again(flow: Flow) -> None:
    asked(flow)
    says(flow, "9", 5000)
    flow.arrive(Arrival("inbox:5001", AnswerReceived(PHONE, "9", flow.clock.now(), 5001)))
    flow.handler.handle_some()
    channel = flow.deliverer("channel")
    _, (claimed,) = channel._claim()
    flow.arrive(Arrival("m", DealMoved(4312, "LOSE", flow.clock.now())))
    flow.handler.handle_some()
    with flow.database.transaction() as session:
        channel._record_all(session, [(claimed, TryLater("503"))])
    flow.later(minutes=1)
    assert outcome_of(flow) == "stopped_by_hand"
    assert len(flow.world.texts) == 2


def test_a_question_whose_move_was_refused_does_not_leave_the_case_waiting_for_ever(flow: Flow) -> None:
    answers(flow, lambda: Refused("no such stage"), MoveDeal)
    asked(flow)
    assert outcome_of(flow) == "undelivered"
    assert flow.world.texts == []


def test_messages_held_back_do_not_cost_a_turn_each(flow: Flow) -> None:
    """In the evening a whole queue has to wait for the morning: that is one look, not one per message."""
    for number in range(3):
        flow.close_order(number + 1, f"7701555{number:04d}")
    answers(flow, busy, SendMessage)
    flow.later(days=1)
    flow.clock.advance(timedelta(hours=10))
    channel = flow.deliverer("channel")
    flow.world.batch_size = 1
    turns = 0
    while channel.deliver_some():
        turns += 1
    with flow.database.reading() as session:
        late = session.exec(select(EffectRow.run_at).where(EffectRow.kind == "SendMessage")).all()
    assert turns == 3
    assert all(at > flow.clock.now() for at in late)


def test_a_task_closed_before_we_know_its_number_counts(flow: Flow) -> None:
    asked(flow)
    says(flow, "9 и 9", 5000)
    flow.world.answer = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, CreateTask) else Done()
    code = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
    flow.arrive(Arrival("click", LinkClicked(code, "yandex", flow.clock.now())))
    flow.settle()
    number = 1000 + next(
        n for n, one in enumerate(flow.world.ledger, 1) if isinstance(one.effect, CreateTask)
    )
    flow.arrive(Arrival("task", TaskClosed(number, "Отзыв найден", flow.clock.now())))
    for _ in range(5):
        flow.later(seconds=30)
    assert outcome_of(flow) == "review_confirmed"


def test_nothing_leaves_while_words_of_the_client_wait(flow: Flow) -> None:
    """It may be 'stop': an answer that nobody has read yet holds every message to this client back."""
    flow.close_order()
    flow.clock.advance(timedelta(days=1, minutes=1))
    wake_due(flow.database, flow.clock)
    flow.handler.handle_some()  # the question is planned
    flow.deliverer("crm").deliver_some()
    flow.arrive(Arrival("stop", AnswerReceived(PHONE, "стоп", flow.clock.now(), 1)))
    flow.deliverer("channel").deliver_some()
    assert flow.world.texts == []
    flow.later(minutes=1)
    assert len(flow.world.texts) == 1
    assert "больше не будем" in flow.world.texts[0]

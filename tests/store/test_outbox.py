"""Who leaves first: what somebody waits for, then what a season brings by the thousand."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import AddComment, CreateDeal, CreateTask, MoveDeal, SendMessage, SetFields
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealDeleted,
    DealMoved,
    DealSeen,
    Event,
    LinkClicked,
    ReviewChecked,
    TaskClosed,
)
from qc_engine.ports import Arrival, TryLater
from qc_engine.store import outbox
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from tests.flow.fakes import Flow

SEASON = 20
MINUTE = timedelta(minutes=1)


def phone(number: int) -> str:
    return f"7701555{number:04d}"


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    """One client is in the middle of the survey when a season's cases fall due, and nobody takes anything."""
    flow = Flow(database, clock)
    flow.close_order(1, phone(1))
    flow.later(hours=23)
    for number in range(2, SEASON):
        flow.close_order(number, phone(number))
    flow.later(hours=1)
    flow.world.answer, flow.world.carried_out = (lambda _: TryLater("503")), (lambda _: False)
    flow.later(hours=23)
    return flow


def says(flow: Flow, text: str, number: int) -> None:
    flow.clock.advance(MINUTE)
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(phone(1), text, flow.clock.now(), number)))
    flow.settle()


def in_order(flow: Flow, lane: str) -> Sequence[EffectRow]:
    with flow.database.reading() as session:
        return outbox.ready(session, lane, flow.clock.now() + timedelta(days=1), 1000)


def test_an_answer_is_ahead_of_the_seasons_questions(flow: Flow) -> None:
    assert len(in_order(flow, "crm")) == SEASON - 2
    says(flow, "9", 5000)
    first, *others = in_order(flow, "crm")
    assert (first.kind, first.payload["deal_id"], first.priority) == ("SetFields", 1, 2)
    assert {one.kind for one in others} == {"MoveDeal"}
    assert {one.priority for one in others} == {5}
    (question,) = in_order(flow, "channel")
    assert (question.payload["question"], question.priority) == ("service", 2)


def test_a_low_score_is_ahead_of_the_seasons_questions(flow: Flow) -> None:
    """Scores, deal, complaint and task of the unhappy client, one by one, before anybody is asked."""
    says(flow, "2 и 3", 5000)
    left = []
    with flow.database.transaction() as session:
        while (row := first_of(session, flow.clock.now() + timedelta(days=1))) and row.priority < 5:
            left.append(row.kind)
            outbox.settle(row, outbox.DONE, flow.clock.now())
            session.flush()
    assert left[0] == "SetFields"
    assert {"CreateDeal", "CreateTask", "NotifyStaff"} < set(left)


def first_of(session: Session, now: datetime) -> EffectRow | None:
    return next(iter(outbox.ready(session, "crm", now, 1)), None)


def test_what_stands_before_an_urgent_effect_of_its_case_hurries_too(flow: Flow) -> None:
    """A reminder that waits in the queue must not hold back the next question of a client who answers."""
    flow.later(hours=3)
    reminders = [one for one in in_order(flow, "channel") if one.payload["purpose"] == "reminder"]
    assert [one.priority for one in reminders] == [5]
    says(flow, "9", 5000)
    (first,) = in_order(flow, "channel")
    assert (first.id, first.priority) == (reminders[0].id, 2)


def test_a_worker_is_told_what_is_urgent(flow: Flow) -> None:
    says(flow, "9", 5000)
    urgent = []
    flow.world.answer = lambda job: urgent.append((type(job.effect), job.urgent)) or TryLater("503")
    flow.later(hours=1)
    told = dict(urgent)
    assert (told[SetFields], told[MoveDeal]) == (True, False)


# --- which decisions are urgent ---------------------------------------------------------------


@pytest.fixture
def asked(sqlite_database: Database, clock: FixedClock) -> Flow:
    """One client has the first question."""
    flow = Flow(sqlite_database, clock)
    flow.close_order(1, phone(1))
    flow.later(days=1)
    return flow


def effects(flow: Flow) -> Sequence[EffectRow]:
    with flow.database.reading() as session:
        return session.exec(select(EffectRow).order_by(col(EffectRow.id))).all()


def last_priorities(flow: Flow, before: int) -> dict[str, int]:
    return {row.kind: row.priority for row in effects(flow)[before:]}


def count(flow: Flow) -> int:
    return len(effects(flow))


def happens(flow: Flow, event: Event) -> int:
    """A minute later; how many effects there were before."""
    before = count(flow)
    flow.clock.advance(MINUTE)
    flow.arrive(Arrival(f"event {before}", event))
    flow.settle()
    return before


def answers(flow: Flow, text: str) -> int:
    return happens(flow, AnswerReceived(phone(1), text, flow.clock.now(), 5000))


def opens_the_link(flow: Flow) -> int:
    code = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
    return happens(flow, LinkClicked(code, "yandex", flow.clock.now()))


def test_every_reaction_to_a_client_is_urgent_and_what_time_brings_is_not(asked: Flow) -> None:
    assert last_priorities(asked, 0) == {MoveDeal.__name__: 5, SendMessage.__name__: 5}
    answered = last_priorities(asked, answers(asked, "9 и 9, но долго ждал"))
    assert AddComment.__name__ in answered
    assert set(answered.values()) == {2}
    assert last_priorities(asked, opens_the_link(asked))[CreateTask.__name__] == 2


@pytest.mark.parametrize(
    "by_hand",
    [
        lambda flow: DealMoved(1, "WON", flow.clock.now()),
        lambda flow: DealSeen(Deal(1, "Заказ", "WON", flow.clock.now())),
        lambda flow: ReviewChecked(effects(flow)[0].case_id, "found", flow.clock.now()),
        lambda flow: TaskClosed(task_of(flow), "Отзыв найден", flow.clock.now()),
        lambda _: DealDeleted(1),
    ],
)
def test_a_manager_does_not_wait_behind_the_season(asked: Flow, by_hand: Callable[[Flow], Event]) -> None:
    answers(asked, "9 и 9")
    opens_the_link(asked)
    before = happens(asked, by_hand(asked))
    assert count(asked) > before
    assert set(last_priorities(asked, before).values()) == {2}


def task_of(flow: Flow) -> int:
    return next(int(one.result) for one in effects(flow) if one.kind == CreateTask.__name__)


def test_a_complaint_is_the_most_urgent(asked: Flow) -> None:
    assert last_priorities(asked, answers(asked, "1 и 1"))[CreateDeal.__name__] == 1


def test_what_time_brings_is_bulk(asked: Flow) -> None:
    """Nobody answers: the reminder and the end of the case wait their turn."""
    before = count(asked)
    for _ in range(4):
        asked.later(days=1)
    assert last_priorities(asked, before) == {SendMessage.__name__: 5, MoveDeal.__name__: 5}

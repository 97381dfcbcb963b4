"""The road of a case over a real database of either kind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateDeal, CreateTask, MoveDeal, SendMessage, SetFields
from qc_engine.core.events import AnswerReceived, DealMoved, LinkClicked, ReviewChecked, StaffWrote
from qc_engine.explain.alarming import alarms_told
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import delivery_words, error_words
from qc_engine.flow import wake
from qc_engine.flow.wake import wake_due
from qc_engine.ports import Arrival, Broken, Done, OutcomeUnknown, Refused, TryLater
from qc_engine.store import alarms, cases, inbox, outbox
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, TraceRow
from tests.flow import fakes

PHONE = fakes.PHONE


@pytest.fixture
def flow(database: Database, clock: FixedClock):
    return fakes.Flow(database, clock)


def says(flow, text: str, number: int) -> None:
    flow.clock.advance(timedelta(minutes=1))
    event = AnswerReceived(PHONE, text, flow.clock.now(), number)
    flow.arrive(Arrival(f"inbox:{number}", event))
    flow.settle()


def rows(flow, table):
    with flow.database.transaction() as session:
        return session.exec(select(table)).all()


def the_case(flow) -> CaseRow:
    (row,) = rows(flow, CaseRow)
    return row


def test_happy_story(flow) -> None:
    flow.close_order()
    assert flow.world.ledger == []
    flow.later(days=1)
    assert [type(job.effect) for job in flow.world.ledger] == [MoveDeal, SendMessage]
    says(flow, "9", 5000)
    says(flow, "десять", 5001)
    assert flow.world.done(SetFields)[-1].fields == {"UF_S2": "10", "UF_AVG": "9.5"}
    code = flow.world.texts[-1].rpartition("/r/")[2].split()[0]
    flow.arrive(Arrival(f"click:{code}", LinkClicked(code, "yandex", flow.clock.now())))
    flow.settle()
    assert len(flow.world.done(CreateTask)) == 1
    case = the_case(flow)
    assert case.task_id is not None
    flow.arrive(Arrival("review", ReviewChecked(case.id, "found", flow.clock.now())))
    flow.settle()
    assert the_case(flow).outcome == "review_confirmed"
    assert all(row.processed_at for row in rows(flow, InboxRow))


def test_the_same_event_many_times_makes_one_case(flow) -> None:
    for _ in range(5):
        flow.close_order()
    assert len(rows(flow, CaseRow)) == 1


def test_a_second_deal_of_the_same_phone_is_not_surveyed_within_thirty_days(flow) -> None:
    flow.close_order(1)
    flow.close_order(2)
    flow.later(days=1)
    assert len(flow.world.texts) == 1
    assert sorted(row.outcome for row in rows(flow, CaseRow)) == ["", "asked_recently"]


def test_an_answer_quicker_than_our_knowledge_is_held(flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(days=1))
    flow.world.answer = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, SendMessage) else Done()
    flow.settle()
    says(flow, "9", 5000)
    (answer,) = [row for row in rows(flow, InboxRow) if row.kind == "AnswerReceived"]
    assert answer.processed_at is None
    flow.world.answer = lambda _: Done()
    flow.later(seconds=15)  # the first look finds the message
    flow.later(seconds=15)
    assert flow.world.done(SetFields)[0].fields == {"UF_S1": "9"}
    assert len(flow.world.texts) == 2


# --- outcomes ---------------------------------------------------------------------------------


def test_a_message_that_may_have_left_is_never_repeated(flow) -> None:
    """Neither sent nor found: two looks, then a person."""
    flow.world.answer = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    flow.close_order()
    flow.later(days=1)
    for _ in range(10):
        flow.later(minutes=1)
    states = {row.kind: row.state for row in rows(flow, EffectRow)}
    assert states == {"MoveDeal": "done", "SendMessage": "review"}
    assert flow.world.texts == []


def test_a_task_proved_absent_is_made_again_and_one_that_exists_is_not(flow) -> None:
    lost = {"count": 0}

    def answer(job):
        if isinstance(job.effect, CreateDeal) and not lost["count"]:
            lost["count"] += 1
            return OutcomeUnknown("cut")
        return Done()

    flow.world.answer = answer
    flow.world.carried_out = lambda job: (
        not (isinstance(job.effect, CreateDeal) and lost["count"] == 1 and job.attempt == 1)
    )
    flow.close_order()
    flow.later(days=1)
    says(flow, "2", 5000)
    says(flow, "3", 5001)
    for _ in range(5):
        flow.later(minutes=1)
    assert len(flow.world.done(CreateDeal)) == 1
    assert len(flow.world.done(CreateTask)) == 1


def test_what_the_vendor_made_twice_is_told_and_counted_once(flow) -> None:
    """The answer was lost, and the search finds two: the first is ours, the other is a person's to judge."""
    flow.world.answer = lambda job: OutcomeUnknown("cut") if isinstance(job.effect, CreateDeal) else Done()
    found = flow.world.find
    flow.world.find = lambda job: replace(found(job), others=("77", "78"))
    flow.close_order()
    flow.later(days=1)
    says(flow, "2", 5000)
    says(flow, "3", 5001)
    for _ in range(3):
        flow.later(minutes=1)
    assert len(flow.world.done(CreateDeal)) == 1, "nothing is made anew, nothing is deleted"
    with flow.database.reading() as session:
        row = session.exec(select(EffectRow).where(EffectRow.kind == "CreateDeal")).one()
        (alarm,) = alarms.all_alarms(session)
        (told,) = alarms_told(session, Voice("en", "UTC"))
    assert (row.state, row.result != "77") == (outbox.DONE, True)
    assert (alarm.key, alarm.params["number"], alarm.params["others"]) == (
        f"twice:{row.id}",
        row.result,
        "77, 78",
    )
    assert "in excess: 77, 78" in told["text"]
    assert "once more by itself: 77, 78" in delivery_words(Voice("en", "UTC"), row, {})
    assert error_words(Voice("en", "UTC"), row) == "", "it is done"


def test_busy_vendors_get_time(flow) -> None:
    flow.world.answer = lambda _: TryLater("503")
    flow.world.carried_out = lambda _: False
    flow.close_order()
    flow.later(days=1)
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)
    flow.later(seconds=5)
    assert len(flow.world.texts) == 1


def test_a_broken_integration_parks_everything_and_goes_on_by_itself(flow) -> None:
    calls = []
    flow.world.answer = lambda job: calls.append(job) or Broken("401 INVALID_CREDENTIALS")
    flow.world.carried_out = lambda _: False
    flow.close_order()
    flow.later(days=1)
    flow.later(seconds=30)
    assert len(calls) == 1
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)
    flow.later(minutes=5)
    assert len(flow.world.texts) == 1


def test_a_managers_hand_wins(flow) -> None:
    """The deal is elsewhere when we come: nothing is asked, and the case says why."""
    flow.world.answer = lambda job: Refused("it is in LOSE", "deal_elsewhere")
    flow.world.carried_out = lambda _: False
    flow.close_order()
    flow.later(days=1)
    assert flow.world.texts == []
    assert the_case(flow).outcome == "stopped_by_hand"
    assert {row.kind: row.state for row in rows(flow, EffectRow)} == {
        "MoveDeal": "failed",
        "SendMessage": "cancelled",
    }


def test_a_hand_after_the_question_stops_what_has_not_left(flow) -> None:
    flow.close_order()
    flow.later(days=1)
    flow.arrive(Arrival("m", DealMoved(4312, "LOSE", flow.clock.now())))
    flow.settle()
    assert the_case(flow).outcome == "stopped_by_hand"
    flow.later(days=5)
    assert len(flow.world.texts) == 1


# --- the gate ---------------------------------------------------------------------------------


def test_nothing_is_sent_in_the_night_after_an_outage(flow) -> None:
    """Due at noon, the channel was down till 22:00: asked at nine in the morning."""
    flow.world.answer = lambda job: TryLater("down") if isinstance(job.effect, SendMessage) else Done()
    flow.world.carried_out = lambda job: not isinstance(job.effect, SendMessage)
    flow.close_order()
    flow.later(days=1)
    flow.clock.advance(timedelta(hours=10))
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)
    flow.settle()
    assert flow.world.texts == []
    flow.later(hours=11)
    assert len(flow.world.texts) == 1


def test_while_an_operator_talks_the_engine_waits(flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(days=1))
    flow.arrive(Arrival("o", StaffWrote(PHONE, flow.clock.now(), 1)))
    flow.handler.handle_some()
    flow.settle()
    assert flow.world.texts == []
    flow.later(hours=2)
    assert len(flow.world.texts) == 1


def test_stop_from_somebody_without_a_case_holds(flow) -> None:
    says(flow, "стоп", 1)
    flow.close_order()
    flow.later(days=1)
    assert flow.world.texts == []
    assert the_case(flow).outcome == "opted_out"


def test_nobodys_words_wait_behind_a_whole_seasons_timers(flow, monkeypatch) -> None:
    """Events are handled in the order they came, so timers come in only as they are handled."""
    monkeypatch.setattr(wake, "ENOUGH", 2)
    monkeypatch.setattr(wake, "AT_ONCE", 2)
    for number in range(8):
        flow.close_order(1000 + number, phone=f"7701555{number:04d}")
    flow.clock.advance(timedelta(days=1))
    woken = sum(iter(lambda: wake_due(flow.database, flow.clock), 0))
    assert woken == 4, "two that wait are not too many, four are"
    flow.settle()
    assert len(flow.world.texts) == 8


# --- crashes ----------------------------------------------------------------------------------


def test_a_worker_that_died_in_mid_call(flow) -> None:
    """Harmless effects start again; a message is looked for first."""
    flow.close_order()
    flow.clock.advance(timedelta(days=1))
    wake_due(flow.database, flow.clock)
    flow.handler.handle_some()
    crm = flow.deliverer("crm")
    crm._claim()  # claimed, never recorded
    flow.later(seconds=179)
    assert flow.world.ledger == []
    with flow.database.transaction() as session:
        assert outbox.expired(session, flow.clock.now() + timedelta(seconds=2), timedelta(seconds=60)) == 1
    flow.later(seconds=2)
    assert [type(job.effect) for job in flow.world.ledger] == [MoveDeal, SendMessage]


def test_a_worker_that_lost_its_lease_records_nothing(flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(days=1))
    wake_due(flow.database, flow.clock)
    flow.handler.handle_some()
    crm = flow.deliverer("crm")
    _, (late,) = crm._claim()
    flow.clock.advance(timedelta(minutes=4))
    with flow.database.transaction() as session:
        outbox.expired(session, flow.clock.now(), timedelta(seconds=60))
    flow.settle()
    with flow.database.transaction() as session:
        crm._record_all(session, [(late, Refused("too late to matter"))])
    assert {row.state for row in rows(flow, EffectRow)} == {"done"}


def test_a_poison_event_is_set_aside_and_the_others_flow(flow) -> None:
    flow.close_order()
    with flow.database.transaction() as session:
        inbox.add(
            session, "test", Arrival("bad", AnswerReceived(PHONE, "9", flow.clock.now(), 1)), flow.clock.now()
        )
        session.flush()
        row = session.exec(select(InboxRow).where(InboxRow.key == "bad")).one()
        row.event = {"nonsense": 1}
    flow.close_order(9, "77015559999")
    for _ in range(6):
        flow.later(minutes=1)
    (bad,) = [row for row in rows(flow, InboxRow) if row.key == "bad"]
    assert (bad.result, bad.attempts) == ("quarantined", 5)
    assert "nonsense" in bad.reason or "Traceback" in bad.reason
    assert len(rows(flow, CaseRow)) == 2


def test_every_decision_has_its_trace(flow) -> None:
    flow.close_order()
    flow.later(days=1)
    says(flow, "9", 5000)
    case_id = the_case(flow).id
    with flow.database.reading() as session:
        case = cases.get(session, case_id)
    assert case is not None
    assert [row.rev for row in rows(flow, TraceRow)] == list(range(1, case.rev + 1))


def test_a_running_case_stays_on_its_version_and_its_names(flow, monkeypatch) -> None:
    """The file changes and a stage gets another name: who has begun goes on as begun."""
    flow.close_order()
    library = flow.libraries[MAIN]
    changed = {name: replace(one, version="changed") for name, one in library.active.items()}
    monkeypatch.setattr(library, "active", changed)
    monkeypatch.setattr(library, "names", {"stages": {}, "fields": {}, "contact_fields": {}, "users": {}})
    flow.later(days=1)
    assert flow.world.done(MoveDeal)[0].stage == "UC_QUALITY"
    assert the_case(flow).version != "changed"

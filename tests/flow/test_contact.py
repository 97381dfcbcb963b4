"""The contact rules over real tables: complaints of any scenario, holidays of today, phones and their zones."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.calendar import Holidays
from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, LinkClicked, ReviewChecked, StaffWrote, TaskClosed
from qc_engine.phones import zones_of
from qc_engine.ports import Arrival, Done, Job, TryLater
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from tests.flow.fakes import PHONE, ROOT, Flow, Site

DAY = timedelta(days=1)


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock, tmp_path: Path) -> Flow:
    """The customer's scenario, with a pause of 14 days after a complaint and hardly a contact limit."""
    text = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
    text = text.replace("at_most_once_in: 30 days", "at_most_once_in: 1 h\n  after_complaint: 14 days")
    (tmp_path / "tyre_centre.yaml").write_text(text, "utf-8")
    return Flow(sqlite_database, clock, {MAIN: Site(folder=tmp_path)})


def case_of(flow: Flow, deal_id: int) -> Case:
    with flow.database.reading() as session:
        (row,) = cases.of_deal(session, MAIN, deal_id)
        return cases.load(session, row)


def effects_of(flow: Flow, deal_id: int, kind: str) -> list[EffectRow]:
    case_id = case_of(flow, deal_id).id
    with flow.database.reading() as session:
        return list(
            session.exec(select(EffectRow).where(EffectRow.case_id == case_id, EffectRow.kind == kind))
        )


def says(flow: Flow, text: str) -> None:
    flow.clock.advance(timedelta(minutes=1))
    number = 5000 + len(flow.world.ledger)
    flow.arrive(Arrival(f"says:{number}:{text}", AnswerReceived(PHONE, text, flow.clock.now(), number)))
    flow.settle()


def complain(flow: Flow, deal_id: int) -> None:
    flow.close_order(deal_id)
    flow.later(days=1)
    says(flow, "2")
    says(flow, "3")
    assert case_of(flow, deal_id).outcome == "dissatisfied"


def settle_it(flow: Flow, deal_id: int) -> None:
    """The head closes the task that came with the complaint."""
    (task,) = effects_of(flow, deal_id, "CreateTask")
    flow.arrive(
        Arrival(f"closed:{task.result}", TaskClosed(int(task.result), "", flow.clock.now())), portal=MAIN
    )
    flow.settle()


# --- complaints -------------------------------------------------------------------------------


def test_who_complained_is_not_asked_again_until_it_is_settled(flow: Flow) -> None:
    complain(flow, 1)
    flow.later(hours=3)
    flow.close_order(2)
    flow.later(days=1)
    refused = case_of(flow, 2)
    assert (refused.outcome, refused.ended_why.key if refused.ended_why else "") == (
        "complaint_open",
        "gate.complaint",
    )
    settle_it(flow, 1)
    assert case_of(flow, 1).complaint.settled_at == flow.clock.now()  # type: ignore[union-attr]
    flow.close_order(3)
    flow.later(days=1)
    assert case_of(flow, 3).step == "ask"


def test_two_weeks_settle_it_too(flow: Flow) -> None:
    complain(flow, 1)
    flow.later(days=13)
    flow.close_order(2)
    flow.later(days=1)
    assert case_of(flow, 2).step == "ask"


def asks_for_review(job: Job) -> bool:
    return isinstance(job.effect, SendMessage) and "/r/" in job.effect.text


def test_a_complaint_meanwhile_stops_the_request_for_a_review(flow: Flow) -> None:
    """Two deals of one phone: the links of the one are on their way when the other goes wrong."""
    flow.close_order(1)
    flow.later(hours=2)
    flow.close_order(2)
    flow.world.answer = lambda job: TryLater("down") if asks_for_review(job) else Done()
    flow.world.carried_out = lambda job: not asks_for_review(job)
    flow.later(hours=22)
    says(flow, "10")
    says(flow, "10")
    flow.later(hours=2)
    says(flow, "2")
    says(flow, "3")
    assert case_of(flow, 2).outcome == "dissatisfied"
    flow.world.answer, flow.world.carried_out = lambda _: Done(), lambda _: True
    flow.later(hours=1)
    held = [row for row in effects_of(flow, 1, "SendMessage") if row.state == "cancelled"]
    assert [row.error for row in held] == ["complaint_open: gate.complaint"]
    assert "/r/" in held[0].payload["text"]
    assert not any("/r/" in text for text in flow.world.texts)
    assert case_of(flow, 1).step == "review_offered"  # it goes on without the links


def test_a_closed_task_of_something_else_settles_nothing(flow: Flow) -> None:
    complain(flow, 1)
    flow.arrive(Arrival("closed:1", TaskClosed(1, "", flow.clock.now())), portal=MAIN)
    flow.arrive(Arrival("click", LinkClicked("0", "yandex", flow.clock.now())))
    flow.arrive(Arrival("page", ReviewChecked(case_of(flow, 1).id, "found", flow.clock.now())))
    flow.settle()
    with flow.database.reading() as session:
        assert cases.complained_at(session, PHONE) is not None


def test_a_task_of_the_same_number_in_another_portal_settles_nothing(flow: Flow) -> None:
    complain(flow, 1)
    (task,) = effects_of(flow, 1, "CreateTask")
    flow.arrive(Arrival("closed", TaskClosed(int(task.result), "", flow.clock.now())), portal="astana")
    flow.settle()
    with flow.database.reading() as session:
        assert cases.complained_at(session, PHONE) is not None


# --- holidays ---------------------------------------------------------------------------------


def holidays(flow: Flow, *days: tuple[int, int, int]) -> None:
    flow.libraries[MAIN].holidays = Holidays(frozenset(days))


def test_a_holiday_that_was_added_later_holds_for_running_cases(flow: Flow) -> None:
    flow.close_order(1)
    holidays(flow, (0, 3, 4), (0, 3, 5))
    flow.later(days=1)
    case = case_of(flow, 1)
    assert (case.step, case.wake_at and case.wake_at.isoformat()) == ("", "2026-03-06T04:00:00+00:00")
    flow.later(days=1, hours=21)
    assert case_of(flow, 1).step == "ask"


def test_the_reminder_waits_for_the_end_of_the_holiday(flow: Flow) -> None:
    holidays(flow, (2026, 3, 5))
    flow.close_order(1)
    flow.later(days=1)
    asked = len(flow.world.texts)
    flow.later(days=1)
    assert len(flow.world.texts) == asked
    says(flow, "9")  # who writes to us on a holiday gets an answer on it
    assert len(flow.world.texts) == asked + 1


def test_long_holidays_make_nothing_too_late(flow: Flow) -> None:
    holidays(flow, *((0, 3, day) for day in range(4, 16)))
    flow.close_order(1)
    flow.later(days=1)
    flow.later(days=11, hours=22)
    assert case_of(flow, 1).step == "ask"


def test_a_message_that_a_holiday_holds_says_so(flow: Flow) -> None:
    flow.close_order(1)
    flow.world.answer = lambda job: TryLater("down") if isinstance(job.effect, SendMessage) else Done()
    flow.later(days=1)
    holidays(flow, (0, 3, 4))
    flow.later(minutes=30)
    (question,) = effects_of(flow, 1, "SendMessage")
    assert (question.state, question.error) == ("planned", "gate.holiday")
    assert question.run_at.isoformat() == "2026-03-05T04:00:00+00:00"


# --- phones -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "certain"),
    [
        ("77015551234", ["Asia/Almaty"]),  # one country, one time
        ("12125551234", ["America/New_York"]),
        ("4930901820", ["Europe/Berlin"]),
        ("79161234567", None),  # a Russian mobile: eleven zones
        ("", []),
        ("12", []),
    ],
)
def test_where_a_phone_is_at_home(phone: str, certain: list[str] | None) -> None:
    zones = zones_of(phone)
    assert len(zones) > 5 if certain is None else list(zones) == certain


# --- an operator ------------------------------------------------------------------------------


def test_an_operator_who_wrote_before_there_was_a_case_is_not_interrupted(flow: Flow) -> None:
    flow.arrive(Arrival("staff", StaffWrote(PHONE, flow.clock.now() + timedelta(hours=23), 5)))
    flow.settle()
    flow.close_order(1)
    flow.later(days=1)
    case = case_of(flow, 1)
    assert (case.step, case.wake_at) == ("", flow.clock.now() + timedelta(hours=1))
    flow.later(hours=1)
    assert case_of(flow, 1).step == "ask"

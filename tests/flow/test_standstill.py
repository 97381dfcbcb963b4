"""A scenario is frozen in mid-flow: nothing leaves, nothing is lost, and what was done can be taken back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import State
from qc_engine.core.effects import CloseTask, MoveDeal, SendMessage, SetFields
from qc_engine.core.events import AnswerReceived, DealMoved, MessageRefused
from qc_engine.flow import handle
from qc_engine.flow.versions import freezing, undoing
from qc_engine.flow.versions.freezing import Held
from qc_engine.ports import Arrival, Done, Job, Outcome, Refused
from qc_engine.store import cases, deeds, inbox, outbox, scenarios, traces
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow
from tests.flow.fakes import PHONE
from tests.flow.running import Running

OTHER = "77010000009"


@pytest.fixture
def running(database: Database, clock: FixedClock, tmp_path: Path) -> Running:
    return Running(database, clock, tmp_path / "scenarios")


def freeze(running: Running, name: str = "small") -> None:
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, name)
        assert row is not None
        freezing.freeze(session, row, "Мария", "не те люди", running.flow.clock.now())


def thaw(running: Running, name: str = "small") -> Held:
    now = running.flow.clock.now()
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, name)
        assert row is not None
        waiting = freezing.held(session, MAIN, name, now)
        freezing.thaw(session, row, "Мария", "", now)
    running.beat()
    running.flow.settle()
    return waiting


def undo(running: Running, known: undoing.Known = undoing.nothing_known) -> list[undoing.Undoing]:
    now = running.flow.clock.now()
    with running.database.transaction() as session:
        done = deeds.done_since(session, MAIN, "small", now - timedelta(days=1))
        plans = undoing.plan(session, done, known)
        for plan in plans:
            undoing.undo(session, plan, "Мария", "не те люди", now)
    running.flow.settle()
    return plans


def says(running: Running, text: str, number: int, phone: str = PHONE) -> None:
    arrival = Arrival(f"inbox:{number}", AnswerReceived(phone, text, running.flow.clock.now(), number))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def case(running: Running) -> CaseRow:
    with running.database.reading() as session:
        return session.exec(select(CaseRow)).one()


def asked(running: Running) -> None:
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)
    assert running.flow.world.texts == ["Оцените от 1 до 10"]


def test_nothing_leaves_from_that_very_commit_on(running: Running) -> None:
    """The engine's own loop has not even looked yet."""
    running.flow.close_order(1, PHONE)
    freeze(running)
    running.flow.later(hours=5)
    assert running.flow.world.ledger == []
    assert case(running).state == State.WAITING
    waiting = thaw(running)
    assert (waiting.timers, waiting.events) == (1, 0)
    assert running.flow.world.texts == ["Оцените от 1 до 10"]


def test_what_was_planned_is_held_and_goes_out_afterwards(running: Running) -> None:
    asked(running)
    running.flow.arrive(
        Arrival("inbox:5001", AnswerReceived(PHONE, "9", running.flow.clock.now(), 5001)), portal=""
    )
    running.flow.handler.handle_some()
    freeze(running)
    before = len(running.flow.world.ledger)
    running.flow.later(hours=2)
    assert len(running.flow.world.ledger) == before
    waiting = thaw(running)
    assert waiting.effects == {"messages": 1, "moves": 1, "fields": 1}
    assert (waiting.too_late, waiting.on_their_way) == (0, 0)
    assert running.flow.world.texts[-1] == "Спасибо!"


def test_what_became_too_late_is_dropped(running: Running) -> None:
    asked(running)
    running.flow.arrive(
        Arrival("inbox:5001", AnswerReceived(PHONE, "9", running.flow.clock.now(), 5001)), portal=""
    )
    running.flow.handler.handle_some()
    freeze(running)
    running.flow.later(days=2)
    assert thaw(running).too_late == 1
    assert running.flow.world.texts == ["Оцените от 1 до 10"]
    assert [one.stage for one in running.flow.world.done(MoveDeal) if isinstance(one, MoveDeal)][-1] == "WON"


def test_answers_wait_and_are_heard_afterwards(running: Running) -> None:
    asked(running)
    freeze(running)
    says(running, "9", 5001)
    assert case(running).state == State.ACTIVE
    running.flow.later(hours=3)
    assert thaw(running).events == 1
    assert case(running).outcome == "happy"


def test_stop_holds_at_once(running: Running) -> None:
    asked(running)
    freeze(running)
    says(running, "стоп", 5001)
    with running.database.reading() as session:
        assert cases.client(session, PHONE).opted_out_at == running.flow.clock.now()
        assert not inbox.has_unheard_words(session, PHONE, [])
    thaw(running)
    assert case(running).outcome == "opted_out"


def test_a_channels_news_is_told_once_and_kept(running: Running) -> None:
    asked(running)
    freeze(running)
    number = int(question(running).result)
    refusal = MessageRefused(PHONE, "blocked", running.flow.clock.now(), message_id=number)
    running.flow.arrive(Arrival("refused:1", refusal), portal="")
    running.flow.settle()
    assert thaw(running).events == 1
    with running.database.reading() as session:
        told = [one.body["event"]["kind"] for one in traces.of_case(session, case(running).id)]
    assert told[-1] == "MessageRefused"


def question(running: Running) -> EffectRow:
    with running.database.reading() as session:
        rows = outbox.of_case(session, case(running).id)
        return next(row for row in rows if row.kind == SendMessage.__name__)


def test_other_scenarios_go_on(running: Running) -> None:
    other = running.path.read_text("utf-8").replace("scenario: small", "scenario: other")
    (running.folder / "other.yaml").write_text(other.replace("Закрыть заказ/наряд", "Оценка качества", 1))
    running.beat()
    freeze(running)
    running.beat()
    running.flow.close_order(1, PHONE)
    running.flow.close_order(2, OTHER, stage="UC_QUALITY")
    running.flow.later(hours=1)
    with running.database.reading() as session:
        (row,) = session.exec(select(CaseRow)).all()
    assert (row.scenario, row.deal_id) == ("other", 2)
    assert running.flow.world.texts == ["Оцените от 1 до 10"]


def two_on_one_deal(running: Running) -> None:
    """Both are asking about deal 1."""
    other = running.path.read_text("utf-8").replace("scenario: small", "scenario: other")
    (running.folder / "other.yaml").write_text(other, "utf-8")
    running.beat()
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)


def heard(running: Running, kind: str) -> dict[str, int]:
    """How often the case of each scenario was told of such an event."""
    with running.database.reading() as session:
        return {
            row.scenario: sum(one.body["event"]["kind"] == kind for one in traces.of_case(session, row.id))
            for row in session.exec(select(CaseRow)).all()
        }


def test_who_goes_on_hears_an_event_once_and_whoever_stands_still_hears_it_afterwards(
    running: Running,
) -> None:
    two_on_one_deal(running)
    freeze(running)
    running.flow.arrive(Arrival("history:1", DealMoved(1, "UC_REVIEW", running.flow.clock.now())))
    running.flow.settle()
    assert heard(running, "DealMoved") == {"small": 0, "other": 1}
    running.flow.later(days=1, hours=1)
    assert thaw(running).events == 1
    assert heard(running, "DealMoved") == {"small": 1, "other": 1}


def test_each_of_two_goes_on_by_itself(running: Running) -> None:
    two_on_one_deal(running)
    freeze(running)
    freeze(running, "other")
    running.flow.arrive(Arrival("history:1", DealMoved(1, "UC_REVIEW", running.flow.clock.now())))
    running.flow.settle()
    assert thaw(running, "other").events == 1
    assert heard(running, "DealMoved") == {"small": 0, "other": 1}
    assert thaw(running).events == 1
    assert heard(running, "DealMoved") == {"small": 1, "other": 1}


def test_a_fault_does_not_make_it_forget_that_it_was_taken_in(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A channel's news is told once: taken in again, it would be no news."""
    asked(running)
    freeze(running)
    number = int(question(running).result)
    refusal = MessageRefused(PHONE, "blocked", running.flow.clock.now(), message_id=number)
    running.flow.arrive(Arrival("refused:1", refusal), portal="")
    running.flow.settle()
    with monkeypatch.context() as broken:
        broken.setattr(handle, "decide", None)
        thaw(running)
    assert heard(running, "MessageRefused") == {"small": 0}
    running.flow.later(minutes=1)
    assert heard(running, "MessageRefused") == {"small": 1}


# --- taking back ------------------------------------------------------------------------------


def test_a_moved_deal_goes_back_while_the_scenario_stands_still(running: Running) -> None:
    asked(running)
    freeze(running)
    (plan,) = undo(running)
    assert plan.left == (("undo.message", ""),)
    moves = [one for one in running.flow.world.done(MoveDeal) if isinstance(one, MoveDeal)]
    assert [(one.stage, one.expected) for one in moves] == [
        ("UC_QUALITY", ("FINAL_INVOICE",)),
        ("FINAL_INVOICE", ("UC_QUALITY",)),
    ]
    with running.database.reading() as session:
        last = traces.of_case(session, plan.case.id)[-1]
    assert (last.body["event"], len(last.body["effects"])) == (
        {"kind": "Undone", "data": {"by": "Мария", "reason": "не те люди"}},
        1,
    )
    # Our own move coming back is no manager's hand.
    running.flow.arrive(Arrival("history:1", DealMoved(1, "FINAL_INVOICE", running.flow.clock.now())))
    thaw(running)
    assert case(running).state == State.ACTIVE


def test_nothing_is_taken_back_twice(running: Running) -> None:
    asked(running)
    says(running, "3", 5001)
    freeze(running)
    first = undo(running)
    kinds = [type(effect).__name__ for plan in first for effect in plan.effects]
    assert kinds == ["MoveDeal", "CloseTask"]
    done = len(running.flow.world.ledger)
    assert [plan.effects for plan in undo(running)] == [()]
    assert len(running.flow.world.ledger) == done


def test_tasks_are_closed_and_deals_are_left_to_a_person(running: Running) -> None:
    asked(running)
    says(running, "3", 5001)
    freeze(running)
    (plan,) = undo(running)
    (closed,) = [one for one in running.flow.world.done(CloseTask) if isinstance(one, CloseTask)]
    assert closed.untouched
    assert {why for why, _ in plan.left} == {"undo.message", "undo.deal", "undo.fields"}


def test_a_field_gets_back_what_stood_there_where_that_is_known(running: Running) -> None:
    asked(running)
    says(running, "3", 5001)
    freeze(running)
    (wrote,) = (one for one in running.flow.world.done(SetFields) if isinstance(one, SetFields))
    name, *others = wrote.fields
    (plan,) = undo(running, lambda _: {name: "5"})
    back = running.flow.world.done(SetFields)[-1]
    assert back == SetFields(1, {name: "5"}, {name: wrote.fields[name]})
    assert plan.left.count(("undo.fields", "")) == len(others) == 1, "of the average nobody knows it"
    assert [plan.effects for plan in undo(running, lambda _: {name: "5"})] == [()], "once"


def test_a_deal_that_somebody_moved_since_is_left_alone(running: Running) -> None:
    asked(running)
    running.flow.arrive(
        Arrival("history:1", DealMoved(1, "UC_REVIEW", running.flow.clock.now() + timedelta(minutes=5)))
    )
    running.flow.settle()
    freeze(running)
    (plan,) = undo(running)
    assert plan.effects == ()
    assert ("undo.moved_since", "1") in plan.left


def test_what_is_held_does_not_hold_back_what_takes_back(running: Running) -> None:
    asked(running)
    running.flow.arrive(
        Arrival("inbox:5001", AnswerReceived(PHONE, "3", running.flow.clock.now(), 5001)), portal=""
    )
    running.flow.handler.handle_some()
    freeze(running)
    undo(running)
    stages = [one.stage for one in running.flow.world.done(MoveDeal) if isinstance(one, MoveDeal)]
    assert stages == ["UC_QUALITY", "FINAL_INVOICE"]
    with running.database.reading() as session:
        waiting = [row.kind for row in deeds.open_now(session, MAIN, "small")]
    assert waiting == ["SetFields", "CreateDeal", "CreateTask"]


def test_a_task_that_somebody_works_on_stays_open(running: Running) -> None:
    asked(running)
    says(running, "3", 5001)
    freeze(running)

    def touched(job: Job) -> Outcome:
        return (
            Refused("somebody works on it", "task_touched") if isinstance(job.effect, CloseTask) else Done()
        )

    running.flow.world.answer = touched
    undo(running)
    with running.database.reading() as session:
        rows = outbox.of_case(session, case(running).id)
    assert [row.error for row in rows if row.kind == "CloseTask"] == ["task_touched: somebody works on it"]

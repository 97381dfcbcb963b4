"""A candidate decides silently beside the version in force: what is compared, and that it harms nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, TaskClosed
from qc_engine.flow.versions import ramping, shadowing
from qc_engine.flow.versions.shadowing import Shadow
from qc_engine.flow.versions.shadows import load
from qc_engine.ports import Arrival
from qc_engine.scenario_files.load import load_text, version
from qc_engine.store import notebook, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.scenarios import SHADOW
from qc_engine.store.tables import CaseRow, ScenarioRow, ShadowRow
from tests.flow.fakes import NAMES, PHONE
from tests.flow.running import SCENARIO, Running

Begin = Callable[[str, str], Running]


@pytest.fixture
def beside(database: Database, clock: FixedClock, tmp_path: Path) -> Begin:
    """An engine with a candidate that differs from its file in one piece."""

    def begin(before: str, after: str) -> Running:
        running = Running(database, clock, tmp_path / "scenarios")
        assert before in SCENARIO
        text = SCENARIO.replace(before, after)
        load_text(text, "candidate", NAMES)
        with database.transaction() as session:
            row, now = scenarios.get(session, MAIN, "small"), clock.now()
            assert row is not None
            names = running.flow.libraries[MAIN].names
            notebook.remember_version(session, MAIN, version(text), "small", text, names, now)
            ramping.begin(row, version(text), SHADOW, now)
            session.add(row)
        running.beat()
        running.flow.close_order(1, PHONE)
        return running

    return begin


def says(running: Running, text: str, number: int = 5001) -> None:
    arrival = Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, running.flow.clock.now(), number))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def shadow(running: Running) -> tuple[ShadowRow, Shadow]:
    with running.database.reading() as session:
        row = session.exec(select(ShadowRow)).one()
    return row, load(row)


def real(running: Running) -> CaseRow:
    with running.database.reading() as session:
        return session.exec(select(CaseRow)).one()


def test_the_same_decisions_are_the_same(beside: Begin) -> None:
    """Another title: nothing that a client or the CRM would notice."""
    running = beside("title: Малый опрос", "title: Другой опрос")
    running.flow.later(hours=1)
    says(running, "9")
    row, told = shadow(running)
    assert (row.state, row.differs, told.case.outcome, real(running).outcome) == (
        "follows",
        "",
        "happy",
        "happy",
    )
    assert len(told.mine) == len(told.real) == told.compared == 2


def test_nothing_of_it_leaves(beside: Begin) -> None:
    running = beside("say: Спасибо!", "say: Совсем другое")
    running.flow.later(hours=1)
    says(running, "9")
    assert running.flow.world.texts == ["Оцените от 1 до 10", "Спасибо!"]


@pytest.mark.parametrize(
    ("before", "after", "answer", "kinds", "parted"),
    [
        ("say: Спасибо!", "say: Благодарим!", "9", ("texts",), ""),
        ("move_deal: Сделка успешна, end: happy", "end: happy", "9", ("moves",), ""),
        ("title: Разобраться", "title: Срочно разобраться", "3", ("tasks",), ""),
        ("due: 1 day", "due: 2 days", "3", ("tasks",), ""),
        ("end: happy", "end: praised", "9", ("outcome",), "outcome"),
        (" 8}", " 10}", "9", ("outcome", "messages", "moves"), "outcome"),
    ],
)
def test_what_differs(
    beside: Begin, before: str, after: str, answer: str, kinds: tuple[str, ...], parted: str
) -> None:
    running = beside(before, after)
    running.flow.later(hours=1)
    says(running, answer)
    row, told = shadow(running)
    assert (told.kinds[: len(kinds)], told.parted) == (kinds, parted)
    assert row.state == ("parted" if parted else "follows")


def test_a_later_reminder_of_time_is_a_difference_of_time(beside: Begin) -> None:
    running = beside("wait: 1 hour", "wait: 2 hours")
    running.flow.later(hours=1)
    assert shadow(running)[1].mine == ()
    running.flow.later(hours=1)
    _, told = shadow(running)
    assert (told.kinds, len(told.mine)) == (("time",), 1)
    # News of the real question came before the candidate had asked its own.
    assert told.case.question is not None
    assert told.case.question.asked_at is not None
    says(running, "9")
    assert shadow(running)[1].case.outcome == "happy"


def test_an_answer_to_what_the_candidate_has_not_asked_ends_the_comparison(beside: Begin) -> None:
    running = beside("wait: 1 hour", "wait: 3 hours")
    running.flow.later(hours=1)
    says(running, "9")
    row, told = shadow(running)
    assert (row.state, told.parted, row.wake_at) == ("parted", "path", None)
    running.flow.later(hours=3)
    assert shadow(running)[1] == told


def test_its_timers_are_its_own(beside: Begin) -> None:
    running = beside("silent_for: 2 days", "silent_for: 3 days")
    running.flow.later(hours=1)
    running.flow.later(days=2)
    assert (real(running).outcome, shadow(running)[1].case.outcome) == ("unanswered", "")
    running.flow.later(days=1)
    _, told = shadow(running)
    assert (told.case.outcome, told.kinds, told.parted) == ("unanswered", ("time",), "")


def test_news_of_real_tasks_are_news_of_its_own(beside: Begin) -> None:
    running = beside("title: Разобраться", "title: Срочно разобраться")
    running.flow.later(hours=1)
    says(running, "3")
    _, told = shadow(running)
    assert told.case.complaint is not None
    number = told.case.complaint.task_id
    assert number is not None
    running.flow.arrive(Arrival("task:1", TaskClosed(number, "решено", running.flow.clock.now())))
    running.flow.settle()
    complaint = shadow(running)[1].case.complaint
    assert complaint is not None
    assert complaint.settled_at == running.flow.clock.now()


def test_a_fault_in_it_harms_nothing(beside: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    running = beside("say: Спасибо!", "say: Благодарим!")
    running.flow.later(hours=1)

    def broken(*_: object) -> Shadow:
        raise ZeroDivisionError("in the candidate")

    monkeypatch.setattr(shadowing, "follow", broken)
    says(running, "9")
    assert real(running).outcome == "happy"
    assert running.flow.world.texts[-1] == "Спасибо!"
    row = shadow_row(running)
    assert (row.state, row.body["error"]) == ("failed", "ZeroDivisionError: in the candidate")
    with running.database.reading() as session:
        assert session.get_one(ScenarioRow, (MAIN, "small")).errors == 1


def shadow_row(running: Running) -> ShadowRow:
    with running.database.reading() as session:
        return session.exec(select(ShadowRow)).one()


def test_after_its_end_nothing_is_compared_any_more(beside: Begin) -> None:
    running = beside("say: Спасибо!", "say: Благодарим!")
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, "small")
        assert row is not None
        ramping.end(row)
    running.beat()
    running.flow.later(hours=1)
    assert shadow(running)[1].mine == ()
    running.flow.close_order(2, "77010000002")
    assert shadow_row(running).case_id == real_of(running, 1).id


def real_of(running: Running, deal_id: int) -> CaseRow:
    with running.database.reading() as session:
        return session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()


def test_the_same_question_under_another_key(beside: Begin) -> None:
    """What is planned before it shifts the candidate's keys: news of the real question are still its own."""
    running = beside(
        "      - move_deal: Оценка качества\n", "      - move_deal: Оценка качества\n      - comment: x\n"
    )
    running.flow.later(hours=1)
    _, told = shadow(running)
    assert told.kinds == ("comments",)
    question = told.case.question
    assert question is not None
    assert (question.asked_at, shadowing.real_key(told, question.effect_key)) == (
        running.flow.clock.now(),
        real(running).body["question"]["effect_key"],
    )
    assert question.effect_key != real(running).body["question"]["effect_key"]
    says(running, "9")
    assert shadow(running)[1].case.outcome == "happy"

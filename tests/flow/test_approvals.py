"""Yes and no, pauses and webhooks over a real database of either kind."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Case, State
from qc_engine.core.effects import CallWebhook, CloseTask, CreateTask, NotifyStaff, SendMessage
from qc_engine.core.events import AnswerReceived, ApprovalGiven, Event, TaskClosed
from qc_engine.explain.story import story
from qc_engine.ports import Arrival
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.core.further import NAMES, USUAL, WHOLE
from tests.core.test_approving import AFTER
from tests.flow.fakes import PHONE, Flow, Site

LINK = re.compile(r"https://qc\.example/p/\w+/refund\?answer=\w+\.\d{14}\.[0-9a-f]{20}")


def flow_of(folder: Path, database: Database, clock: FixedClock, after: str, rules: str = "") -> Flow:
    folder.mkdir(exist_ok=True)
    (folder / "further.yaml").write_text(
        WHOLE.format(rules=rules, after=after.rstrip("\n")), encoding="utf-8"
    )
    return Flow(database, clock, {MAIN: Site(folder, NAMES)})


class Asked:
    """A client who is unhappy; the head has the task."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        flow.close_order()
        flow.later(days=1)
        flow.clock.advance(timedelta(minutes=1))
        self.on(AnswerReceived(PHONE, "4", flow.clock.now(), 5000))

    @property
    def case(self) -> Case:
        with self.flow.database.reading() as session:
            return cases.load(session, session.exec(select(CaseRow)).one())

    @property
    def task_id(self) -> int:
        (approval,) = self.case.approvals
        assert approval.task_id is not None
        return approval.task_id

    @property
    def links(self) -> list[str]:
        (task,) = self.flow.world.done(CreateTask)
        assert isinstance(task, CreateTask)
        return LINK.findall(task.text)

    def on(self, event: Event) -> None:
        self.flow.arrive(Arrival(f"{type(event).__name__}:{event}", event))
        self.flow.settle()

    def told(self) -> str:
        with self.flow.database.reading() as session:
            entries = story(session, self.case.id, "en", {})["entries"]
        return "\n".join(
            text
            for one in entries
            for text in (one["text"], *(note["text"] for note in one.get("notes", ())))
        )


@pytest.fixture
def asked(database: Database, clock: FixedClock, tmp_path: Path) -> Asked:
    return Asked(flow_of(tmp_path / "scenarios", database, clock, AFTER))


def test_answered_by_the_page(asked: Asked) -> None:
    assert len(asked.links) == 2
    case, task_id = asked.case, asked.task_id
    asked.on(ApprovalGiven(case.id, "refund", True, asked.flow.clock.now(), "Мария"))
    world = asked.flow.world
    assert world.done(CloseTask) == [CloseTask(task_id)]
    (told,) = world.done(CallWebhook)
    assert isinstance(told, CallWebhook)
    assert (told.event, dict(told.data)) == ("refund.approved", {"deal": "4312", "average": "4"})
    last = world.done(SendMessage)[-1]
    assert isinstance(last, SendMessage)
    assert last.file == "https://acme.example/refund.pdf"
    words = asked.told()
    assert "A person answered yes to refund: Мария" in words
    assert "is answered yes: Мария" in words


@pytest.mark.parametrize(("words", "outcome"), [("жоқ", "declined"), ("нет", "declined")])
def test_answered_by_the_words_in_the_task(asked: Asked, words: str, outcome: str) -> None:
    asked.on(TaskClosed(asked.task_id, words, asked.flow.clock.now()))
    assert asked.case.outcome == outcome
    assert asked.flow.world.done(CloseTask) == []


def test_a_task_of_another_portal_is_not_meant(asked: Asked) -> None:
    asked.flow.arrive(
        Arrival("closed", TaskClosed(asked.task_id, "нет", asked.flow.clock.now())), portal="moscow"
    )
    asked.flow.settle()
    assert asked.case.state is State.ACTIVE


def test_closed_without_a_word(asked: Asked) -> None:
    asked.on(TaskClosed(asked.task_id, "готово", asked.flow.clock.now()))
    (notice,) = asked.flow.world.done(NotifyStaff)
    assert isinstance(notice, NotifyStaff)
    assert LINK.findall(notice.text) == asked.links
    assert "yes or no is not clear: “готово”" in asked.told()


def test_the_tasks_of_open_questions_are_looked_after(asked: Asked) -> None:
    with asked.flow.database.reading() as session:
        row = session.exec(select(CaseRow)).one()
        assert cases.awaited_tasks(row) == {asked.task_id}
    asked.on(TaskClosed(asked.task_id, "нет", asked.flow.clock.now()))
    with asked.flow.database.reading() as session:
        assert cases.awaited_tasks(session.exec(select(CaseRow)).one()) == set()


def test_a_pause_outlives_a_restart(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    after = "    do: [comment: one, wait: 2 hours, say: Как машина?, go_to: last]\n  last:\n" + USUAL
    told = Asked(flow_of(folder, database, clock, after))
    assert [one.next for one in told.case.paused] == [2]
    before = len(told.flow.world.texts)
    again = flow_of(folder, database, clock, after)  # another process, the same database
    again.later(hours=1, minutes=59)
    assert again.world.texts == []
    again.later(minutes=1)
    assert again.world.texts == ["Как машина?"]
    assert (len(told.flow.world.texts), told.case.step, told.case.paused) == (before, "last", ())
    words = told.told()
    assert "The rest will be done on" in words
    assert "The pause is over, the rest is done: what the step does on entry" in words

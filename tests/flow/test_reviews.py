"""From the click to the confirmed bonus over a real database of either kind."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import (
    CallWebhook,
    CloseTask,
    CreateTask,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.events import (
    AnswerReceived,
    BonusTakenBack,
    DealMoved,
    Event,
    LinkClicked,
    ReviewChecked,
    ReviewCorrected,
    TaskClosed,
)
from qc_engine.explain.story import story
from qc_engine.ports import Arrival, Done, TryLater
from qc_engine.store import cases, links
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.links import Click
from qc_engine.store.tables import BonusRow, CaseRow, EffectRow, InboxRow
from tests.flow import fakes
from tests.flow.fakes import NAMES, PHONE, ROOT, Flow, Site

BONUS_ON, BONUS_OFF = UpdateContact(77, {"UF_BONUS": "1"}), UpdateContact(77, {"UF_BONUS": "0"})
SCORES = ("9", "десять")


@pytest.fixture
def flow(database: Database, clock: FixedClock) -> Flow:
    return Flow(database, clock)


class Played:
    """One client, from the visit to the manager's task; then the manager answers as the test says."""

    def __init__(self, flow: Flow, deal_id: int = 4312, phone: str = PHONE, first: int = 5000) -> None:
        self.flow, self.deal_id, self.arrived = flow, deal_id, 0
        flow.close_order(deal_id, phone)
        flow.later(days=1)
        for number, text in enumerate(SCORES, first):
            flow.clock.advance(timedelta(minutes=1))
            flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(phone, text, flow.clock.now(), number)))
            flow.settle()
        self.click()

    def click(self) -> None:
        code = self.flow.world.texts[-1].rpartition("/r/")[2].split()[0]
        now = self.flow.clock.now()
        with self.flow.database.transaction() as session:
            links.add_clicks(session, [Click(code, now, "person", "", "", "https://y.example/at-the-click")])
        self.flow.arrive(Arrival(f"click:{code}", LinkClicked(code, "yandex", now)))
        self.flow.settle()

    @property
    def row(self) -> CaseRow:
        with self.flow.database.reading() as session:
            return session.exec(select(CaseRow).where(CaseRow.deal_id == self.deal_id)).one()

    @property
    def task_id(self) -> int:
        assert self.row.task_id is not None
        return self.row.task_id

    def on(self, event: Event) -> None:
        self.arrived += 1
        self.flow.arrive(Arrival(f"{self.deal_id}:{self.arrived}", event))
        self.flow.settle()

    # --- the three ways ---

    def page(self, answer: str) -> None:
        self.on(ReviewChecked(self.row.id, answer, self.flow.clock.now(), "страница ответа"))

    def task(self, words: str) -> None:
        self.on(TaskClosed(self.task_id, words, self.flow.clock.now()))

    def deal(self, stage: str = "WON") -> None:
        self.on(DealMoved(self.deal_id, stage, self.flow.clock.now()))

    def correct(self, answer: str, reason: str = "ошибка") -> None:
        self.on(ReviewCorrected(self.row.id, answer, reason, "Мария", self.flow.clock.now()))

    @property
    def told(self) -> str:
        """The whole story, as `explain` tells it."""
        with self.flow.database.reading() as session:
            return str(story(session, self.row.id, "ru", {}))


def ledger(flow: Flow) -> list[tuple[str, int, bool]]:
    with flow.database.reading() as session:
        rows = session.exec(select(BonusRow).order_by(BonusRow.id)).all()  # type: ignore[arg-type]
    return [(one.person, one.turn, one.taken_back_at is not None) for one in rows]


# --- every answer by every way ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "way", "words"),
    [
        ("found", "page", ""),
        ("found", "task", "Отзыв найден"),
        ("found", "deal", "WON"),
        ("score_only", "page", ""),
        ("score_only", "task", "одни звёзды, текста нет"),
        ("vanished", "page", ""),
        ("vanished", "task", "отзыв удалили"),
    ],
)
def test_an_answer_that_ends_it(flow: Flow, answer: str, way: str, words: str) -> None:
    played = Played(flow)
    getattr(played, way)(words or answer)
    row, confirmed = played.row, answer == "found"
    outcomes = {"found": "review_confirmed", "score_only": "review_score_only", "vanished": "review_vanished"}
    assert (row.state, row.outcome, row.body["review"]) == ("ended", outcomes[answer], answer)
    assert flow.world.done(UpdateContact) == ([BONUS_ON] if confirmed else [])
    assert ledger(flow) == ([(PHONE, 1, False)] if confirmed else [])
    assert len(flow.world.done(CloseTask)) == (way != "task")
    stages = [one.stage for one in flow.world.done(MoveDeal) if isinstance(one, MoveDeal)]
    assert stages[2:] == ([] if way == "deal" else ["WON"])
    assert ("Ваш бонус подтверждён" in flow.world.texts[-1]) is confirmed
    assert len(flow.world.done(CreateTask)) == 1


@pytest.mark.parametrize("answer", ["not_found", "in_moderation"])
@pytest.mark.parametrize("way", ["page", "task"])
def test_not_yet_climbs_the_ladder_on_one_task(flow: Flow, answer: str, way: str) -> None:
    played = Played(flow)
    words = {"page": answer, "task": {"not_found": "не нашла", "in_moderation": "на модерации"}[answer]}[way]
    task_id, texts = played.task_id, len(flow.world.texts)
    for days in (1, 3, 7):
        getattr(played, way)(words)
        again = flow.world.done(UpdateTask)[-1]
        assert isinstance(again, UpdateTask)
        assert (again.task_id, again.deadline) == (task_id, flow.clock.now() + timedelta(days=days))
        assert "https://y.example/at-the-click" in again.text
        assert played.row.state == "active"
        flow.later(days=days)
        told = flow.world.done(NotifyStaff)[-1]
        assert isinstance(told, NotifyStaff)
        assert told.text.startswith("Отзыва пока не видно")
    getattr(played, way)(words)
    assert played.row.outcome == f"review_{answer}"
    assert len(flow.world.done(UpdateTask)) == 3
    assert len(flow.world.done(ReopenTask)) == (3 if way == "task" else 0)
    assert len(flow.world.done(CreateTask)) == 1
    assert (len(flow.world.texts), ledger(flow)) == (texts, [])
    assert "попытка 3 из 3" in played.told


def test_a_deal_that_a_manager_moves_elsewhere_ends_it(flow: Flow) -> None:
    played = Played(flow)
    played.deal("LOSE")
    assert played.row.outcome == "stopped_by_hand"
    assert len(flow.world.done(CloseTask)) == 1


def test_the_task_shows_the_page_of_the_click(flow: Flow) -> None:
    Played(flow)
    (task,) = flow.world.done(CreateTask)
    assert isinstance(task, CreateTask)
    assert "Яндекс Карты: https://y.example/at-the-click" in task.text


# --- overdue ----------------------------------------------------------------------------------


def test_an_overdue_task_reaches_the_head_once(flow: Flow) -> None:
    Played(flow)
    heard = len(flow.world.done(NotifyStaff))
    flow.later(days=3, hours=23)
    assert len(flow.world.done(NotifyStaff)) == heard
    flow.later(hours=1)
    flow.later(days=5)
    (notice,) = flow.world.done(NotifyStaff)[heard:]
    assert isinstance(notice, NotifyStaff)
    assert (notice.user, "не проверено в срок" in notice.text) == (101, True)


# --- the first answer, later ones, corrections ------------------------------------------------


def test_the_first_answer_counts_and_the_later_one_is_shown(flow: Flow) -> None:
    played = Played(flow)
    task_id = played.task_id
    played.page("found")
    flow.arrive(Arrival("late", TaskClosed(task_id, "отзыва нет", flow.clock.now())))
    flow.settle()
    assert played.row.outcome == "review_confirmed"
    assert ledger(flow) == [(PHONE, 1, False)]
    assert "Ответили иначе: отзыва нет. Остаётся первый ответ: отзыв есть" in played.told


def test_the_same_answer_by_two_ways_at_one_moment(flow: Flow) -> None:
    played = Played(flow)
    now, case_id, task_id = flow.clock.now(), played.row.id, played.task_id
    flow.arrive(
        Arrival("p", ReviewChecked(case_id, "found", now)),
        Arrival("t", TaskClosed(task_id, "есть отзыв", now)),
    )
    flow.settle()
    assert flow.world.done(UpdateContact) == [BONUS_ON]
    assert len(flow.world.done(CallWebhook)) == 0
    assert ledger(flow) == [(PHONE, 1, False)]


def test_a_mistake_is_taken_back_with_its_reason_and_made_good(flow: Flow) -> None:
    played = Played(flow)
    played.page("found")
    played.correct("not_found", "перепутал клиентов")
    assert flow.world.done(UpdateContact) == [BONUS_ON, BONUS_OFF]
    assert ledger(flow) == [(PHONE, 1, True)]
    assert (played.row.state, played.row.body["review"]) == ("active", "not_found")
    assert len(flow.world.done(ReopenTask)) == 1
    flow.later(days=1)
    played.page("found")
    assert ledger(flow) == [(PHONE, 1, True), (PHONE, 2, False)]
    assert played.row.outcome == "review_confirmed"
    told = played.told
    assert "Почему: перепутал клиентов. Кто: Мария" in told
    assert "Бонус за отзыв отменён" in told


def test_a_review_that_vanished(flow: Flow) -> None:
    played = Played(flow)
    played.page("found")
    flow.later(days=20)
    played.correct("vanished", "клиент удалил")
    assert played.row.outcome == "review_vanished"
    assert flow.world.done(UpdateContact) == [BONUS_ON, BONUS_OFF]
    assert ledger(flow) == [(PHONE, 1, True)]


def test_a_bonus_taken_back_by_hand_leaves_the_case_as_it_is(flow: Flow) -> None:
    played = Played(flow)
    played.page("found")
    for _ in range(2):
        played.on(BonusTakenBack(played.row.id, "начислили дважды", "Мария", flow.clock.now()))
    assert (played.row.outcome, ledger(flow)) == ("review_confirmed", [(PHONE, 1, True)])
    assert flow.world.done(UpdateContact) == [BONUS_ON, BONUS_OFF]
    assert "Отменять нечего" in played.told


def test_the_thanks_that_has_not_left_is_not_sent_after_a_correction(flow: Flow) -> None:
    played = Played(flow)
    flow.world.answer = lambda job: TryLater("down") if "Спасибо за отзыв" in str(job.effect) else Done()
    flow.world.carried_out = lambda job: "Спасибо за отзыв" not in str(job.effect)
    played.page("found")
    played.correct("score_only")
    flow.world.answer, flow.world.carried_out = (lambda _: Done()), (lambda _: True)
    flow.later(hours=1)
    assert all("бонус подтверждён" not in text for text in flow.world.texts)
    assert played.row.outcome == "review_score_only"


# --- the ledger -------------------------------------------------------------------------------


def test_one_bonus_in_ninety_days_whatever_the_deal(flow: Flow) -> None:
    Played(flow).page("found")
    flow.later(days=40)
    second = Played(flow, 4400, first=6000)
    second.page("found")
    assert second.row.outcome == "review_confirmed"
    assert (flow.world.done(UpdateContact), ledger(flow)) == ([BONUS_ON], [(PHONE, 1, False)])
    assert "Бонус за отзыв не подтверждён: он уже был" in second.told
    flow.later(days=60)
    third = Played(flow, 4500, first=7000)
    third.page("found")
    assert ledger(flow) == [(PHONE, 1, False), (PHONE, 2, False)]


def test_a_bonus_that_was_taken_back_may_be_given_again(flow: Flow) -> None:
    first = Played(flow)
    first.page("found")
    first.on(BonusTakenBack(first.row.id, "ошибка", "Мария", flow.clock.now()))
    flow.later(days=40)
    Played(flow, 4400, first=6000).page("found")
    assert ledger(flow) == [(PHONE, 1, True), (PHONE, 2, False)]


def test_another_phone_is_another_person(flow: Flow) -> None:
    Played(flow).page("found")
    Played(flow, 4400, "77015559999", first=6000).page("found")
    assert ledger(flow) == [(PHONE, 1, False), ("77015559999", 1, False)]


def test_two_decisions_at_one_moment_cannot_both_be_the_first(flow: Flow) -> None:
    """What a second process would do: the database refuses, and the event is taken again."""
    played = Played(flow)
    played.page("found")
    with pytest.raises(Exception, match=r"(?i)unique"), flow.database.transaction() as session:
        session.add(_again(session))
    assert ledger(flow) == [(PHONE, 1, False)]


def _again(session: Session) -> BonusRow:
    known = session.exec(select(BonusRow)).one().model_dump(exclude={"id"})
    return BonusRow(**known | {"case_id": "OTHER222"})


# --- the loyalty system -----------------------------------------------------------------------


@pytest.fixture
def loyal(database: Database, clock: FixedClock, tmp_path: Path) -> Flow:
    text = (ROOT / "scenarios" / "tyre_centre.yaml").read_text(encoding="utf-8")
    known = "confirm_bonus: {rule: review,"
    assert known in text
    told = text.replace(known, "confirm_bonus: {rule: review, amount: 500, webhook: loyalty,")
    (tmp_path / "tyre_centre.yaml").write_text(told, encoding="utf-8")
    return Flow(database, clock, {MAIN: Site(tmp_path, NAMES, fakes.BRANCH)})


def test_the_loyalty_system_hears_of_both_and_until_it_answers(loyal: Flow) -> None:
    played = Played(loyal)
    loyal.world.answer = lambda job: TryLater("503") if isinstance(job.effect, CallWebhook) else Done()
    loyal.world.carried_out = lambda job: not isinstance(job.effect, CallWebhook)
    played.page("found")
    assert played.row.outcome == "review_confirmed"
    assert loyal.world.done(UpdateContact) == [BONUS_ON]
    loyal.world.answer, loyal.world.carried_out = (lambda _: Done()), (lambda _: True)
    loyal.later(hours=1)
    played.correct("score_only", "не тот")
    first, second = loyal.world.done(CallWebhook)
    assert isinstance(first, CallWebhook)
    assert isinstance(second, CallWebhook)
    assert (first.event, second.event) == ("bonus.confirmed", "bonus.taken_back")
    assert (first.data["bonus_id"], first.data["amount"]) == (second.data["bonus_id"], "500")
    assert (second.data["reason"], second.data["by"]) == ("не тот", "Мария")
    with loyal.database.reading() as session:
        rows = session.exec(select(EffectRow).where(EffectRow.lane == "webhook")).all()
        assert [one.state for one in rows] == ["done", "done"]
        assert all(row.processed_at for row in session.exec(select(InboxRow)).all())
        assert cases.get(session, played.row.id) is not None
    assert "Вебхук loyalty принят: bonus.confirmed" in played.told
    assert PHONE not in played.told

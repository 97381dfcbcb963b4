"""From the click to the confirmed bonus, decision by decision: every answer, by every way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from qc_engine.core.case import State
from qc_engine.core.effects import (
    AddComment,
    CallWebhook,
    CloseTask,
    CreateTask,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    SendMessage,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.events import (
    BonusTakenBack,
    DealMoved,
    EffectDone,
    Event,
    LinkClicked,
    ReviewChecked,
    ReviewCorrected,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.review.checking import GivenBonus
from qc_engine.core.scenario import ConfirmBonus, Rule, Scenario
from qc_engine.scenario_files.load import load_scenarios
from tests.core.test_tyre_centre import DAY, PHONE, ROOT, Story, effects, kinds, waiting
from tests.flow.fakes import NAMES

CASE, TASK, HOUR = "K7Q2W9XR", 555, timedelta(hours=1)
BONUS_ON, BONUS_OFF = UpdateContact(77, {"UF_BONUS": "1"}), UpdateContact(77, {"UF_BONUS": "0"})


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenarios(ROOT / "scenarios", NAMES)["tyre_centre"]


@pytest.fixture
def story(scenario: Scenario) -> Story:
    return asked(scenario)


def asked(scenario: Scenario, **changes: Any) -> Story:
    """The client has clicked, the manager has the task."""
    story = Story(scenario, waiting(**changes)).rated("9", "9")
    decision = story.on(LinkClicked("abc", "yandex", story.now, "https://y.example/now"))
    key = next(one.key for one in decision.effects if isinstance(one.effect, CreateTask))
    story.on(EffectDone(key, str(TASK), story.now))
    return story


def page(story: Story, answer: str) -> Event:
    return ReviewChecked(CASE, answer, story.now, "страница ответа")


def closed(words: str) -> Callable[[Story], Event]:
    return lambda story: TaskClosed(TASK, words, story.now)


def corrected(story: Story, answer: str, reason: str = "ошибся") -> Event:
    return ReviewCorrected(CASE, answer, reason, "Мария", story.now)


def timer(story: Story, after: timedelta) -> Any:
    return story.on(TimerDue(CASE, story.now + after), after)


def notes(story: Story) -> list[str]:
    assert story.last is not None
    return [note.key for note in story.last.notes]


# --- the task ---------------------------------------------------------------------------------


def test_the_task_says_where_whom_since_when_and_how(scenario: Scenario) -> None:
    story = Story(scenario, waiting(client_name="Айгуль Сапарова")).rated("9", "8,5")
    decision = story.on(LinkClicked("abc", "yandex", story.now, "https://y.example/now"))
    (task,) = effects(decision, CreateTask)
    for text in (
        "https://y.example/now",
        "Айгуль С.",
        "Aigul Saparova",
        "03.03.2026",
        "9 и 8,5",
        "04.03.2026 12:02",
    ):
        assert text in task.text
    links = [line for line in task.text.splitlines() if "/a/xyz" in line]
    assert links == [
        "Отзыв есть: https://qc.example/a/xyz?answer=found",
        "Только оценка, без текста: https://qc.example/a/xyz?answer=score_only",
        "Отзыв на модерации, посмотреть позже: https://qc.example/a/xyz?answer=in_moderation",
        "Отзыва нет: https://qc.example/a/xyz?answer=not_found",
    ]


def test_a_page_that_is_not_known_to_the_click_is_the_branchs(scenario: Scenario) -> None:
    story = Story(scenario).rated("9", "9")
    (task,) = effects(story.on(LinkClicked("abc", "yandex", story.now)), CreateTask)
    assert "Яндекс Карты: https://y.example/1" in task.text


# --- all answers by all ways ------------------------------------------------------------------

WAYS: dict[str, dict[str, Callable[[Story], Event]]] = {
    "found": {
        "page": lambda story: page(story, "found"),
        "task": closed("Отзыв найден"),
        "deal": lambda story: DealMoved(4312, "WON", story.now),
    },
    "score_only": {"page": lambda story: page(story, "score_only"), "task": closed("только звёзды")},
    "vanished": {"page": lambda story: page(story, "vanished"), "task": closed("отзыв удалили")},
}
OUTCOMES = {"found": "review_confirmed", "score_only": "review_score_only", "vanished": "review_vanished"}


@pytest.mark.parametrize(("answer", "way"), [(answer, way) for answer, ways in WAYS.items() for way in ways])
def test_an_answer_ends_the_case_whichever_way_it_came(story: Story, answer: str, way: str) -> None:
    decision = story.on(WAYS[answer][way](story))
    assert (story.case.review, story.case.outcome) == (answer, OUTCOMES[answer])
    assert effects(decision, UpdateContact) == ([BONUS_ON] if answer == "found" else [])
    thanks = [one.text for one in effects(decision, SendMessage)]
    assert thanks == (["Спасибо за отзыв! Ваш бонус подтверждён."] if answer == "found" else [])
    assert [one.stage for one in effects(decision, MoveDeal)] == ([] if way == "deal" else ["WON"])
    assert effects(decision, CloseTask) == ([] if way == "task" else [CloseTask(TASK)])
    assert story.case.check is not None
    assert [(one.outcome, one.way) for one in story.case.check.said] == [(answer, way)]


@pytest.mark.parametrize("answer", ["not_found", "in_moderation"])
@pytest.mark.parametrize("way", ["page", "task"])
def test_not_yet_brings_the_same_task_back_three_times(story: Story, answer: str, way: str) -> None:
    words = {"not_found": "отзыва нет", "in_moderation": "на модерации"}[answer]
    for days in (1, 3, 7):
        event = page(story, answer) if way == "page" else TaskClosed(TASK, words, story.now)
        decision = story.on(event)
        (again,) = effects(decision, UpdateTask)
        assert (again.task_id, again.deadline) == (TASK, story.now + days * DAY)
        assert again.text.startswith("Отзыва пока не видно. Посмотрите ещё раз ")
        assert f"{again.deadline.astimezone(story.case.entered_at.tzinfo):%d.%m.%Y}" in again.text
        assert "?answer=found" in again.text
        assert effects(decision, ReopenTask) == ([ReopenTask(TASK)] if way == "task" else [])
        assert (story.case.state, story.case.task_id) == (State.ACTIVE, TASK)
        assert story.case.wake_at == again.deadline
        told = timer(story, again.deadline - story.now)
        (notice,) = effects(told, NotifyStaff)
        assert notice.user == 201
        assert notice.text.startswith("Отзыва пока не видно.")
    story.on(page(story, answer))
    assert story.case.outcome == f"review_{answer}"
    assert story.case.bonuses == ()


def test_a_review_that_comes_out_of_moderation_is_rewarded(story: Story) -> None:
    story.on(page(story, "in_moderation"))
    decision = story.on(page(story, "found"), 2 * HOUR)
    assert story.case.outcome == "review_confirmed"
    assert effects(decision, UpdateContact) == [BONUS_ON]
    assert effects(decision, CloseTask) == [CloseTask(TASK)]


def test_two_ways_to_say_one_thing_are_one_look(story: Story) -> None:
    story.on(page(story, "not_found"))
    due = story.case.check and story.case.check.due_at
    for words in ("нет отзыва", "", "на модерации"):
        decision = story.on(TaskClosed(TASK, words, story.now))
        assert kinds(decision) == ["ReopenTask", "UpdateTask"]
        assert story.case.check is not None
        assert (story.case.check.rungs, story.case.check.due_at) == (1, due)
    assert story.case.review == "in_moderation"


def test_on_the_day_itself_an_empty_closing_is_asked_about(story: Story) -> None:
    story.on(page(story, "not_found"))
    timer(story, DAY)
    decision = story.on(TaskClosed(TASK, "", story.now))
    assert kinds(decision) == ["NotifyStaff"]
    assert story.case.state is State.ACTIVE


def test_what_was_written_at_an_earlier_closing_is_no_new_answer(story: Story) -> None:
    story.on(TaskClosed(TASK, "отзыва нет", story.now, story.now - HOUR))
    wrote = story.now - HOUR
    timer(story, DAY)
    decision = story.on(TaskClosed(TASK, "отзыва нет", story.now, wrote))
    assert kinds(decision) == ["NotifyStaff"]
    assert "note.review_look_again" not in notes(story)
    story.on(TaskClosed(TASK, "отзыва нет", story.now, story.now))
    assert story.case.check is not None
    assert story.case.check.rungs == 2


def test_an_answer_before_the_task_has_a_number_still_moves_its_deadline(scenario: Scenario) -> None:
    story = Story(scenario).rated("9", "9")
    decision = story.on(LinkClicked("abc", "yandex", story.now))
    key = next(one.key for one in decision.effects if isinstance(one.effect, CreateTask))
    assert kinds(story.on(page(story, "not_found"))) == []
    (again,) = effects(story.on(EffectDone(key, str(TASK), story.now)), UpdateTask)
    assert story.case.check is not None
    assert (again.task_id, again.deadline) == (TASK, story.case.check.due_at)


# --- nobody does it ---------------------------------------------------------------------------


def test_an_overdue_task_is_told_of_once_and_again_after_a_new_deadline(story: Story) -> None:
    assert story.case.check is not None
    assert story.case.check.due_at is not None
    late = story.case.check.due_at + DAY
    assert story.case.wake_at == late
    (notice,) = effects(timer(story, late - story.now), NotifyStaff)
    assert notice.user == 101
    assert "не проверено в срок" in notice.text
    assert effects(timer(story, DAY), NotifyStaff) == []
    story.on(page(story, "not_found"))
    timer(story, DAY)
    (notice,) = effects(timer(story, DAY), NotifyStaff)
    assert notice.user == 101
    assert story.case.state is State.ACTIVE


def test_in_the_end_the_case_goes_on_without_an_answer(story: Story) -> None:
    while story.case.state is State.ACTIVE:
        assert story.case.wake_at is not None
        decision = timer(story, story.case.wake_at - story.now)
    assert story.case.outcome == "review_unchecked"
    assert CloseTask(TASK) in effects(decision, CloseTask)


# --- the first answer counts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "note"),
    [
        ("found", closed("отзыва нет"), "note.review_contradicts"),
        ("found", closed("найден"), "note.review_said_again"),
        ("found", lambda story: page(story, "score_only"), "note.review_contradicts"),
        ("score_only", closed("отзыв найден"), "note.review_contradicts"),
        ("found", closed(""), ""),
        ("found", closed("готово"), ""),
    ],
)
def test_a_later_answer_is_only_shown(
    story: Story, first: str, then: Callable[[Story], Event], note: str
) -> None:
    story.on(page(story, first))
    before = story.case
    decision = story.on(then(story))
    assert kinds(decision) == []
    assert (story.case.review, story.case.outcome) == (first, before.outcome)
    assert story.case.check is not None
    assert len([one for one in story.case.check.said if not one.counts]) == (
        note == "note.review_contradicts"
    )
    assert note in ("", *notes(story))


def test_a_deal_moved_after_the_answer_changes_nothing(story: Story) -> None:
    story.on(page(story, "score_only"))
    assert kinds(story.on(DealMoved(4312, "UC_REVIEW", story.now))) == []


# --- corrections ------------------------------------------------------------------------------


def test_found_by_mistake_takes_the_bonus_back_and_looks_again(story: Story) -> None:
    story.on(page(story, "found"))
    decision = story.on(corrected(story, "not_found", "не тот клиент"))
    assert effects(decision, UpdateContact) == [BONUS_OFF]
    (comment,) = effects(decision, AddComment)
    assert comment.text == "Бонус отменён: не тот клиент (Мария)"
    assert kinds(decision)[-2:] == ["ReopenTask", "UpdateTask"]
    assert (story.case.state, story.case.step, story.case.review) == (
        State.ACTIVE,
        "review_check",
        "not_found",
    )
    (bonus,) = story.case.bonuses
    assert (bonus.reason, bonus.by, bonus.taken_back_at) == ("не тот клиент", "Мария", story.now)
    again = story.on(page(story, "found"), DAY)
    assert effects(again, UpdateContact) == [BONUS_ON]
    assert [one.taken_back_at is None for one in story.case.bonuses] == [False, True]
    assert story.case.outcome == "review_confirmed"


def test_not_found_by_mistake_is_rewarded_after_all(story: Story) -> None:
    for days in (0, 1, 3, 7):
        story.on(page(story, "not_found"), days * DAY)
    assert story.case.outcome == "review_not_found"
    decision = story.on(corrected(story, "found"))
    assert story.case.outcome == "review_confirmed"
    assert effects(decision, UpdateContact) == [BONUS_ON]
    assert [one.text for one in effects(decision, SendMessage)] == [
        "Спасибо за отзыв! Ваш бонус подтверждён."
    ]


def test_a_review_that_vanishes_takes_the_bonus_with_it(story: Story) -> None:
    story.on(page(story, "found"))
    decision = story.on(corrected(story, "vanished", "удалён"), 30 * DAY)
    assert (story.case.review, story.case.outcome) == ("vanished", "review_vanished")
    assert effects(decision, UpdateContact) == [BONUS_OFF]
    assert effects(decision, SendMessage) == []
    assert effects(decision, AddComment)[0].text == "Бонус отменён: отзыв пропал"


def test_nobody_answered_in_time_and_somebody_does_later(story: Story) -> None:
    while story.case.state is State.ACTIVE:
        assert story.case.wake_at is not None
        timer(story, story.case.wake_at - story.now)
    assert kinds(story.on(page(story, "found"))) == []  # without a reason it is only kept
    story.on(corrected(story, "found"))
    assert story.case.outcome == "review_confirmed"


@pytest.mark.parametrize("answer", ["found", "vanished", "not_found", "nonsense"])
def test_a_case_that_asked_for_no_review_cannot_be_corrected_before_it_began(
    scenario: Scenario, answer: str
) -> None:
    story = Story(scenario)
    decision = story.on(corrected(story, answer))
    assert kinds(decision) == []
    assert story.case.state is State.WAITING
    assert notes(story) == ["note.review_not_corrected"]


def test_the_same_correction_twice_is_one(story: Story) -> None:
    story.on(page(story, "score_only"))
    story.on(corrected(story, "found"))
    decision = story.on(corrected(story, "found"))
    assert kinds(decision) == []
    assert len(story.case.bonuses) == 1


def test_a_review_without_a_click_is_rewarded_too(scenario: Scenario) -> None:
    """The client found the page without our link; the head enters it."""
    story = Story(scenario).rated("9", "9")
    timer(story, 7 * DAY)
    assert story.case.outcome == "happy"
    decision = story.on(corrected(story, "found", "написал сам"))
    assert (story.case.step, story.case.outcome) == ("review_check", "review_confirmed")
    assert effects(decision, UpdateContact) == [BONUS_ON]


def test_an_answer_of_which_the_scenario_does_not_speak_changes_no_end(scenario: Scenario) -> None:
    steps = dict(scenario.steps)
    rules = tuple(rule for rule in steps["review_check"].rules if "оценка" not in rule.name)
    steps["review_check"] = replace(steps["review_check"], rules=rules)
    story = asked(replace(scenario, steps=steps))
    assert story.case.check is not None
    assert "score_only" not in story.case.check.outcomes
    story.on(page(story, "found"))
    assert kinds(story.on(corrected(story, "score_only"))) == []
    assert (story.case.state, story.case.outcome) == (State.ENDED, "review_confirmed")
    words = asked(replace(scenario, steps=steps))
    assert kinds(words.on(TaskClosed(TASK, "только звёзды", words.now))) == ["NotifyStaff"]


# --- bonuses ----------------------------------------------------------------------------------


def rewarding(scenario: Scenario, **changes: Any) -> Scenario:
    """The same scenario with another bonus for a review."""
    steps = dict(scenario.steps)
    bonus = ConfirmBonus(rule="review", **changes)
    rules = tuple(
        replace(rule, do=tuple(bonus if isinstance(one, ConfirmBonus) else one for one in rule.do))
        for rule in steps["review_check"].rules
    )
    steps["review_check"] = replace(steps["review_check"], rules=rules)
    return replace(scenario, steps=steps)


def test_a_bonus_is_told_to_the_loyalty_system_and_taken_back_there(scenario: Scenario) -> None:
    story = asked(rewarding(scenario, amount="500", comment="Бонус {deal_id}", webhook="loyalty"))
    decision = story.on(page(story, "found"))
    (call,) = effects(decision, CallWebhook)
    assert (call.webhook, call.event, call.at) == ("loyalty", "bonus.confirmed", story.now)
    told = {"amount": "500", "rule": "review", "phone": PHONE, "platform": "yandex", "deal_id": "4312"}
    assert told.items() <= call.data.items()
    assert call.data["bonus_id"] == f"{CASE}:review:1"
    assert effects(decision, AddComment) == [AddComment(4312, "Бонус 4312")]
    back = story.on(BonusTakenBack(CASE, "ошибка", "Мария", story.now))
    (call,) = effects(back, CallWebhook)
    assert (call.event, call.data["bonus_id"]) == ("bonus.taken_back", f"{CASE}:review:1")
    assert (call.data["reason"], call.data["by"]) == ("ошибка", "Мария")
    assert story.case.state is State.ENDED
    assert story.on(BonusTakenBack(CASE, "ещё раз", "Мария", story.now)).effects == ()
    assert notes(story) == ["note.bonus_none"]


@pytest.mark.parametrize(
    ("once_in", "given", "confirmed"),
    [
        (90 * DAY, [("review", 30, False)], False),
        (90 * DAY, [("review", 30, True)], True),  # it was taken back
        (90 * DAY, [("review", 91, False)], True),
        (90 * DAY, [("birthday", 30, False)], True),
        (None, [("review", 1, False)], True),  # once per case
        (90 * DAY, [], True),
    ],
)
def test_once_by_each_rule(
    scenario: Scenario, once_in: timedelta | None, given: list[tuple[str, int, bool]], confirmed: bool
) -> None:
    changes: dict[str, Any] = {
        "contact_fields": {"UF_BONUS": "1"},
        "say": say("Ваш!"),
        "otherwise": say("Был"),
    }
    story = asked(rewarding(scenario, once_in=once_in, **changes))
    before = tuple(GivenBonus(rule, "OTHER", story.now - days * DAY, back) for rule, days, back in given)
    story.case = replace(story.case, client=replace(story.case.client, bonuses=before))
    decision = story.on(page(story, "found"))
    assert effects(decision, UpdateContact) == ([BONUS_ON] if confirmed else [])
    assert [one.text for one in effects(decision, SendMessage)] == (["Ваш!"] if confirmed else ["Был"])
    assert ("note.bonus_not_again" in notes(story)) is not confirmed
    same = sum(rule == "review" for rule, _, _ in given)
    assert [one.turn for one in story.case.bonuses] == ([same + 1] if confirmed else [])


def say(body: str) -> Any:
    from qc_engine.core.scenario import Text

    return Text(body)


# --- what older cases know --------------------------------------------------------------------


def test_a_case_from_before_knows_two_answers_and_no_ladder(scenario: Scenario) -> None:
    story = asked(scenario)
    story.case = replace(story.case, check=None)
    assert kinds(story.on(TaskClosed(TASK, "только звёзды", story.now))) == ["NotifyStaff"]
    decision = story.on(TaskClosed(TASK, "не нашли", story.now))
    assert effects(decision, ReopenTask) == []
    assert story.case.outcome == "review_not_found"


def test_a_rule_that_takes_its_own_answer_does_not_run_in_circles(scenario: Scenario) -> None:
    from qc_engine.core.scenario import ReviewIs, TakeAsAnswer

    circle = Rule("круг", (ReviewIs("found"),), (TakeAsAnswer("found"),))
    steps = dict(scenario.steps)
    steps["review_check"] = replace(steps["review_check"], rules=(circle,))
    story = asked(replace(scenario, steps=steps))
    story.on(page(story, "found"))
    assert story.case.state is State.ACTIVE


def test_days_are_those_of_the_branch(story: Story) -> None:
    """Early in the morning of the day is no longer before it."""
    story.on(page(story, "not_found"))
    assert story.case.check is not None
    assert story.case.check.due_at is not None
    morning = datetime.fromisoformat("2026-03-05T00:30:00+05:00")
    story.on(page(story, "not_found"), morning - story.now)
    assert story.case.check.rungs == 2

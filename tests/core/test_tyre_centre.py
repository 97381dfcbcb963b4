"""The customer's scenario, decision by decision: events in, effects out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    CreateDeal,
    CreateTask,
    MoveDeal,
    NotifyStaff,
    SendMessage,
    SetFields,
    UpdateContact,
)
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    Event,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    StaffWrote,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_scenarios
from tests.flow.fakes import NAMES

ROOT = Path(__file__).resolve().parents[2]
THANKS = "Мы признательны Вам за помощь, за Вашу оценку. Мы сделаем все возможное, чтобы стать лучше для Вас!"
CLOSED = datetime.fromisoformat("2026-03-03T12:00:00+05:00")
DAY = timedelta(days=1)
DUE = CLOSED + DAY
PHONE = "77015551234"
BRANCH = Branch("На Абая", "Asia/Almaty", 101, 201, {"yandex": "https://y.example/1"})


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenarios(ROOT / "scenarios", NAMES)["tyre_centre"]


def waiting(**changes: Any) -> Case:
    case = Case(
        id="K7Q2W9XR",
        deal_id=4312,
        deal_title="Заказ",
        scenario="tyre_centre",
        version="v",
        round=1,
        state=State.WAITING,
        step="",
        entered_at=CLOSED,
        step_at=CLOSED,
        deal_stage="FINAL_INVOICE",
        client=Client(PHONE),
        branch=BRANCH,
        client_name="Айгуль",
        contact_id=77,
        links={"yandex": "https://qc.example/r/abc"},
        answer_url="https://qc.example/a/xyz",
    )
    return replace(case, **changes)


class Story:
    """Feeds events to one case and remembers what came out."""

    def __init__(self, scenario: Scenario, case: Case | None = None, now: datetime = DUE) -> None:
        self.scenario, self.case, self.now = scenario, case or waiting(), now
        self.last: Decision | None = None
        self.messages = 100

    def on(self, event: Event, after: timedelta = timedelta(minutes=1)) -> Decision:
        self.now += after
        self.last = decide(self.case, event, self.scenario, self.now)
        self.case = replace(self.last.case, rev=self.case.rev + 1)
        return self.last

    def begin(self) -> "Story":
        self.on(TimerDue(self.case.id, self.now), timedelta())
        return self.asked()

    def asked(self) -> "Story":
        """The open question has left."""
        assert self.case.question is not None
        self.messages += 1
        self.on(EffectDone(self.case.question.effect_key, str(self.messages), self.now), timedelta())
        return self

    def says(self, text: str, after: timedelta = timedelta(minutes=1)) -> Decision:
        self.messages += 1
        return self.on(AnswerReceived(PHONE, text, self.now + after, self.messages), after)

    def rated(self, *texts: str) -> "Story":
        self.begin()
        for text in texts:
            self.says(text)
            if self.case.question and self.case.question.asked_at is None:
                self.asked()
        return self


def kinds(decision: Decision) -> list[str]:
    return [type(one.effect).__name__ for one in decision.effects]


def effects(decision: Decision, kind: type) -> Sequence[Any]:
    return [one.effect for one in decision.effects if isinstance(one.effect, kind)]


# --- the beginning ----------------------------------------------------------------------------


def test_a_day_later_the_deal_moves_and_the_question_waits_for_that(scenario: Scenario) -> None:
    story = Story(scenario)
    decision = story.on(TimerDue("K7Q2W9XR", DUE), timedelta())
    move, question = decision.effects
    assert move.effect == MoveDeal(4312, "UC_QUALITY", ("FINAL_INVOICE",))
    assert isinstance(question.effect, SendMessage)
    assert question.effect.question == "quality"
    assert question.waits_for == move.key
    assert question.effect.template is not None
    assert question.effect.template.name == "visit_quality"
    assert story.case.state is State.ACTIVE
    assert story.case.client.surveyed_at == DUE


@pytest.mark.parametrize(
    ("changes", "now", "outcome", "wake"),
    [
        ({}, DUE - timedelta(hours=1), "", DUE),
        ({}, DUE + timedelta(days=3, minutes=1), "too_late", None),
        ({"client": Client("")}, DUE, "no_phone", None),
        ({"client": Client(PHONE, opted_out_at=CLOSED)}, DUE, "opted_out", None),
        ({"client": Client(PHONE, surveyed_at=DUE - timedelta(days=29))}, DUE, "asked_recently", None),
        ({"client": Client(PHONE, operator_at=DUE)}, DUE, "", DUE + timedelta(hours=2)),
        ({"deal_stage": "LOSE"}, DUE, "stopped_by_hand", None),
        # Due at 22:00: asked in the morning, at nine.
        (
            {"entered_at": CLOSED + timedelta(hours=10)},
            DUE + timedelta(hours=10),
            "",
            datetime.fromisoformat("2026-03-05T09:00:00+05:00"),
        ),
    ],
)
def test_who_is_not_asked_now(
    scenario: Scenario, changes: dict[str, Any], now: datetime, outcome: str, wake: datetime | None
) -> None:
    decision = decide(waiting(**changes), TimerDue("K7Q2W9XR", now), scenario, now)
    assert decision.effects == ()
    assert decision.case.outcome == outcome
    assert decision.case.wake_at == wake


def test_moving_back_and_forth_restarts_the_day(scenario: Scenario) -> None:
    story = Story(scenario, now=CLOSED)
    story.on(DealMoved(4312, "EXECUTING", CLOSED + timedelta(hours=1)))
    again = CLOSED + timedelta(hours=2)
    story.on(DealSeen(Deal(4312, "Заказ", "FINAL_INVOICE", again)))
    assert story.case.state is State.WAITING
    assert story.case.wake_at == again + DAY


# --- two scores -------------------------------------------------------------------------------


def test_the_first_score_is_stored_and_the_second_question_goes_at_once(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    assert story.case.question is not None
    moved = story.case.question.waits_for
    decision = story.says("8/10")
    (fields,), (message,) = effects(decision, SetFields), effects(decision, SendMessage)
    assert fields.fields == {"UF_S1": "8"}
    assert message.question == "service"
    assert message.template is None  # the window is open: the client has just written
    # It waits for nothing new: the deal was moved before the first question.
    assert {one.waits_for for one in decision.effects} == {"", moved}


@pytest.mark.parametrize(
    ("texts", "fields", "outcome"),
    [
        (("9", "десять"), {"UF_S2": "10", "UF_AVG": "9.5"}, "review_offered"),
        (("7", "9"), {"UF_S2": "9", "UF_AVG": "8"}, "review_offered"),  # exactly on the threshold
        (("7,5", "8.5"), {"UF_S2": "8.5", "UF_AVG": "8"}, "review_offered"),
        (("7", "8,5"), {"UF_S2": "8.5", "UF_AVG": "7.75"}, "dissatisfied"),
        (("1", "10"), {"UF_S2": "10", "UF_AVG": "5.5"}, "dissatisfied"),
        (("9 и 10",), {"UF_S1": "9", "UF_S2": "10", "UF_AVG": "9.5"}, "review_offered"),
    ],
)
def test_the_average_is_written_with_the_second_score(
    scenario: Scenario, texts: Sequence[str], fields: dict[str, str], outcome: str
) -> None:
    story = Story(scenario).begin()
    decisions = []
    for text in texts:
        decisions.append(story.says(text))
        if story.case.question and story.case.question.asked_at is None:
            story.asked()
    assert effects(decisions[-1], SetFields)[-1].fields == fields
    assert outcome in (story.case.step, story.case.outcome)


def test_a_happy_client_gets_the_links_of_this_branch(scenario: Scenario) -> None:
    story = Story(scenario).rated("9", "9")
    assert story.last is not None
    (message,) = effects(story.last, SendMessage)
    assert "https://qc.example/r/abc" in message.text
    assert story.case.step == "review_offered"
    assert story.case.wake_at == story.case.step_at + timedelta(days=7)


def test_an_unhappy_client_is_on_the_heads_desk_at_once(scenario: Scenario) -> None:
    story = Story(scenario).rated("3", "ужасно, 4")
    assert story.last is not None
    (thanks,) = effects(story.last, SendMessage)
    assert thanks.text == THANKS
    (deal,), (task,) = effects(story.last, CreateDeal), effects(story.last, CreateTask)
    assert (deal.stage, deal.assigned_to, deal.contact_id) == ("C7:NEW", 101, 77)
    assert "ужасно" in deal.comment
    assert task.responsible == 101
    assert task.deadline == story.now + DAY
    assert effects(story.last, NotifyStaff)[0].user == 101
    assert effects(story.last, MoveDeal)[0].stage == "WON"
    assert (story.case.state, story.case.outcome) == (State.ENDED, "dissatisfied")
    urgent = next(one for one in story.last.effects if isinstance(one.effect, CreateDeal))
    assert urgent.priority == min(one.priority for one in story.last.effects)


# --- words that are no score ------------------------------------------------------------------


def test_one_hint_then_a_person_and_no_word_is_lost(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    first = story.says("нормально")
    assert effects(first, SendMessage)[0].purpose == "hint"
    assert "нормально" in effects(first, AddComment)[0].text
    second = story.says("ну так себе")
    assert effects(second, SendMessage) == []
    assert effects(second, NotifyStaff)[0].user == 201
    assert story.case.state is State.ACTIVE
    assert effects(story.says("7"), SetFields)[0].fields == {"UF_S1": "7"}


def test_anger_beside_a_good_score_is_told_to_the_head_once_and_changes_nothing_else(
    scenario: Scenario,
) -> None:
    story = Story(scenario).begin()
    first = story.says("9, но мастер нахамил")
    (notice,) = effects(first, NotifyStaff)
    assert notice.user == story.case.branch.head
    assert "мастер нахамил" in notice.text
    assert story.case.question is not None
    assert story.case.question.name == "service"
    story.asked()
    second = story.says("10, но грубо разговаривали")
    assert story.case.step == "review_offered"
    assert effects(second, NotifyStaff) == []


def test_stop_is_obeyed_at_once_and_shown_in_the_crm(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    decision = story.says("стоп")
    assert decision.cancel
    (farewell,) = effects(decision, SendMessage)
    assert farewell.purpose == "farewell"
    assert effects(decision, UpdateContact)[0].fields == {"UF_OPT_OUT": "1"}
    assert story.case.client.opted_out_at is not None
    assert story.case.outcome == "opted_out"


def test_stop_after_the_end_still_holds(scenario: Scenario) -> None:
    story = Story(scenario).rated("3", "4")
    decision = story.says("не пишите мне больше")
    assert kinds(decision) == ["AddComment", "UpdateContact", "SendMessage"]
    assert story.case.client.opted_out_at is not None
    assert kinds(story.says("стоп")) == ["AddComment", "UpdateContact"]  # told once


@pytest.mark.parametrize("outcome", ["", "asked_recently"])
def test_words_and_stop_before_the_first_question(scenario: Scenario, outcome: str) -> None:
    """Somebody who is not asked yet, or never will be, writes: it is kept, and 'stop' holds."""
    state = State.ENDED if outcome else State.WAITING
    story = Story(scenario, waiting(state=state, outcome=outcome))
    assert kinds(story.says("а вы работаете в субботу?")) == ["AddComment"]
    assert kinds(story.says("стоп")) == ["AddComment", "UpdateContact", "SendMessage"]
    assert story.case.client.opted_out_at is not None
    assert story.case.outcome == (outcome or "opted_out")


def test_a_second_stop_before_the_first_question_is_not_answered(scenario: Scenario) -> None:
    story = Story(scenario, waiting(client=Client(PHONE, opted_out_at=CLOSED)))
    assert kinds(story.says("я же сказал: стоп")) == ["AddComment", "UpdateContact"]


def test_late_words_are_kept_and_nothing_is_sent(scenario: Scenario) -> None:
    story = Story(scenario).rated("3", "4")
    decision = story.says("мастер нахамил")
    assert kinds(decision) == ["AddComment"]
    assert story.case.outcome == "dissatisfied"


def test_a_correction_replaces_the_score_before(scenario: Scenario) -> None:
    story = Story(scenario).rated("8")
    decision = story.says("ой, 9")
    assert effects(decision, SetFields)[0].fields == {"UF_S1": "9"}
    assert story.case.scores == {"quality": Decimal(9)}
    assert story.case.question is not None
    assert story.case.question.name == "service"


def test_while_an_operator_talks_the_bot_takes_no_score(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    story.on(StaffWrote(PHONE, story.now, 500))
    decision = story.says("9")
    assert kinds(decision) == ["AddComment"]
    assert story.case.scores == {}


def test_an_answer_older_than_the_question_is_none(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    decision = story.on(AnswerReceived(PHONE, "9", story.now, 1))
    assert effects(decision, SetFields) == []


# --- silence ----------------------------------------------------------------------------------


def test_one_reminder_then_the_deal_goes_on(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    asked = story.case.question
    assert asked is not None
    assert asked.asked_at is not None
    assert story.case.wake_at == asked.asked_at + DAY
    reminder = story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    assert [one.purpose for one in effects(reminder, SendMessage)] == ["reminder"]
    assert story.case.wake_at == asked.asked_at + 2 * DAY
    end = story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    assert kinds(end) == ["MoveDeal"]
    assert story.case.outcome == "unanswered"


def test_a_low_score_followed_by_silence_is_not_lost(scenario: Scenario) -> None:
    story = Story(scenario).rated("2")
    story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    end = story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    assert effects(end, CreateDeal)[0].stage == "C7:NEW"
    assert story.case.outcome == "dissatisfied"


# --- the review -------------------------------------------------------------------------------


def clicked(scenario: Scenario) -> Story:
    story = Story(scenario).rated("9", "9")
    decision = story.on(LinkClicked("abc", "yandex", story.now))
    key = next(one.key for one in decision.effects if isinstance(one.effect, CreateTask))
    story.on(EffectDone(key, "555", story.now))
    return story


def test_a_click_becomes_the_managers_task(scenario: Scenario) -> None:
    story = Story(scenario).rated("9", "9")
    decision = story.on(LinkClicked("abc", "yandex", story.now))
    assert effects(decision, MoveDeal)[0].stage == "UC_REVIEW"
    (task,) = effects(decision, CreateTask)
    assert task.responsible == 201
    assert "https://qc.example/a/xyz" in task.text
    assert "https://y.example/1" in task.text
    assert effects(decision, NotifyStaff)[0].user == 201
    assert story.on(LinkClicked("abc", "yandex", story.now)).effects == ()


@pytest.mark.parametrize(
    ("event", "outcome", "bonus", "closes_task"),
    [
        (ReviewChecked("K7Q2W9XR", "found", DUE), "review_confirmed", True, True),
        (ReviewChecked("K7Q2W9XR", "score_only", DUE), "review_score_only", False, True),
        (TaskClosed(555, "Отзыв найден, 5 звёзд", DUE), "review_confirmed", True, False),
        (TaskClosed(555, "только звёзды, без текста", DUE), "review_score_only", False, False),
        (DealMoved(4312, "WON", DUE + 2 * DAY), "review_confirmed", True, True),
    ],
)
def test_three_ways_to_answer_about_the_review(
    scenario: Scenario, event: Event, outcome: str, bonus: bool, closes_task: bool
) -> None:
    story = clicked(scenario)
    decision = story.on(event)
    assert story.case.outcome == outcome
    assert bool(effects(decision, UpdateContact)) is bonus
    assert bool(effects(decision, CloseTask)) is closes_task


def test_a_task_made_while_the_case_ended_is_closed(scenario: Scenario) -> None:
    story = Story(scenario).rated("9", "9")
    decision = story.on(LinkClicked("abc", "yandex", story.now))
    key = next(one.key for one in decision.effects if isinstance(one.effect, CreateTask))
    story.on(DealMoved(4312, "LOSE", story.now))
    assert effects(story.on(EffectDone(key, "555", story.now)), CloseTask) == [CloseTask(555)]


def test_a_task_closed_without_an_answer_is_asked_about(scenario: Scenario) -> None:
    story = clicked(scenario)
    decision = story.on(TaskClosed(555, "готово", DUE))
    assert kinds(decision) == ["NotifyStaff"]
    assert story.case.state is State.ACTIVE
    story.on(ReviewChecked("K7Q2W9XR", "found", DUE))
    assert story.case.outcome == "review_confirmed"


# --- other hands ------------------------------------------------------------------------------


def test_a_managers_hand_ends_the_case_with_a_reason(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    decision = story.on(DealMoved(4312, "LOSE", story.now))
    assert decision.cancel
    assert story.case.outcome == "stopped_by_hand"
    assert story.case.ended_why is not None
    assert story.case.ended_why.values == {"stage": "LOSE"}


@pytest.mark.parametrize("stage", ["UC_QUALITY", "FINAL_INVOICE"])
def test_our_own_move_coming_back_changes_nothing(scenario: Scenario, stage: str) -> None:
    story = Story(scenario).begin()
    at = CLOSED if stage == "FINAL_INVOICE" else story.now
    assert story.on(DealMoved(4312, stage, at)).effects == ()
    assert story.case.state is State.ACTIVE


def test_an_older_line_of_the_history_read_late_is_no_hand(scenario: Scenario) -> None:
    """In work, then closed three seconds later; the poll tells of the first move only after the question."""
    story = Story(scenario).begin()
    story.on(DealMoved(4312, "EXECUTING", CLOSED - timedelta(seconds=3)))
    assert story.case.state is State.ACTIVE
    assert story.case.deal_stage == "UC_QUALITY"


def test_the_deal_was_elsewhere_when_we_came(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    story.on(EffectFailed("K7Q2W9XR:1:0", "MoveDeal", "deal_elsewhere", "it is in LOSE", story.now))
    assert story.case.outcome == "stopped_by_hand"


def test_a_refused_message_is_shown_and_the_deal_goes_on(scenario: Scenario) -> None:
    story = Story(scenario).begin()
    decision = story.on(MessageRefused(PHONE, "24 hours passed", story.now))
    assert set(kinds(decision)) == {"NotifyStaff", "MoveDeal"}
    assert story.case.outcome == "undelivered"

"""Any number of questions on any scale, a comment among them, and anger in a good score: stories of decide()."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.effects import NotifyStaff, SendMessage, SetFields
from qc_engine.core.events import AnswerReceived, EffectDone, EffectFailed, Event, TimerDue
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = Names(
    stages={"Start": "A", "Won": "WON"}, fields={f"F{n}": f"UF_{n}" for n in range(9)} | {"Mean": "UF_M"}
)
WORDS = "{text: Что улучшить?, kind: comment, save_to: F8}"
ANGER = '  - {name: anger, when: complains, do: [notify: {for: branch_head, text: "{words|?}"}]}\n'


def scenario(questions: Sequence[str], *, anytime: str = "", bound: str = "8") -> Scenario:
    """Questions as YAML, q0, q1 ...; the average decides between two ends."""
    written = "\n".join(f"  q{number}: {one}" for number, one in enumerate(questions))
    names = ", ".join(f"q{number}" for number in range(len(questions)))
    text = f"""
scenario: s
title: S
start: {{deal_in_stage: Start, wait: 1 h, not_later_than: 3 days}}
contact: {{quiet_hours: none, at_most_once_in: 1 day, pause_after_operator: 1 h}}
questions:
{written}
anytime:
{anytime}  - {{name: stop, when: asked_to_stop, do: [end: opted_out]}}
  - {{name: failed, when: message_failed, do: [end: undelivered]}}
steps:
  ask:
    do: [survey: {{ask: [{names}], save_average_to: Mean, hint: Одно число, remind_after: 30 min, reminder: Ждём}}]
    rules:
      - {{name: good, when: {{average_at_least: {bound}}}, do: [end: happy]}}
      - {{name: bad, when: {{average_below: {bound}}}, do: [end: unhappy]}}
      - {{name: silent, when: {{silent_for: 2 days}}, do: [end: unanswered]}}
"""
    return load_text(text, "s.yaml", NAMES)


def scored(number: int, scale: str = "1-10") -> str:
    return f"{{text: Вопрос {number}, scale: {scale}, save_to: F{number}}}"


class Story:
    """Feeds events to one case; a question that was asked has left at once."""

    def __init__(self, told: Scenario) -> None:
        self.scenario, self.now, self.number = told, NOON, 100
        self.fields: dict[str, str] = {}
        self.messages: list[str] = []
        self.notices: list[str] = []
        self.case = Case(
            id="K7", deal_id=1, deal_title="", scenario="s", version="v", round=1, state=State.WAITING, step="",
            entered_at=NOON - HOUR, step_at=NOON, deal_stage="A", client=Client("77015551234"),
            branch=Branch("На Абая", "Asia/Almaty", 101, 201),
        )  # fmt: skip
        self.on(TimerDue("K7", NOON))

    def on(self, event: Event) -> Decision:
        decision = decide(self.case, event, self.scenario, self.now)
        self.case = replace(decision.case, rev=self.case.rev + 1)
        for one in decision.effects:
            self._seen(one.effect)
        question = self.case.question
        if question and question.asked_at is None and not isinstance(event, EffectFailed):
            self.number += 1
            self.on(EffectDone(question.effect_key, str(self.number), self.now))
        return decision

    def _seen(self, effect: Any) -> None:
        match effect:
            case SetFields(fields=fields):
                self.fields.update(fields)
            case SendMessage(text=text):
                self.messages.append(text)
            case NotifyStaff(text=text):
                self.notices.append(text)

    def says(self, text: str, kind: str = "text") -> Decision:
        self.now, self.number = self.now + MINUTE, self.number + 1
        return self.on(AnswerReceived("77015551234", text, self.now, self.number, kind))

    def later(self, span: timedelta) -> Decision:
        self.now += span
        return self.on(TimerDue("K7", self.now))


# --- any number, any scale --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "answers", "bound", "average", "outcome"),
    [
        ("1-10", ["9"], "8", "9", "happy"),
        ("1-10", ["9", "6"], "8", "7.5", "unhappy"),
        ("1-5", ["5", "4", "3"], "4", "4", "happy"),
        ("1-5", ["5", "4", "5", "1", "2"], "4", "3.4", "unhappy"),
        ("0-10", ["0", "10", "10", "10", "10"], "8", "8", "happy"),
        ("0-10", ["0"], "8", "0", "unhappy"),
    ],
)
def test_questions_one_after_the_other(
    scale: str, answers: list[str], bound: str, average: str, outcome: str
) -> None:
    story = Story(scenario([scored(number, scale) for number in range(len(answers))], bound=bound))
    for number, answer in enumerate(answers):
        assert story.messages[-1] == f"Вопрос {number}"
        assert story.case.question is not None
        assert story.case.question.name == f"q{number}"
        assert "UF_M" not in story.fields
        story.says(answer)
    assert story.fields == {f"UF_{n}": one for n, one in enumerate(answers)} | {"UF_M": average}
    assert (story.case.state, story.case.outcome) == (State.ENDED, outcome)


@pytest.mark.parametrize(("scale", "answer"), [("1-5", "6"), ("1-5", "0"), ("0-10", "11")])
def test_outside_of_the_scale_is_no_score(scale: str, answer: str) -> None:
    story = Story(scenario([scored(0, scale)], bound="4"))
    story.says(answer)
    assert (dict(story.case.scores), story.messages[-1]) == ({}, "Одно число")


@pytest.mark.parametrize(
    ("scales", "answers", "scores"),
    [
        (("1-10", "1-5"), ["9 и 8"], {"q0": 9}),  # 8 is no score of the second question
        (("1-10", "1-10"), ["9 и 8"], {"q0": 9, "q1": 8}),
        (("1-5", "0-10"), ["4", "ой, 9"], {"q0": 4, "q1": 9}),  # 9 can only be meant for the second
        (("1-10", "1-10"), ["4", "ой, 9"], {"q0": 9}),
    ],
)
def test_a_score_fits_the_scale_of_its_own_question(
    scales: Sequence[str], answers: Sequence[str], scores: dict[str, int]
) -> None:
    story = Story(scenario([*(scored(n, one) for n, one in enumerate(scales)), scored(2)]))
    for answer in answers:
        story.says(answer)
    assert story.case.scores == {name: Decimal(score) for name, score in scores.items()}


# --- a comment --------------------------------------------------------------------------------


def test_a_comment_is_kept_in_the_deal() -> None:
    story = Story(scenario([scored(0), WORDS]))
    story.says("9")
    assert story.messages[-1] == "Что улучшить?"
    assert (story.case.state, story.fields["UF_M"]) == (State.ACTIVE, "9")
    story.says("Кофе бы получше 8")
    assert story.fields["UF_8"] == "Кофе бы получше 8"
    assert (story.case.outcome, dict(story.case.scores)) == ("happy", {"q0": Decimal(9)})
    assert "Кофе бы получше 8" in story.case.words


@pytest.mark.parametrize("words", ["нет", "-", "Нет!", "пропустить", "жоқ", "skip", "  ", "Нечего добавить."])
def test_a_comment_may_be_skipped(words: str) -> None:
    story = Story(scenario([scored(0), WORDS]))
    story.says("9")
    story.says(words)
    assert "UF_8" not in story.fields
    assert (story.case.outcome, dict(story.case.comments)) == ("happy", {"q1": ""})


def test_a_voice_message_is_a_comment_too() -> None:
    story = Story(scenario([scored(0), WORDS]))
    story.says("9")
    story.says("", "voice")
    assert (story.fields["UF_8"], story.case.outcome) == ("[голосовое сообщение]", "happy")


def test_nobody_waits_long_for_a_comment_or_asks_twice() -> None:
    story = Story(scenario([scored(0), WORDS]))
    story.says("3")
    assert story.case.wake_at == story.now + HOUR
    asked = list(story.messages)
    story.later(HOUR - MINUTE)
    assert story.case.state is State.ACTIVE
    story.later(MINUTE)
    assert (story.case.outcome, story.messages) == ("unhappy", asked)


def test_a_comment_between_scores() -> None:
    story = Story(scenario([scored(0), WORDS, scored(2)]))
    for words in ("9", "долго ждал", "7"):
        story.says(words)
    assert story.fields == {"UF_0": "9", "UF_8": "долго ждал", "UF_2": "7", "UF_M": "8"}


def test_stop_is_no_comment() -> None:
    story = Story(scenario([scored(0), WORDS]))
    story.says("9")
    story.says("стоп")
    assert (story.case.outcome, "UF_8" in story.fields) == ("opted_out", False)


@pytest.mark.parametrize(("asked", "outcome"), [(1, "happy"), (0, "undelivered")])
def test_a_question_that_cannot_be_delivered(asked: int, outcome: str) -> None:
    """Without words a survey is complete, without a score it is not."""
    story = Story(scenario([scored(0), WORDS]))
    for _ in range(asked):
        story.says("9")
    assert story.case.question is not None
    key = story.case.question.effect_key
    story.on(EffectFailed(key, "SendMessage", "blocked", "blocked", story.now))
    assert story.case.outcome == outcome


# --- anger in a good score --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "notices", "outcome"),
    [
        (["9, но мастер нахамил", "10"], 1, "happy"),
        (["9", "10, но мастер нахамил"], 1, "happy"),
        (["9, но мастер нахамил", "10, и снова нахамил"], 1, "happy"),  # once per case
        (["9", "10"], 0, "happy"),
        (["3, мастер нахамил", "10"], 0, "unhappy"),  # a low score says it by itself
    ],
)
def test_the_head_hears_of_anger_and_the_case_goes_its_way(
    answers: list[str], notices: int, outcome: str
) -> None:
    with_rule, without = (Story(scenario([scored(0), scored(1)], anytime=anytime)) for anytime in (ANGER, ""))
    for answer in answers:
        with_rule.says(answer)
        without.says(answer)
    assert len(with_rule.notices) == notices
    assert all("нахамил" in notice for notice in with_rule.notices)
    assert with_rule.case.outcome == without.case.outcome == outcome
    assert (with_rule.messages, with_rule.fields) == (without.messages, without.fields)


def test_anger_in_the_comment_after_good_scores() -> None:
    story = Story(scenario([scored(0), WORDS], anytime=ANGER))
    story.says("10")
    story.says("в целом 10, но мастер нахамил")
    assert (len(story.notices), story.case.outcome) == (1, "happy")


def test_a_rule_of_anger_may_end_the_case_if_its_author_says_so() -> None:
    rule = "  - {name: anger, when: complains, do: [end: angry]}\n"
    story = Story(scenario([scored(0), scored(1)], anytime=rule))
    story.says("10, но мастер нахамил")
    assert story.case.outcome == "angry"

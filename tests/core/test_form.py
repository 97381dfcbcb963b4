"""What a client sends from the survey's page, all at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qc_engine.core.case import Case, Client, OpenQuestion, State
from qc_engine.core.channel import FORM, MAIN, Channel
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.effects import AddComment, SendMessage, SetFields
from qc_engine.core.events import EffectFailed, FormAnswered
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from tests.flow.fakes import BRANCH, NAMES

NOW = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)
SMS = {MAIN: Channel("chat2desk", window=True), "sms": Channel("sms", answers=False)}
TEXT = """
scenario: visit
title: Опрос
start: {deal_in_stage: FINAL_INVOICE, wait: 1 day, not_later_than: 3 days}
contact:
  channels: [chat2desk, sms]
  quiet_hours: 21:00-09:00
  at_most_once_in: 30 days
  pause_after_operator: 2 hours
questions:
  quality: {text: Качество?, scale: 1-10, save_to: UF_CRM_1}
  service: {text: Сервис?, scale: 1-5, save_to: UF_CRM_2}
  wish: {text: Что улучшить?, kind: comment, save_to: UF_CRM_3}
anytime:
  - {name: стоп, when: asked_to_stop, do: [end: opted_out]}
steps:
  ask:
    do:
      - survey: {ask: [quality, service, wish], save_average_to: UF_CRM_9, by_link: "Оцените: {survey_link}"}
    rules:
      - {name: хорошо, when: {average_at_least: 4}, do: [say: Спасибо!, end: happy]}
      - {name: плохо, when: {average_below: 4}, do: [say: Жаль!, end: unhappy]}
      - {name: тишина, when: {silent_for: 2 days}, do: [end: unanswered]}
"""
WORDS = replace(NAMES, channels={"chat2desk": MAIN, "sms": "sms"}, without_answers=("sms",))


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    read = load_text(TEXT, "visit.yaml", WORDS)
    return replace(read, contact=replace(read.contact, known=SMS))


def case(**changes: object) -> Case:
    asked = OpenQuestion("quality", "K:1:0", NOW - timedelta(hours=1), channel="sms")
    made = Case(
        id="K", deal_id=7, deal_title="Заказ", scenario="visit", version="v", round=1, state=State.ACTIVE,
        step="ask", entered_at=NOW - timedelta(days=1), step_at=NOW - timedelta(hours=1), deal_stage="S",
        client=Client("77015551234"), branch=BRANCH, question=asked, channel="sms",
    )  # fmt: skip
    return replace(made, **changes)


def sent(scenario: Scenario, answers: dict[str, str], of: Case | None = None) -> Decision:
    return decide(of or case(), FormAnswered("K", answers, NOW), scenario, NOW)


def of_kind(decision: Decision, kind: type) -> list:
    return [one.effect for one in decision.effects if isinstance(one.effect, kind)]


def test_all_at_once(scenario: Scenario) -> None:
    decision = sent(scenario, {"quality": "9", "service": "4", "wish": "Кофе", "": "Всё понравилось"})
    assert decision.case.scores == {"quality": Decimal(9), "service": Decimal(4)}
    assert decision.case.comments == {"wish": "Кофе"}
    assert decision.case.outcome == "happy"
    written = {name: value for one in of_kind(decision, SetFields) for name, value in one.fields.items()}
    assert written == {"UF_CRM_1": "9", "UF_CRM_2": "4", "UF_CRM_3": "Кофе", "UF_CRM_9": "6.5"}
    assert [one.text for one in of_kind(decision, AddComment)] == ["Клиент: Кофе", "Клиент: Всё понравилось"]


def test_the_reply_is_read_on_the_page(scenario: Scenario) -> None:
    (reply,) = of_kind(sent(scenario, {"quality": "9", "service": "4", "wish": ""}), SendMessage)
    assert (reply.text, reply.channel) == ("Спасибо!", FORM)


@pytest.mark.parametrize(
    ("answers", "scores"),
    [
        ({"quality": "11", "service": "4", "wish": ""}, {"service": 4}),
        ({"quality": "1e3", "service": "NaN", "wish": ""}, {}),
        ({"quality": "девять", "service": "-1"}, {}),
        ({"quality": " 8 ", "service": "4,5"}, {"quality": 8, "service": Decimal("4.5")}),
        ({"stranger": "9"}, {}),
    ],
)
def test_only_what_fits_is_a_score(
    scenario: Scenario, answers: dict[str, str], scores: dict[str, int]
) -> None:
    assert sent(scenario, answers).case.scores == scores


def test_what_stands_is_not_overwritten(scenario: Scenario) -> None:
    """A page opened yesterday, and an answer in the chat since."""
    answered = case(scores={"quality": Decimal(3)}, question=OpenQuestion("service", "K:2:0", NOW))
    assert sent(scenario, {"quality": "10", "service": "3"}, answered).case.scores["quality"] == 3


def test_stop_holds_and_the_scores_are_kept(scenario: Scenario) -> None:
    decision = sent(scenario, {"quality": "2", "service": "1", "": "стоп"})
    assert decision.case.outcome == "opted_out"
    assert decision.case.client.opted_out_at == NOW
    assert decision.case.scores == {"quality": 2, "service": 1}
    assert of_kind(decision, SendMessage) == []


@pytest.mark.parametrize("state", [State.ENDED, State.ACTIVE])
def test_late_words_are_kept(scenario: Scenario, state: State) -> None:
    decision = sent(scenario, {"quality": "9", "": "и ещё спасибо"}, case(state=state, question=None))
    assert decision.case.words == ("quality: 9", "и ещё спасибо")
    assert decision.case.scores == {}


def test_one_link_instead_of_questions(scenario: Scenario) -> None:
    message = SendMessage("77015551234", "Качество?", "question", "quality")
    failed = EffectFailed("K:1:0", "SendMessage", "no_account", "нет WhatsApp", NOW, message)
    at_whatsapp = case(
        channel=MAIN, question=OpenQuestion("quality", "K:1:0"), survey_url="https://qc.kz/s/x"
    )
    decision = decide(at_whatsapp, failed, scenario, NOW)
    (asked,) = of_kind(decision, SendMessage)
    assert (asked.text, asked.channel, asked.question) == ("Оцените: https://qc.kz/s/x", "sms", "quality")
    assert decision.case.question is not None
    assert decision.case.question.channel == "sms"

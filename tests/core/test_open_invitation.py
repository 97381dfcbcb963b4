"""The scenario that invites everybody alike: the same links for all, and a bonus for the answers alone."""

from pathlib import Path
from typing import Any

import pytest

from qc_engine.core.effects import CreateDeal, CreateTask, MoveDeal, SendMessage, UpdateContact
from qc_engine.core.events import LinkClicked, ReviewChecked, TimerDue
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from tests.core.test_tyre_centre import DAY, DUE, THANKS, Story, effects
from tests.flow.fakes import NAMES

PATH = Path(__file__).resolve().parents[2] / "scenarios" / "open_invitation.yaml"
BONUS = {"UF_BONUS_ANSWERS": "1"}
LINK = "https://qc.example/r/abc"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """As it is once it has been switched on: with every name found on the portal."""
    text = PATH.read_text("utf-8").replace("\nactive: false\n", "\nactive: true\n")
    bonus = {**NAMES.contact_fields, "Бонус за ответы": "UF_BONUS_ANSWERS"}
    return load_text(text, PATH.name, Names(NAMES.stages, NAMES.fields, bonus))


def texts(story: Story) -> list[str]:
    assert story.last is not None
    return [one.text for one in effects(story.last, SendMessage)]


def last(story: Story, kind: type) -> list[Any]:
    assert story.last is not None
    return list(effects(story.last, kind))


def test_happy_and_unhappy_read_the_very_same_invitation(scenario: Scenario) -> None:
    happy, unhappy = Story(scenario).rated("9", "10"), Story(scenario).rated("2", "3")
    assert texts(happy)[-1] == texts(unhappy)[-1]
    assert LINK in texts(happy)[-1]
    assert "бонус" not in texts(happy)[-1].casefold()


@pytest.mark.parametrize(("scores", "step"), [(("9", "10"), "invited"), (("2", "3"), "unhappy")])
def test_the_bonus_is_for_the_answers(scenario: Scenario, scores: tuple[str, str], step: str) -> None:
    story = Story(scenario).rated(*scores)
    assert [one.fields for one in last(story, UpdateContact)] == [BONUS]
    assert "бонус за ответы подтверждён" in texts(story)[0]
    assert story.case.step == step


def test_the_unhappy_get_the_apology_and_are_on_the_heads_desk_at_once(scenario: Scenario) -> None:
    story = Story(scenario).rated("3", "ужасно, 4")
    assert texts(story)[0].startswith(THANKS)
    (deal,), (task,) = last(story, CreateDeal), last(story, CreateTask)
    assert (deal.stage, deal.assigned_to) == ("C7:NEW", 101)
    assert "ужасно" in deal.comment
    assert task.responsible == 101


@pytest.mark.parametrize("scores", [("9", "10"), ("2", "3")])
def test_whoever_opens_the_link_is_looked_for_and_a_review_changes_nothing(
    scenario: Scenario, scores: tuple[str, str]
) -> None:
    story = Story(scenario).rated(*scores)
    story.on(LinkClicked("abc", "yandex", story.now))
    assert last(story, MoveDeal)[0].stage == "UC_REVIEW"
    assert last(story, CreateTask)[0].responsible == 201
    story.on(ReviewChecked("K7Q2W9XR", "found", DUE))
    assert story.case.outcome == "review_confirmed"
    assert last(story, UpdateContact) == []
    assert texts(story) == []


@pytest.mark.parametrize(("scores", "outcome"), [(("9", "10"), "happy"), (("2", "3"), "dissatisfied")])
def test_a_week_later_the_deal_goes_on(scenario: Scenario, scores: tuple[str, str], outcome: str) -> None:
    story = Story(scenario).rated(*scores)
    story.on(TimerDue("K7Q2W9XR", story.now), 7 * DAY)
    assert story.case.outcome == outcome
    assert last(story, MoveDeal)[0].stage == "WON"


@pytest.mark.parametrize("score", ["2", "10"])
def test_who_fell_silent_after_one_answer_is_treated_alike_too(scenario: Scenario, score: str) -> None:
    """No links and no bonus, whatever the score was; only the complaint is not lost."""
    story = Story(scenario).rated(score)
    story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    story.on(TimerDue("K7Q2W9XR", story.now), DAY)
    assert texts(story) == []
    assert last(story, UpdateContact) == []
    assert bool(last(story, CreateDeal)) is (score == "2")

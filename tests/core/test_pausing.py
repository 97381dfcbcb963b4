"""A pause between two actions: what is done before it, meanwhile and after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qc_engine.core.case import Paused, State
from qc_engine.core.decide import decide
from qc_engine.core.effects import AddComment, SendMessage
from qc_engine.core.events import DealMoved, LinkClicked, TimerDue
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.gate import Wait, gate
from qc_engine.explain.phrases import say
from tests.core.further import further, story
from tests.core.test_tyre_centre import Story, effects

HOUR = timedelta(hours=1)
IN_STEP = """\
    do: [comment: one, wait: 2 hours, comment: two, wait: 1 hour, say: three, end: done]
    rules:
      - {name: clicked, when: link_clicked, do: [comment: clicked]}
      - {name: by hand, when: {deal_moved_to: won}, do: [end: won]}
"""
IN_RULE = """\
    rules:
      - {name: clicked, when: link_clicked, do: [comment: one, wait: 2 hours, comment: two]}
      - {name: slow, when: link_clicked, do: [comment: other, wait: 5 hours, comment: later]}
      - {name: over, when: {in_step_for: 1 day}, do: [wait: 1 hour, end: over]}
"""


def rated(scenario: Scenario, **changes: Any) -> Story:
    """The client has answered: the case stands in the second step."""
    return story(scenario, **changes).rated("9")


def comments(told: Story) -> list[str]:
    assert told.last is not None
    return [one.text for one in effects(told.last, AddComment)]


def wakes(told: Story) -> list[str]:
    """From timer to timer, up to the end: after how long, and what was done."""
    found, begun = [], told.now
    while told.case.state is not State.ENDED and told.case.wake_at:
        told.on(TimerDue(told.case.id, told.case.wake_at), told.case.wake_at - told.now)
        said = [one.text for one in effects(told.last, SendMessage)] if told.last else []
        found.append(f"{(told.now - begun) // HOUR}: {' '.join([*comments(told), *said])}")
    return found


def click(told: Story) -> list[str]:
    told.on(LinkClicked("abc", "yandex", told.now))
    return comments(told)


def test_the_rest_of_the_list_is_done_in_its_time() -> None:
    told = rated(further(after=IN_STEP))
    assert comments(told) == ["one"]
    assert wakes(told) == ["2: two", "3: three"]
    assert (told.case.outcome, told.case.paused) == ("done", ())


def test_the_rules_of_the_step_hold_meanwhile() -> None:
    told = rated(further(after=IN_STEP))
    assert click(told) == ["clicked"]
    assert len(told.case.paused) == 1
    told.on(DealMoved(4312, "WON", told.now))
    assert (told.case.outcome, list(told.case.paused), told.case.wake_at) == ("won", [], None)


def test_a_timer_that_comes_late_misses_nothing() -> None:
    told = rated(further(after=IN_STEP))
    told.on(TimerDue(told.case.id, told.now), timedelta(days=2))
    assert comments(told) == ["two"]
    assert wakes(told) == ["1: three"]


def test_another_event_at_the_very_moment_loses_no_pause() -> None:
    told = rated(further(after=IN_STEP))
    told.now = told.case.wake_at or told.now
    assert click(told) == ["clicked"]
    told.on(TimerDue(told.case.id, told.now))
    assert comments(told) == ["two"]


def test_a_rule_that_waits_is_not_followed_from_its_beginning_and_others_are() -> None:
    told = rated(further(after=IN_RULE))
    assert click(told) == ["one"]
    assert click(told) == ["other"]  # the first one is under way, so the second has its turn
    assert click(told) == []
    assert told.last is not None
    why = [one.verdict.why for one in told.last.trace if one.rule == "clicked"]
    assert say(why[0].key, why[0].values, "en", "Asia/Almaty").startswith(
        "the rule is under way and waits until"
    )
    assert sorted(one.rule for one in told.case.paused) == ["clicked", "slow"]
    assert wakes(told)[:2] == ["1: two", "4: later"]
    assert told.case.outcome == "over"


def test_a_list_that_is_through_may_be_followed_again() -> None:
    told = rated(further(after=IN_RULE))
    click(told)
    told.on(TimerDue(told.case.id, told.now), 2 * HOUR)
    assert comments(told) == ["two"]
    assert click(told) == ["one"]


def test_entering_another_step_drops_what_waits() -> None:
    rules = "{name: good, when: {average_at_least: 8}, do: [wait: 2 hours, comment: late, go_to: after]}"
    hurried = rules + "\n{name: clicked, when: link_clicked, do: [go_to: after]}"
    told = rated(further(hurried))
    assert told.case.step == "ask"
    assert [one.rule for one in told.case.paused] == ["good"]
    click(told)
    assert (told.case.step, told.case.paused) == ("after", ())
    assert wakes(told) == ["216: "]


def test_a_score_put_right_meanwhile_goes_its_own_way() -> None:
    rules = (
        "{name: good, when: {average_at_least: 8}, do: [wait: 2 hours, say: Спасибо, go_to: after]}\n"
        "{name: bad, when: {average_below: 8}, do: [end: bad]}"
    )
    told = rated(further(rules))
    told.case = replace(told.case, scores={"quality": type(told.case.scores["quality"])(3)})
    click(told)
    assert (told.case.outcome, told.case.paused) == ("bad", ())


def test_the_gate_looks_at_what_is_said_after_the_pause() -> None:
    """At nine in the evening the pause is over; the client reads it in the morning, and it is still fresh."""
    told = rated(further(after="    do: [wait: 9 hours, say: Добрый вечер, end: done]\n"))
    told.on(TimerDue(told.case.id, told.now), 9 * HOUR)
    assert told.last is not None
    (message,) = effects(told.last, SendMessage)
    held = gate(message, told.case, told.scenario.contact, told.now)
    assert isinstance(held, Wait)
    assert message.fresh_until == told.now + timedelta(days=3) > held.until


@pytest.mark.parametrize("next_one", [0, 1, 3, 99])
def test_a_version_without_that_list_goes_on_without_it(next_one: int) -> None:
    told = rated(further(after=IN_RULE))
    gone = Paused(told.now, next_one, "clicked")
    case = replace(told.case, paused=(gone, Paused(told.now, 2, "renamed")))
    decision = decide(case, TimerDue(case.id, told.now), told.scenario, told.now)
    assert decision.case.paused == ()
    assert [one.key for one in decision.notes] == ["note.pause_lost"] * 2


def test_what_holds_already_decides_at_once_on_coming_to_a_step() -> None:
    after = """\
    rules:
      - {name: here, when: {branch_is: На Абая}, do: [go_to: last]}
      - {name: over, when: {in_step_for: 9 days}, do: [end: over]}
  last:
    rules:
      - {name: good, when: {formula: 'average >= 8.0'}, do: [end: good]}
      - {name: other, when: {in_step_for: 9 days}, do: [end: over]}
"""
    assert rated(further(after=after)).case.outcome == "good"

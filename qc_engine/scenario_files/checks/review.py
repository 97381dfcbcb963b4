"""Sense of the words around a review: a ladder without its task, an answer or a bonus that leads nowhere."""

from collections.abc import Iterator

from qc_engine.core.scenario import (
    Action,
    ConfirmBonus,
    OpenTask,
    ReviewIs,
    Rule,
    Scenario,
    Step,
    TakeAsAnswer,
    TakeBackBonus,
)
from qc_engine.scenario_files.checks.spots import actions_of, spots
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]


def looks_again(here: Keys, actions: tuple[Action, ...]) -> Iterator[Finding]:
    for number, action in enumerate(actions):
        if isinstance(action, OpenTask) and action.look_again and action.about != "review":
            yield (*here, number), "look_again needs 'about: review' beside it"


def taken_for_nothing(step: Step, anytime: tuple[Rule, ...]) -> Iterator[Finding]:
    """An answer of which no rule here speaks leads nowhere."""
    spoken_of = {one for rule in (*step.rules, *anytime) for one in rule.when if isinstance(one, ReviewIs)}
    for number, rule in enumerate(step.rules):
        for action in rule.do:
            if isinstance(action, TakeAsAnswer) and ReviewIs(action.answer) not in spoken_of:
                at: Keys = ("steps", step.name, "rules", number, "do")
                yield at, f"nothing follows from 'review_is: {action.answer}': add a rule with that 'review'"


def about_bonuses(scenario: Scenario) -> Iterator[Finding]:
    """What is taken back must be confirmed somewhere."""
    confirmed = {one.rule for one in actions_of(scenario) if isinstance(one, ConfirmBonus)}
    for spot in spots(scenario):
        for action in spot.actions if spot.step and spot.rule else ():
            if isinstance(action, TakeBackBonus) and action.rule not in confirmed:
                yield (
                    spot.done_at,
                    f"no confirm_bonus has the rule '{action.rule}' that take_back_bonus names; use one word",
                )

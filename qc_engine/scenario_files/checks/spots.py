"""Every list of actions of a scenario, and where in the file it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from qc_engine.core.scenario import Action, Rule, Scenario
from qc_engine.scenario_files.yaml.source import Keys


@dataclass(frozen=True)
class Spot:
    """What a step does on entry, or (with `rule`) what a rule does; `step` is '' for rules of all steps."""

    keys: Keys
    step: str
    rule: Rule | None
    actions: tuple[Action, ...]

    @property
    def done_at(self) -> Keys:
        """Where its actions stand."""
        return (*self.keys, "do") if self.rule else self.keys


def spots(scenario: Scenario) -> Iterator[Spot]:
    """In the order in which they are looked at."""
    for number, rule in enumerate(scenario.anytime):
        yield Spot(("anytime", number), "", rule, rule.do)
    for name, step in scenario.steps.items():
        yield Spot(("steps", name, "do"), name, None, step.do)
        for number, rule in enumerate(step.rules):
            yield Spot(("steps", name, "rules", number), name, rule, rule.do)


def rules_of(scenario: Scenario) -> Iterator[Rule]:
    return (spot.rule for spot in spots(scenario) if spot.rule)


def actions_of(scenario: Scenario) -> Iterator[Action]:
    return (action for spot in spots(scenario) for action in spot.actions)

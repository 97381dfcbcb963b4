"""A question to a person and what follows from its answer belong together."""

from collections.abc import Iterator

from qc_engine.core.scenario import Action, ApprovalIs, AskApproval, Scenario
from qc_engine.scenario_files.checks.spots import actions_of, rules_of, spots
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]


def about_approvals(scenario: Scenario) -> Iterator[Finding]:
    """An answer to what nobody asks, and a question whose answer nobody waits for."""
    asked = {one.name for one in actions_of(scenario) if isinstance(one, AskApproval)}
    awaited = {one.name for rule in rules_of(scenario) for one in rule.when if isinstance(one, ApprovalIs)}
    for spot in spots(scenario):
        for condition in spot.rule.when if spot.rule else ():
            if isinstance(condition, ApprovalIs) and condition.name not in asked:
                yield (*spot.keys, "when"), _nobody_asks(condition.name, asked)
        for number, action in enumerate(spot.actions):
            if isinstance(action, AskApproval) and action.name not in awaited:
                what = f"add a rule with 'approved: {action.name}' or 'declined: {action.name}'"
                yield (*spot.done_at, number), f"nothing follows from the answer to '{action.name}': {what}"
        yield from _twice(spot.done_at, spot.actions)


def _nobody_asks(name: str, asked: set[str]) -> str:
    told = unknown("name of an approve", name, asked)
    return told if asked else f"{told}; nobody is asked anything here: add an 'approve' with this name"


def _twice(at: Keys, actions: tuple[Action, ...]) -> Iterator[Finding]:
    """Another list may ask the same again; here the first one would be taken back at once."""
    asked = [one.name if isinstance(one, AskApproval) else "" for one in actions]
    for number, name in enumerate(asked):
        if name and name in asked[:number]:
            yield (*at, number), f"'{name}' is asked twice in this list; give one another name, or delete it"

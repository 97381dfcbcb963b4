"""A question to a person and what follows from its answer belong together."""

from collections.abc import Iterator

from qc_engine.core.scenario import Action, ApprovalIs, AskApproval, Rule, Scenario
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]


def about_approvals(scenario: Scenario) -> Iterator[Finding]:
    """An answer to what nobody asks, and a question whose answer nobody waits for."""
    rules, lists = list(_rules(scenario)), list(_lists(scenario))
    asked = {one.name for _, actions in lists for one in actions if isinstance(one, AskApproval)}
    awaited = {one.name for _, rule in rules for one in rule.when if isinstance(one, ApprovalIs)}
    for at, rule in rules:
        for condition in rule.when:
            if isinstance(condition, ApprovalIs) and condition.name not in asked:
                yield (*at, "when"), _nobody_asks(condition.name, asked)
    for at, actions in lists:
        for number, action in enumerate(actions):
            if isinstance(action, AskApproval) and action.name not in awaited:
                what = f"add a rule with 'approved: {action.name}' or 'declined: {action.name}'"
                yield (*at, number), f"nothing follows from the answer to '{action.name}': {what}"
        yield from _twice(at, actions)


def _nobody_asks(name: str, asked: set[str]) -> str:
    told = unknown("name of an approve", name, asked)
    return told if asked else f"{told}; nobody is asked anything here: add an 'approve' with this name"


def _twice(at: Keys, actions: tuple[Action, ...]) -> Iterator[Finding]:
    """Another list may ask the same again; here the first one would be taken back at once."""
    asked = [one.name if isinstance(one, AskApproval) else "" for one in actions]
    for number, name in enumerate(asked):
        if name and name in asked[:number]:
            yield (*at, number), f"'{name}' is asked twice in this list; give one another name, or delete it"


def _rules(scenario: Scenario) -> Iterator[tuple[Keys, Rule]]:
    yield from ((("anytime", number), rule) for number, rule in enumerate(scenario.anytime))
    for name, step in scenario.steps.items():
        yield from ((("steps", name, "rules", number), rule) for number, rule in enumerate(step.rules))


def _lists(scenario: Scenario) -> Iterator[tuple[Keys, tuple[Action, ...]]]:
    yield from (((*at, "do"), rule.do) for at, rule in _rules(scenario))
    yield from ((("steps", name, "do"), step.do) for name, step in scenario.steps.items())

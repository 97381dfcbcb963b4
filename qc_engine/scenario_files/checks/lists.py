"""Lists of actions: what of them is never done, and which would be done again and again."""

from collections.abc import Iterator

from qc_engine.core.scenario import (
    STANDING,
    Action,
    ApprovalIs,
    BranchIs,
    End,
    Formula,
    GoTo,
    InStepFor,
    Pause,
    ReviewIs,
    Rule,
    SilentFor,
)
from qc_engine.scenario_files.checks.roads import leaves
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]
LASTING = (*STANDING, InStepFor, SilentFor, ReviewIs)  # what holds for a while once it holds


def in_vain(here: Keys, actions: tuple[Action, ...]) -> Iterator[Finding]:
    """Actions behind the end of a list, and a pause with nothing behind it."""
    for number, action in enumerate(actions[:-1]):
        if isinstance(action, End | GoTo):
            word = "end" if isinstance(action, End) else "go_to"
            yield (*here, number + 1), f"nothing is done after '{word}'; put this before it, or delete it"
            return
    if actions and isinstance(actions[-1], Pause):
        yield (*here, len(actions) - 1), "nothing follows this 'wait'; put behind it what is to be done then"


def again_and_again(at: Keys, rule: Rule) -> Iterator[Finding]:
    """What is known once stays known: whatever happens next, such a rule would be followed again."""
    known = rule.standing and any(isinstance(one, BranchIs | Formula | ApprovalIs) for one in rule.when)
    if (known or (waits(rule) and _lasts(rule))) and not leaves(rule.do):
        yield (
            at,
            f"rule '{rule.name}' would be followed again and again, because what it asks for stays so: "
            "end it with 'go_to' or 'end'",
        )


def waits(rule: Rule) -> bool:
    """Is there a pause in the middle of what it does?"""
    return any(isinstance(one, Pause) for one in rule.do)


def _lasts(rule: Rule) -> bool:
    return all(isinstance(one, LASTING) for one in rule.when)

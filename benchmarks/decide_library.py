"""The scenario in the library `transitions`: steps are states, every rule is a transition with guards."""

from collections.abc import Callable
from typing import Any

from benchmarks.decide_walks import ENDED, WAITING, Seen
from qc_engine.core.scenario import (
    AverageAtLeast,
    AverageBelow,
    Clicked,
    Condition,
    End,
    GoTo,
    InStepFor,
    ReviewIs,
    Rule,
    Scenario,
    ScoreBelow,
    SilentFor,
)


class Walker:
    """The model: the machine gives it a state and the trigger."""

    state: str
    happens: Callable[[Any], bool]  # by what the guards look at: Seen, or a Draft


def machine_of(
    scenario: Scenario,
    rows: list[Any],
    model: Walker | None = None,
    state: str = WAITING,
    *,
    auto_transitions: bool = False,
) -> Any:
    """A machine with one model, or with none yet. By default the library adds a way into every state."""
    try:
        from transitions import Machine
    except ImportError:
        raise SystemExit("qc: the library 'transitions' is missing: run this by ./qc bench decide") from None
    states = [WAITING, *scenario.steps, ENDED]
    return Machine(
        model=model, states=states, transitions=rows, initial=state, auto_transitions=auto_transitions
    )


def transitions_of(scenario: Scenario) -> list[dict[str, Any]]:
    """Rules as transitions of one trigger, in the order in which they have their turn."""
    begins = _row(WAITING, reached(scenario, scenario.first_step), [lambda seen: seen.begins])
    rows = [begins]
    for name, step in scenario.steps.items():
        for rule in (*scenario.anytime, *step.rules):
            rows.append(_row(name, target(scenario, rule), [_guard(condition) for condition in rule.when]))
        rows.append(_row(name, None, []))
    return rows


def _row(source: str, dest: str | None, guards: list[Callable[[Seen], bool]]) -> dict[str, Any]:
    return {"trigger": "happens", "source": source, "dest": dest, "conditions": guards}


def target(scenario: Scenario, rule: Rule) -> str | None:
    """None: the rule does something and stays."""
    match rule.do[-1]:
        case GoTo(step):
            return reached(scenario, step)
        case End():
            return ENDED
        case _:
            return None


def reached(scenario: Scenario, step: str) -> str:
    """Where a case comes to rest: some steps end at once."""
    return ENDED if any(isinstance(one, End) for one in scenario.steps[step].do) else step


def _guard(condition: Condition) -> Callable[[Seen], bool]:
    match condition:
        case AverageAtLeast(limit):
            return lambda seen: seen.mean is not None and seen.mean >= limit
        case AverageBelow(limit):
            return lambda seen: seen.mean is not None and seen.mean < limit
        case ScoreBelow(limit):
            return lambda seen: seen.lowest is not None and seen.lowest < limit
        case SilentFor(span):
            return lambda seen: seen.asked_for >= span
        case InStepFor(span):
            return lambda seen: seen.in_step_for >= span
        case Clicked():
            return lambda seen: seen.clicked
        case ReviewIs(answer):
            return lambda seen: seen.review == answer
        case _:
            return lambda seen: False  # what does not happen on these walks

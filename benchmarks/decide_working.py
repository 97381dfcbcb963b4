"""The library doing all that the core does: our own functions are its guards and callbacks.

The same reader takes the reply in, the same checks are the guards and leave their reasons, the same actions
write texts and plan effects when a transition is made, the same clock is set afterwards. What differs is who
finds the rule, and who knows where the case stands.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.decide_library import reached, target
from benchmarks.decide_walks import WAITING, Stop
from qc_engine.core.case import State
from qc_engine.core.decide import TAKERS
from qc_engine.core.draft import Decision, Draft
from qc_engine.core.rules.actions import run
from qc_engine.core.rules.conditions import check
from qc_engine.core.rules.timing import plan_wake
from qc_engine.core.scenario import Condition, Rule, Scenario
from qc_engine.core.trace import Checked


def working_transitions_of(scenario: Scenario) -> list[dict[str, Any]]:
    """As `transitions_of`, with our work in it: the first step begins while the event is taken in."""
    rows = [_row(WAITING, reached(scenario, scenario.first_step), [_has_begun])]
    for name, step in scenario.steps.items():
        for rule in (*scenario.anytime, *step.rules):
            guards = [partial(_holds, rule, condition) for condition in rule.when]
            rows.append(_row(name, target(scenario, rule), guards, partial(_follow, rule)))
        rows.append(_row(name, None, []))
    return rows


def taken_in(stop: Stop, scenario: Scenario) -> Draft:
    """The event, before any rule is looked at."""
    draft = Draft(stop.case, stop.event, scenario, stop.now)
    TAKERS[type(stop.event)](stop.event, draft)
    return draft


def decided(draft: Draft) -> Decision:
    """What became of it, after the library found its way."""
    plan_wake(draft)
    return draft.decision()


def _row(
    source: str, dest: str | None, guards: list[Any], after: Callable[[Draft], None] | None = None
) -> dict[str, Any]:
    return {"trigger": "happens", "source": source, "dest": dest, "conditions": guards, "after": after}


def _has_begun(draft: Draft) -> bool:
    return draft.case.state is State.ACTIVE


def _holds(rule: Rule, condition: Condition, draft: Draft) -> bool:
    verdict = check(condition, draft)
    draft.trace.append(Checked(rule.name, verdict, rule.line))
    return verdict.passed


def _follow(rule: Rule, draft: Draft) -> None:
    draft.note("note.rule", rule=rule.name)
    run(rule.do, draft, rule.name)

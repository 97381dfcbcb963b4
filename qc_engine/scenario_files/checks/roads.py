"""The roads between steps: every step can be reached, every road ends, none goes in circles at once."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from qc_engine.core.scenario import (
    Action,
    ApprovalIs,
    AskApproval,
    End,
    GoTo,
    InStepFor,
    Pause,
    Rule,
    Scenario,
    SilentFor,
    Step,
    Survey,
)
from qc_engine.scenario_files.yaml.source import Keys

Roads = Mapping[str, frozenset[str]]
Finding = tuple[Keys, str]


def road_findings(scenario: Scenario) -> Iterator[Finding]:
    steps, anytime = scenario.steps, scenario.anytime
    roads = {name: frozenset(_targets(_actions(step, anytime))) for name, step in steps.items()}
    reached = _reached(begins(scenario), roads)
    for name in scenario.steps:
        if name not in reached:
            yield (
                ("steps", name),
                f"step '{name}' is never reached: no rule goes there; go_to it, or delete it",
            )
    yield from _endless(scenario, roads, reached)
    yield from _circles(scenario)
    yield from _never_asked(scenario)


def begins(scenario: Scenario) -> set[str]:
    """Where no rule has to lead to: the first step, and the one that asks about a settled complaint."""
    rules = scenario.complaints.re_rate
    return {scenario.first_step, *([rules.step] if rules else [])}


def steps_from(scenario: Scenario, step: str) -> set[str]:
    """This step, and all that its rules and those for any step may lead to."""
    every = scenario.steps.items()
    roads = {name: frozenset(_targets(_actions(one, scenario.anytime))) for name, one in every}
    return _reached({step}, roads)


def _endless(scenario: Scenario, roads: Roads, reached: Iterable[str]) -> Iterator[Finding]:
    # 'stop' may end a case anywhere, but a road that only 'stop' ends is a road without an end.
    anytime = [rule for rule in scenario.anytime if only_time(rule)]
    ending = {name for name, step in scenario.steps.items() if _has_end(_actions(step, anytime))}
    for name in sorted(reached):
        # A step without any road out is reported as such by the check of that step.
        if roads[name] and not ending & _reached({name}, roads):
            yield ("steps", name), f"no road from step '{name}' leads to an end; add a rule with 'end'"


def _circles(scenario: Scenario) -> Iterator[Finding]:
    """Steps that lead to one another without waiting for anything."""
    at_once = {name: frozenset(_at_once(scenario, name)) for name in scenario.steps}
    seen: set[str] = set()
    for name in scenario.steps:
        around = {step for target in at_once[name] for step in _reached({target}, at_once)}
        if name in around and name not in seen:
            seen |= {step for step in around if name in _reached(at_once[step], at_once)}
            yield (
                ("steps", name),
                f"step '{name}' comes back to itself without waiting for anything; wait with in_step_for",
            )


def _at_once(scenario: Scenario, name: str) -> Iterator[str]:
    step = scenario.steps[name]
    yield from _targets(before_a_pause(step.do))
    if step.survey:
        return  # the answers are waited for
    asked = {action.name for action in step.do if isinstance(action, AskApproval)}
    for rule in step.rules:
        if rule.standing and not any(isinstance(one, ApprovalIs) and one.name in asked for one in rule.when):
            yield from _targets(before_a_pause(rule.do))


def _never_asked(scenario: Scenario) -> Iterator[Finding]:
    surveys = [one for step in scenario.steps.values() for one in step.do if isinstance(one, Survey)]
    asked = {name for survey in surveys for name in survey.questions}
    for name in scenario.questions:
        if name not in asked:
            yield ("questions", name), f"question '{name}' is never asked; name it in a survey, or delete it"


def leaves(actions: Iterable[Action]) -> bool:
    """Do these actions end the case or go on with a step?"""
    return any(isinstance(action, End | GoTo) for action in actions)


def leaves_at_once(actions: Iterable[Action]) -> bool:
    """The same without waiting for anything: the rules of the step never have their turn."""
    return leaves(before_a_pause(actions))


def before_a_pause(actions: Iterable[Action]) -> list[Action]:
    """What is done without waiting."""
    return list(takewhile(lambda action: not isinstance(action, Pause), actions))


def only_time(rule: Rule) -> bool:
    """Does this rule match sooner or later if nothing happens?"""
    return all(isinstance(one, SilentFor | InStepFor) for one in rule.when)


def _actions(step: Step, anytime: Iterable[Rule]) -> list[Action]:
    if leaves_at_once(step.do):
        return list(step.do)
    return [*step.do, *(action for rule in (*step.rules, *anytime) for action in rule.do)]


def _targets(actions: Iterable[Action]) -> Iterator[str]:
    return (action.step for action in actions if isinstance(action, GoTo))


def _has_end(actions: Iterable[Action]) -> bool:
    return any(isinstance(action, End) for action in actions)


def _reached(begin: Iterable[str], roads: Roads) -> set[str]:
    reached: set[str] = set()
    ahead = list(begin)
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += roads[name]
    return reached

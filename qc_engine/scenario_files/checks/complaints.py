"""A complaint and what follows from its second score belong together."""

from collections.abc import Iterator

from qc_engine.core.scenario import (
    Action,
    AverageBelow,
    GoTo,
    OpenDeal,
    ReopenComplaint,
    ReRate,
    Rule,
    Scenario,
    ScoreBelow,
)
from qc_engine.scenario_files.checks.averages import gaps
from qc_engine.scenario_files.checks.roads import leaves, steps_from
from qc_engine.scenario_files.checks.spots import actions_of, spots
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]
HERE: Keys = ("complaints",)
ASKS: Keys = (*HERE, "re_rate", "go_to")
OPENS = (ReopenComplaint, OpenDeal)


def about_complaints(scenario: Scenario) -> Iterator[Finding]:
    """Where nobody complains nothing is settled; and an unhappy second score must come to somebody."""
    told, opened = scenario.complaints, [one for one in actions_of(scenario) if isinstance(one, OpenDeal)]
    if not opened and (told.resolved_in or told.re_rate or told.causes or told.cause_field):
        yield HERE, "nothing here is a complaint; open one with create_deal, or leave 'complaints' out"
    if told.resolved_in and told.resolved_in in [one.stage for one in opened]:
        yield (*HERE, "resolved_in"), "create_deal puts new complaints there: each would be settled at once"
    yield from _reopening(scenario)
    if told.re_rate:
        yield from _asking(scenario, told.re_rate)


def _reopening(scenario: Scenario) -> Iterator[Finding]:
    told = scenario.complaints
    for spot in spots(scenario):
        for number, action in enumerate(spot.actions):
            if not isinstance(action, ReopenComplaint):
                continue
            at = (*spot.done_at, number, "reopen_complaint")
            if told.re_rate is None:
                yield at, "nobody is asked again here; write 'complaints: {re_rate: ...}'"
            if action.stage and action.stage == told.resolved_in:
                yield (*at, "stage"), "settled complaints stand there (resolved_in); name another stage"


def _asking(scenario: Scenario, rules: ReRate) -> Iterator[Finding]:
    step = scenario.steps[rules.step]
    if step.survey is None:
        yield ASKS, f"step '{rules.step}' asks nothing; put a survey into its 'do'"
        return
    for name, other in scenario.steps.items():
        twice = {*step.survey.questions} & {*(other.survey.questions if other.survey else ())}
        if name != rules.step and twice:
            what = f"question '{min(twice)}' is asked in step '{name}' too"
            yield ASKS, f"{what}: its first score would be written over; ask by a question of its own"
    low = [(number, rule) for number, rule in enumerate(step.rules) if _is_low(rule)]
    for number, rule in low:
        if leaves(rule.do) and not _opens(rule, scenario):
            at: Keys = ("steps", rules.step, "rules", number, "do")
            yield at, f"rule '{rule.name}' leaves the complaint settled; add reopen_complaint"
    told_of = any(gaps(step, step.survey, scenario.questions))  # as of any survey
    if not (low or told_of or any(_opens(rule, scenario) for rule in step.rules)):
        remedy = "add a rule with average_below that does reopen_complaint"
        yield (
            ("steps", rules.step),
            f"no rule for an unhappy second score: it would count as recovered; {remedy}",
        )


def _is_low(rule: Rule) -> bool:
    return any(isinstance(one, AverageBelow | ScoreBelow) for one in rule.when)


def _opens(rule: Rule, scenario: Scenario) -> bool:
    """Here, or in a step to which it leads."""
    ahead = {step for one in rule.do if isinstance(one, GoTo) for step in steps_from(scenario, one.step)}
    return _any(rule.do) or any(_any(scenario.steps[step].do) for step in ahead)


def _any(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(one, OPENS) for one in actions)

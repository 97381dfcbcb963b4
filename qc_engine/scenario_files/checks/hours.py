"""The time of day in a formula is looked at only when something happens: it is no alarm clock."""

from collections.abc import Iterator

from qc_engine.core.scenario import Formula, Rule, Scenario
from qc_engine.scenario_files.checks.spots import spots
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]
WAKES_NOBODY = (
    "by itself wakes nobody, so it is looked at only when something else happens; "
    "add in_step_for or silent_for, or begin by a schedule"
)
BY_THE_CLOCK = frozenset({"now", "hour", "weekday"})


def perhaps_never(scenario: Scenario) -> Iterator[Finding]:
    """Rules that wait for nothing but an hour: nothing wakes them then."""
    for spot in spots(scenario):
        if spot.rule and (name := _hour_alone(spot.rule, frozenset(scenario.values))):
            yield (*spot.keys, "when"), f"rule '{spot.rule.name}': '{name}' {WAKES_NOBODY}"


def _hour_alone(rule: Rule, values: frozenset[str]) -> str:
    """The name by the clock, where all else in the conditions never changes; '' otherwise."""
    used = [name for one in rule.when if isinstance(one, Formula) for name in one.uses]
    if len(used) == 0 or not all(isinstance(one, Formula) for one in rule.when):
        return ""
    return (
        next((name for name in used if name in BY_THE_CLOCK), "")
        if set(used) <= BY_THE_CLOCK | values
        else ""
    )

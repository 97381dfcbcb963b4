"""Sense of a start: does it bring what the values ask for, and does the scenario not start itself."""

from collections.abc import Iterator

from qc_engine.core.rules.starting import NEW, OLD
from qc_engine.core.scenario import Action, Scenario, Survey, WriteFields
from qc_engine.scenario_files.checks.spots import actions_of
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]


def about_start(scenario: Scenario) -> Iterator[Finding]:
    field = scenario.start.changed_field
    if not field:
        return
    for name, value in scenario.values.items():
        if value.from_start and value.from_start not in (OLD, NEW):
            said = unknown("value of a changed field", value.from_start, (OLD, NEW))
            yield ("values", name, "from_start"), f"from_start: {said}"
    if any(field in _written(one) for one in actions_of(scenario)) or field in _answers(scenario):
        yield (
            ("start", "deal_field_changed"),
            "the scenario writes this field itself, and would start itself again; write another field",
        )


def _written(action: Action) -> frozenset[str]:
    match action:
        case WriteFields(fields):
            return frozenset(fields)
        case Survey(average_field=average):
            return frozenset({average})
        case _:
            return frozenset()


def _answers(scenario: Scenario) -> frozenset[str]:
    return frozenset(one.field for one in scenario.questions.values())

"""What a scenario names in the CRM: stages, and fields with what is written into them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from qc_engine.core.scenario import (
    Action,
    DealMovedTo,
    MoveDealTo,
    OpenDeal,
    Rule,
    Scenario,
    Survey,
    WriteContact,
    WriteFields,
)

WHOLE, DECIMAL, WORDS, FLAG = "integer", "double", "string", "boolean"
FLAGS = frozenset({"1", "0", "y", "n", "да", "нет", "yes", "no"})


@dataclass(frozen=True)
class Mentions:
    """Stages in the order of the file, the start first; fields with the kind of value they get."""

    start: str
    stages: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    contact_fields: Mapping[str, str] = field(default_factory=dict)


def mentions(scenario: Scenario) -> Mentions:
    """By the ids that the scenario was read with; by the very words, if those stood for themselves."""
    actions = list(_actions(scenario))
    stages = [scenario.start.stage, *(stage for one in actions for stage in _stages(one))]
    stages += [
        condition.stage
        for rule in _rules(scenario)
        for condition in rule.when
        if isinstance(condition, DealMovedTo)
    ]
    contact = _kinds(one.fields for one in actions if isinstance(one, WriteContact))
    return Mentions(scenario.start.stage, tuple(dict.fromkeys(stages)), _fields(scenario, actions), contact)


def _fields(scenario: Scenario, actions: list[Action]) -> Mapping[str, str]:
    scores = {one.field: WHOLE for one in scenario.questions.values() if one.field}
    surveys = [one for one in actions if isinstance(one, Survey)]
    averages = {one.average_field: DECIMAL for one in surveys if one.average_field}
    written = _kinds(one.fields for one in actions if isinstance(one, WriteFields | OpenDeal))
    return {**written, **scores, **averages}


def _kinds(written: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """A field that only ever gets yes or no is a flag; any other one takes words."""
    values: dict[str, set[str]] = {}
    for fields in written:
        for name, value in fields.items():
            values.setdefault(name, set()).add(value.casefold())
    return {name: FLAG if some <= FLAGS else WORDS for name, some in values.items()}


def _stages(action: Action) -> Iterator[str]:
    if isinstance(action, MoveDealTo | OpenDeal):
        yield action.stage


def _rules(scenario: Scenario) -> Iterator[Rule]:
    yield from scenario.anytime
    for step in scenario.steps.values():
        yield from step.rules


def _actions(scenario: Scenario) -> Iterator[Action]:
    for step in scenario.steps.values():
        yield from step.do
        for rule in step.rules:
            yield from rule.do
    for rule in scenario.anytime:
        yield from rule.do

"""What a scenario names in the CRM: stages, and fields with what is written into them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from qc_engine.core.scenario import (
    Action,
    ConfirmBonus,
    DealMovedTo,
    End,
    MoveDealTo,
    OpenDeal,
    ReopenComplaint,
    Scenario,
    Survey,
    WriteContact,
    WriteFields,
)
from qc_engine.scenario_files.checks.spots import rules_of

NUMBER, WORDS, FLAG = "double", "string", "boolean"
FLAGS = frozenset({"1", "0", "y", "n", "да", "нет", "yes", "no"})


@dataclass(frozen=True)
class Mentions:
    """Stages in the order of the file, the start first; fields with the kind of value they get.

    `start` is "" where no stage starts it. `final` are the stages that a deal only ever comes to when
    its case ends; `texts` and `contact_texts` are (field, text) for every text that is written as it stands,
    without a value in it. `reads` and `looks_in`: the fields and stages of deals that it only looks at.
    """

    start: str
    stages: tuple[str, ...] = ()
    final: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[tuple[str, str]] = frozenset()
    contact_texts: frozenset[tuple[str, str]] = frozenset()
    reads: frozenset[str] = frozenset()
    looks_in: frozenset[str] = frozenset()


def mentions(scenario: Scenario) -> Mentions:
    """By the ids that the scenario was read with; by the very words, if those stood for themselves."""
    actions = [one for done in _lists(scenario) for one in done]
    deal = [one.fields for one in actions if isinstance(one, WriteFields | OpenDeal)]
    bonuses = [one for one in actions if isinstance(one, ConfirmBonus)]
    contact = [one.fields for one in actions if isinstance(one, WriteContact)]
    contact += [fields for one in bonuses for fields in (one.contact_fields, one.undo)]
    start = scenario.start
    stages = [
        *([start.stage] if start.stage else []),
        *(stage for one in actions for stage in _stages(one)),
        *_awaited(scenario),
        *([scenario.complaints.resolved_in] if scenario.complaints.resolved_in else []),
    ]
    return Mentions(
        start.stage,
        tuple(dict.fromkeys(stages)),
        _final(scenario),
        _fields(scenario, actions),
        _kinds(contact),
        _as_they_stand(deal),
        _as_they_stand(contact),
        _read(scenario),
        frozenset(start.segment.stages),
    )


def _read(scenario: Scenario) -> frozenset[str]:
    """The deal fields that it looks at."""
    of_values = {one.deal_field for one in scenario.values.values()}
    of_start = {scenario.start.changed_field, *scenario.start.segment.fields}
    return frozenset(of_values | of_start) - {""}


def _fields(scenario: Scenario, actions: list[Action]) -> Mapping[str, str]:
    # Clients answer '8,5' too: a whole-number field would keep 9.
    answers = {one.field: NUMBER if one.scored else WORDS for one in scenario.questions.values() if one.field}
    surveys = [one for one in actions if isinstance(one, Survey)]
    averages = {one.average_field: NUMBER for one in surveys if one.average_field}
    written = _kinds([one.fields for one in actions if isinstance(one, WriteFields | OpenDeal)])
    told = dict.fromkeys({scenario.complaints.cause_field, scenario.complaints.action_field} - {""}, WORDS)
    return {**written, **told, **answers, **averages}


def _kinds(written: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """A field that only ever gets yes or no is a flag; any other one takes words."""
    values: dict[str, set[str]] = {}
    for fields in written:
        for name, value in fields.items():
            values.setdefault(name, set()).add(value.casefold())
    return {name: FLAG if some <= FLAGS else WORDS for name, some in values.items()}


def _as_they_stand(written: Iterable[Mapping[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((name, text) for fields in written for name, text in fields.items() if "{" not in text)


def _final(scenario: Scenario) -> frozenset[str]:
    """Where every list of actions that moves the deal there also ends the case."""
    moves = [
        (one.stage, any(isinstance(other, End) for other in done))
        for done in _lists(scenario)
        for one in done
        if isinstance(one, MoveDealTo)
    ]
    return frozenset(stage for stage, _ in moves) - {stage for stage, ends in moves if not ends}


def _awaited(scenario: Scenario) -> Iterator[str]:
    for rule in rules_of(scenario):
        yield from (one.stage for one in rule.when if isinstance(one, DealMovedTo))


def _stages(action: Action) -> Iterator[str]:
    if isinstance(action, MoveDealTo | OpenDeal) or (isinstance(action, ReopenComplaint) and action.stage):
        yield action.stage


def _lists(scenario: Scenario) -> Iterator[tuple[Action, ...]]:
    """Every list of actions, in the order of the file."""
    for step in scenario.steps.values():
        yield step.do
        yield from (rule.do for rule in step.rules)
    yield from (rule.do for rule in scenario.anytime)

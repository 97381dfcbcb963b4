"""One scenario instead of another: the two must fit, so that a deal is asked about once and not left out."""

from collections.abc import Iterator, Mapping

from qc_engine.core.scenario import Scenario, Start, replaced_by
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.yaml.source import Problem, Source

WORD = "instead_of"


def wrong_substitutes(scenarios: Mapping[str, Scenario], sources: Mapping[str, Source]) -> list[Problem]:
    """What is wrong with every 'instead_of' of a folder; `sources` are the files, by the scenario's name."""
    standing = [one for one in scenarios.values() if one.instead_of]
    return [
        sources[one.name].problem([WORD], f"{WORD}: {message}")
        for one in standing
        for message in _wrong(one, scenarios)
    ]


def _wrong(scenario: Scenario, scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    other = scenarios.get(scenario.instead_of)
    if scenario.instead_of == scenario.name:
        yield "a scenario cannot stand instead of itself"
    elif other is None:
        yield unknown("scenario", scenario.instead_of, set(scenarios) - {scenario.name})
    elif scenario.name in replaced_by(other, scenarios):
        yield f"{quoted(scenario.name)} and {quoted(other.name)} stand instead of one another: nobody begins"
    elif other.start.stage != scenario.start.stage:
        yield f"{quoted(other.name)} starts from another stage, so this one cannot stand for it"
    elif _way(other.start) != _way(scenario.start):
        yield f"{quoted(other.name)} starts in another way, so this one cannot stand for it"


def _way(start: Start) -> tuple[object, ...]:
    return start.event, start.changed_field, start.schedule, start.by_hand

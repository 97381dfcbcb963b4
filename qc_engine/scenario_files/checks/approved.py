"""The messenger's approved templates that a scenario needs."""

from collections.abc import Iterable, Iterator

from qc_engine.core.scenario import Scenario, everywhere
from qc_engine.scenario_files.checks.for_clients import texts_for_clients


def templates(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Their names without the language, each once; those of single branches and other languages too."""
    every = (variant for one in scenarios for variant in everywhere(one))
    return tuple(sorted({name for one in every for name in _named(one)}))


def _named(scenario: Scenario) -> Iterator[str]:
    for one in texts_for_clients(scenario):
        yield from (text.template.partition("|")[0] for text in one.each if text.template)

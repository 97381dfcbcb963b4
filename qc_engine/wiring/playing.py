"""The tests of scenarios, played with the real decisions and told in words."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import Scenario
from qc_engine.core.trace import Phrase
from qc_engine.explain.moments import local
from qc_engine.explain.phrases import say
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.trials.outset import ZONE
from qc_engine.trials.run import run_trials
from qc_engine.trials.trial import Fact, Failure, Told, TrialResult


@dataclass(frozen=True)
class Played:
    """One test in words; `fault` stands at the line that does not hold."""

    scenario: str
    name: str
    fault: Problem | None
    story: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "name": self.name,
            "passed": self.fault is None,
            "story": self.story,
        }


@dataclass(frozen=True)
class OfTests:
    """`faults` are mistakes in the tests themselves; then none was played."""

    played: Sequence[Played] = ()
    faults: Sequence[Problem] = ()
    scenarios: Sequence[str] = field(default=())

    def failures(self) -> list[Problem]:
        return [*self.faults, *(one.fault for one in self.played if one.fault)]

    def story_of(self, fault: Problem) -> list[str]:
        """What had happened in the test up to this fault, one line each."""
        return [f"    {line}" for one in self.played if one.fault is fault for line in one.story]

    def summary(self) -> Iterator[str]:
        """'tyre_centre: 6 tests passed', a line for each scenario."""
        for name in self.scenarios:
            count = sum(one.scenario == name for one in self.played)
            yield f"{name}: {count} test{'' if count == 1 else 's'} passed" if count else f"{name}: no tests"


def look_at_folder(
    folder: Path, library: Library, language: str, only: Collection[str] | None = None
) -> OfTests:
    """Plays the tests that stand in `folder`, of all scenarios of the library, or of some by their names."""
    try:
        return OfTests(list(played_in(folder, library, language, only)), scenarios=list(library.active))
    except BadScenarios as bad:
        return OfTests((), bad.problems, list(library.active))


def played_in(
    folder: Path, library: Library, language: str, only: Collection[str] | None = None
) -> Iterator[Played]:
    """One by one, by the channels of config.yaml. Raises BadScenarios with the mistakes in the tests."""
    trials = load_trials(folder, Names(**library.names))
    for name, scenario in library.active.items():
        if name in trials and (only is None or name in only):
            for result in run_trials(_as_here(scenario, library), trials[name]):
                yield _played(name, result, language)


def _as_here(scenario: Scenario, library: Library) -> Scenario:
    """With the channels of config.yaml, but without its holidays: a test must hold on every day."""
    return replace(scenario, contact=replace(scenario.contact, known=library.channels))


# --- in words ---------------------------------------------------------------------------------


def _played(scenario: str, result: TrialResult, language: str) -> Played:
    failure = result.failure
    fault = _fault(result, failure, language) if failure else None
    story = tuple(_told(one, language) for one in result.story)
    return Played(scenario, result.trial.name, fault, story)


def _fault(result: TrialResult, failure: Failure, language: str) -> Problem:
    instead = "; ".join(_said(one, language) for one in failure.instead)
    key = "trial.impossible" if isinstance(failure.line.what, Fact) else "trial.failed"
    values = {"name": result.trial.name, "words": failure.line.words, "instead": instead}
    return Problem(
        result.trial.file, failure.line.line, failure.line.column, say(key, values, language, ZONE.key)
    )


def _told(one: Told, language: str) -> str:
    return f"{local(one.at, ZONE.key)}  {_said(one.what, language)}"


def _said(one: Phrase, language: str) -> str:
    return say(one.key, one.values, language, ZONE.key)

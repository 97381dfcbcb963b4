"""What `qc check` says of the tests in the scenarios: all are played, and which do not hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import Scenario
from qc_engine.core.trace import Phrase
from qc_engine.explain.moments import local
from qc_engine.explain.phrases import say
from qc_engine.flow.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.source import Problem
from qc_engine.scenario_files.trial_files import load_trials
from qc_engine.trials.outset import ZONE
from qc_engine.trials.run import run_trials
from qc_engine.trials.trial import Fact, Failure, Told, TrialResult
from qc_engine.wiring import Installation, portals_of
from qc_engine.wiring.channels import known
from qc_engine.wiring.naming import names_unread


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


def look_at_tests(settings: Installation, libraries: Mapping[str, Library]) -> OfTests:
    """Plays all tests of all scenarios, each by the channels of config.yaml; nothing is sent or kept."""
    played: list[Played] = []
    faults: list[Problem] = []
    for portal, library in libraries.items():
        folder = portals_of(settings)[portal].scenarios
        try:
            played += _of_folder(folder, library, settings.language)
        except BadScenarios as bad:
            faults += bad.problems
    names = [name for library in libraries.values() for name in library.active]
    return OfTests([] if faults else played, faults, names)


def look_at_folder(folder: Path, library: Library, language: str) -> OfTests:
    """The same for the scenarios of one library, with the tests that stand in `folder`."""
    try:
        return OfTests(list(_of_folder(folder, library, language)), scenarios=list(library.active))
    except BadScenarios as bad:
        return OfTests((), bad.problems, list(library.active))


def mistakes_in_tests(settings: Installation) -> list[Problem]:
    """Beside scenarios with mistakes tests cannot be played, but they can be read."""
    names, found = replace(names_unread(known(settings)), webhooks=tuple(settings.webhooks)), list[Problem]()
    for portal in portals_of(settings).values():
        try:
            load_trials(portal.scenarios, names)
        except BadScenarios as bad:
            found += bad.problems
    return found


def _of_folder(folder: Path, library: Library, language: str) -> Iterator[Played]:
    trials = load_trials(folder, Names(**library.names))
    for name, scenario in library.active.items():
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

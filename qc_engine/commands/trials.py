"""What `qc check` says of the tests in the scenarios: all are played, and which do not hold."""

from collections.abc import Mapping
from dataclasses import replace

from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.wiring import Installation, portals_of
from qc_engine.wiring.channels import known
from qc_engine.wiring.naming import names_unread
from qc_engine.wiring.playing import OfTests, Played, played_in


def look_at_tests(settings: Installation, libraries: Mapping[str, Library]) -> OfTests:
    """Plays all tests of all scenarios, each by the channels of config.yaml; nothing is sent or kept."""
    played: list[Played] = []
    faults: list[Problem] = []
    for portal, library in libraries.items():
        folder = portals_of(settings)[portal].scenarios
        try:
            played += played_in(folder, library, settings.language)
        except BadScenarios as bad:
            faults += bad.problems
    names = [name for library in libraries.values() for name in library.active]
    return OfTests([] if faults else played, faults, names)


def mistakes_in_tests(settings: Installation) -> list[Problem]:
    """Beside scenarios with mistakes tests cannot be played, but they can be read."""
    names, found = replace(names_unread(known(settings)), webhooks=tuple(settings.webhooks)), list[Problem]()
    for portal in portals_of(settings).values():
        try:
            load_trials(portal.scenarios, names)
        except BadScenarios as bad:
            found += bad.problems
    return found

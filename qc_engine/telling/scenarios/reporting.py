"""Faults and tests as the console shows them: by files of the folder, not of this machine."""

from pathlib import Path

from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.web.pages.scenarios.workshop import Fault, Report, Run
from qc_engine.wiring.playing import OfTests, Played


def called(one: Opened, file: str) -> str:
    """'shared/polite.yaml': as it lies in the folder of the scenarios."""
    path = Path(file)
    return path.relative_to(one.folder).as_posix() if path.is_relative_to(one.folder) else path.name


def fault_of(one: Opened, problem: Problem, story: tuple[str, ...] = ()) -> Fault:
    return Fault(called(one, problem.file), problem.line, problem.column, problem.message, story)


def faulty(one: Opened, bad: BadScenarios) -> Report:
    """Nothing could be played."""
    return Report(faults=[fault_of(one, problem) for problem in bad.problems])


def report_of(one: Opened, library: Library, tests: OfTests) -> Report:
    runs = [_run(one, played) for played in tests.played]
    return Report(library.active[one.name].version, [fault_of(one, fault) for fault in tests.faults], runs)


def _run(one: Opened, played: Played) -> Run:
    fault = fault_of(one, played.fault, played.story) if played.fault else None
    return Run(played.name, fault, played.story)

"""The tests of one scenario, played before a version of it takes cases."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, complain

if TYPE_CHECKING:
    from qc_engine.flow.versions.library import Library
    from qc_engine.scenario_files.yaml.source import Problem
    from qc_engine.telling.scenarios.opened import Opened

WithoutTests = Annotated[
    bool, typer.Option("--without-tests", help="Although its tests fail; say --because, it is logged.")
]


def say_why(because: str, *, without_tests: bool) -> None:
    """Whoever passes tests over has a reason."""
    if without_tests and not because.strip():
        complain("qc: say --because when tests are passed over")
        raise typer.Exit(WRONG_USE)


def passed_over(*, without_tests: bool) -> dict[str, Any]:
    """For the log."""
    return {"without_tests": True} if without_tests else {}


def failing(
    one: "Opened", library: "Library", folder: Path | None, *, beside: bool = False
) -> "list[Problem]":
    """What does not hold in the tests that stand in `folder`, or in its own; each with the story so far."""
    from qc_engine.telling.scenarios.playing import play

    tests = play(one, library, folder, beside=beside)
    return [
        replace(fault, message="\n".join([fault.message, *tests.story_of(fault)]))
        for fault in tests.failures()
    ]


def refuse_failing(one: "Opened", library: "Library", *, beside: bool = False) -> None:
    """Play the tests of this scenario; one that does not hold ends the command. `beside`: see `play`."""
    faults = failing(one, library, None, beside=beside)
    for fault in faults:
        complain(str(fault))
    if faults:
        complain(f"{len(faults)} test(s) of {one.name} do not hold: nothing was changed")
        raise typer.Exit(FAULTS_FOUND)

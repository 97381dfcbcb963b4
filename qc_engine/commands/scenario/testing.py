"""The tests of one scenario, played before a version of it takes cases."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.opening import SHORT, Opened
from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, complain

if TYPE_CHECKING:
    from qc_engine.flow.library import Library
    from qc_engine.scenario_files.source import Problem

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


def failing(one: Opened, library: "Library", folder: Path) -> "list[Problem]":
    """What does not hold in the tests that stand in `folder`, each with the story so far."""
    from qc_engine.wiring.playing import look_at_folder

    tests = look_at_folder(folder, library, one.settings.language, {one.name})
    return [
        replace(fault, message="\n".join([fault.message, *tests.story_of(fault)]))
        for fault in tests.failures()
    ]


def refuse_failing(one: Opened, library: "Library", *, beside: bool = False) -> None:
    """Play the tests of this scenario; one that does not hold ends the command.

    Of a kept version those in its own text, and if `beside` those of the folder that are about it.
    """
    if library.files:
        faults = failing(one, library, one.folder)
    else:
        with TemporaryDirectory() as temporary:
            there = Path(temporary)
            _lay_out(one, library, there, beside=beside)
            faults = [_as_called_here(fault, one, library, there) for fault in failing(one, library, there)]
    for fault in faults:
        complain(str(fault))
    if faults:
        complain(f"{len(faults)} test(s) of {one.name} do not hold: nothing was changed")
        raise typer.Exit(FAULTS_FOUND)


def _lay_out(one: Opened, library: "Library", there: Path, *, beside: bool) -> None:
    """The text of a kept version as files, with the tests that it has."""
    from qc_engine.scenario_files.including import apart

    own, included = apart(library.sources[one.name])
    for path, text in {f"{one.name}.yaml": own, **included}.items():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        (there / path).write_text(text, encoding="utf-8")
    if beside:
        from qc_engine.trying.candidates import copy_tests

        copy_tests(one.name, one.folder, there)


def _as_called_here(fault: "Problem", one: Opened, library: "Library", there: Path) -> "Problem":
    path = Path(fault.file).relative_to(there)
    if path == Path(f"{one.name}.yaml"):
        return replace(fault, file=f"{one.name}@{library.active[one.name].version[:SHORT]}")
    return replace(fault, file=str(one.folder / path))

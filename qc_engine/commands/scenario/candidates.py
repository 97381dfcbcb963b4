"""A file that is to be tried: checked among its neighbours, and kept as a version."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from qc_engine.commands.scenario.opening import SHORT
from qc_engine.commands.scenario.testing import failing
from qc_engine.commands.shared import FAULTS_FOUND, complain

if TYPE_CHECKING:
    from qc_engine.flow.versions.library import Library
    from qc_engine.telling.scenarios.opened import Opened

WHY_NOT = {
    "nothing_in_force": "nothing of {name} is in force, so nothing can be compared: qc scenario activate",
    "same": "{file} is the very version that is in force",
    "starts_otherwise": "{file} starts otherwise than the version in force; only its wait may differ",
}


def read_candidate(one: "Opened", file: Path, *, without_tests: bool) -> "Library":
    """Raises BadScenarios; another scenario, the version in force, or another start ends the command.

    Its tests are played: those in the file and those beside it in FILE.tests.yaml, or else the folder's.
    """
    from qc_engine.scenario_files.load import BadScenarios
    from qc_engine.telling.scenarios.trying_out import unfit
    from qc_engine.trying.candidates import candidate, name_in
    from qc_engine.wiring.offline import library_at

    def read(there: Path) -> "Library":
        library = library_at(one.settings, one.portal, one.database, there)
        if not without_tests and (faults := failing(one, library, there)):
            raise BadScenarios(faults)
        return library

    name_in(file, {one.name: None})
    library = candidate(file, one.name, one.folder, read)
    why = unfit(one, library.active[one.name])
    if why:
        _refuse(WHY_NOT[why].format(file=file, name=one.name))
    return library


def ended_as_text(told: dict[str, Any]) -> list[str]:
    """Only one candidate is tried at a time: which one had to make way, if any."""
    ended = told["ended"]
    if ended is None:
        return []
    does = "decides no more" if ended["mode"] == "shadow" else "takes no new cases"
    return [f"the trial before ended: {ended['candidate'][:SHORT]} {does}"]


def _refuse(why: str) -> None:
    complain(f"qc: {why}")
    raise typer.Exit(FAULTS_FOUND)

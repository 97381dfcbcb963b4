"""The new file: read as `qc check` reads it, among its neighbours, without touching their folder."""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios, load_text, tests_paths
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.yaml.including import ENDINGS, whole_file
from qc_engine.scenario_files.yaml.source import Problem, Source, Value
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.trying.past import Season

Read = Callable[[Path], Library]  # a folder of scenarios, as the installation would read it


def name_in(file: Path, known: Mapping[str, object]) -> str:
    """Which of the known scenarios this file is a version of. Raises BadScenarios with the place."""
    source = read_file(file)
    name = _name(source)
    if name and name not in known:
        raise BadScenarios([source.problem(["scenario"], unknown("scenario", name, known))])
    if not name:
        raise BadScenarios(source.problems or [source.problem([], "there is no 'scenario:' with a name")])
    return name


def candidate(file: Path, name: str, folder: Path, read: Read, instead: Path | None = None) -> Library:
    """The folder as it would be with this file in place of the one that has the scenario now.

    `instead`: the file whose place it takes, when nobody can read which scenario that one holds.
    Its tests stand beside it, in FILE.tests.yaml; where there are none, those of the folder are its tests.
    Raises BadScenarios with every fault at its line and column, in the files as they are called here.
    """
    with TemporaryDirectory() as temporary:
        there = Path(temporary)
        own = {there / f"{name}.new.yaml": file}
        if (tests := file.with_name(f"{file.stem}.tests.yaml")).is_file():
            own[there / f"{name}.new.tests.yaml"] = tests
        for copy, path in own.items():
            shutil.copy(path, copy)
        copy_included(folder, there)
        for path in folder.iterdir():
            if (
                path.suffix in ENDINGS
                and path.is_file()
                and path != instead
                and not _stood_for(path, name, own.values())
            ):
                shutil.copy(path, there / path.name)
        try:
            return read(there)
        except BadScenarios as faults:
            called = (_as_called_here(one, own, there, folder) for one in faults.problems)
            raise BadScenarios(called) from None


def _stood_for(path: Path, name: str, own: Collection[Path]) -> bool:
    """Does the new file, or its tests, take the place of this one?"""
    source = read_file(path)
    return _name(source) == name or (len(own) > 1 and _name(source, "of") == name)


def _as_called_here(problem: Problem, own: Mapping[Path, Path], there: Path, folder: Path) -> Problem:
    place = Path(problem.file)
    if not place.is_relative_to(there):
        return problem
    return replace(problem, file=str(own.get(place, folder / place.relative_to(there))))


def copy_tests(name: str, folder: Path, there: Path) -> None:
    """The files of tests about this scenario."""
    for path in tests_paths(folder):
        if _name(read_file(path), "of") == name:
            shutil.copy(path, there / path.name)


def copy_included(folder: Path, there: Path) -> None:
    """The files below the folder: scenarios take texts from them."""
    for path in folder.rglob("*"):
        if path.suffix in ENDINGS and path.parent != folder and path.is_file():
            copy = there / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)


def candidate_for(season: Season, file: Path) -> Scenario:
    """For an export: by the names that it brings along; a new name stands for itself. Raises BadScenarios."""
    name_in(file, {season.scenario: None})
    names = replace(Names(**season.texts[season.active].names), complete=False)
    return load_text(whole_file(file).text, str(file), names)


def _name(source: Source, word: str = "scenario") -> str:
    node = source.find(word) if source.root else None
    return node.text if isinstance(node, Value) else ""

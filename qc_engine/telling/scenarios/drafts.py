"""The text of a scenario while somebody writes it: read as the engine would read it, and kept nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios, read_whole, scenario_paths
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.scenario_files.yaml.including import whole_file
from qc_engine.scenario_files.yaml.source import Problem, Source, Value
from qc_engine.scenario_files.yaml.strict import LARGEST_BYTES, normalised, read_file
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.telling.scenarios.playing import play
from qc_engine.trying.candidates import Read, candidate, copy_included, copy_tests, name_in
from qc_engine.wiring.offline import names_now
from qc_engine.wiring.playing import OfTests

STAMP = 16  # letters
COPY = ".new.yaml"  # how the text is called among its neighbours, while it is tried


@dataclass(frozen=True)
class Written:
    """A file as it was when it was read."""

    path: Path
    text: str
    stamp: str  # another text has another one


class Unwritable(Exception):
    """A text that nobody can edit in a browser; the words say why, as a key of the page."""


def written(one: Opened) -> Written:
    """The scenario's own file as it is now, without what it includes. Raises Unwritable."""
    path = _file(one)
    if path is None:
        raise Unwritable("no_file")
    try:
        raw = path.read_bytes()
        text = normalised(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Unwritable("unreadable") from None
    if len(raw) > LARGEST_BYTES:
        raise Unwritable("too_large")
    return Written(path, text, stamp_of(text))


def stamp_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:STAMP]


def _file(one: Opened) -> Path | None:
    """Which file holds the scenario; one that nobody can read is known by its name."""
    try:
        paths = scenario_paths(one.folder)
    except BadScenarios:
        return None
    own = next((path for path in paths if _said(read_file(path), "scenario") == one.name), None)
    return own or next((path for path in paths if path.stem == one.name), None)


def _said(source: Source, word: str) -> str:
    node = source.find(word) if source.root else None
    return node.text if isinstance(node, Value) else ""


# --- this file alone --------------------------------------------------------------------------


def faults_in(one: Opened, path: Path, text: str) -> Sequence[Problem]:
    """Every fault of the scenario and of its tests, without its neighbours; no test is played."""
    with TemporaryDirectory() as temporary:
        there = Path(temporary)
        copy = there / path.name
        copy.write_text(text, encoding="utf-8")
        copy_included(one.folder, there)
        copy_tests(one.name, one.folder, there)
        return [_as_called(problem, there, path) for problem in _read(one, copy)]


def _read(one: Opened, copy: Path) -> Sequence[Problem]:
    names = names_now(one.settings, one.portal, one.database)
    whole = whole_file(copy)
    found = read_whole(whole, names)
    if whole.source.root is None:
        return found.problems
    if found.scenario and found.scenario.name != one.name:
        return [whole.source.problem(["scenario"], f"this is the file of scenario '{one.name}'")]
    try:
        load_trials(copy.parent, names)
    except BadScenarios as faults:
        return _foremost(copy, found.problems, faults.problems)
    return sorted(found.problems)


def _foremost(copy: Path, own: Sequence[Problem], of_tests: Sequence[Problem]) -> Sequence[Problem]:
    """Tests beside a scenario with faults tell mostly what follows from those."""
    here = [one for one in of_tests if not own or one.file == str(copy)]
    return sorted({*own, *here}, key=lambda one: (one.file != str(copy), one))


def _as_called(problem: Problem, there: Path, path: Path) -> Problem:
    place = Path(problem.file)
    inside = place.is_relative_to(there)
    return replace(problem, file=str(path.parent / place.relative_to(there))) if inside else problem


# --- among its neighbours ---------------------------------------------------------------------


def tried(one: Opened, path: Path, text: str, language: str) -> tuple[Library, OfTests]:
    """The folder as it would be with this text, and what the tests of the scenario say to it.

    Raises BadScenarios with every fault of every file.
    """
    played: list[OfTests] = []
    library = _among(one, path, text, _playing(one, played, path, language))
    (tests,) = played
    return library, tests


def read(one: Opened, path: Path, text: str) -> Library:
    """The same, and no test is played."""
    return _among(one, path, text, one.fresh)


def _among(one: Opened, path: Path, text: str, look: Read) -> Library:
    with TemporaryDirectory() as temporary:
        file = Path(temporary) / path.name
        file.write_text(text, encoding="utf-8")
        try:
            name_in(file, {one.name: None})
            return candidate(file, one.name, one.folder, look, path)
        except BadScenarios as faults:
            raise BadScenarios(
                _as_called(problem, file.parent, path) for problem in faults.problems
            ) from None


def _playing(one: Opened, played: list[OfTests], path: Path, language: str) -> Read:
    """Reads a folder, and plays the tests there as long as it is there."""

    def called(problem: Problem) -> Problem:
        name = Path(problem.file).name
        return replace(problem, file=str(path if name.endswith(COPY) else path.with_name(name)))

    def read(there: Path) -> Library:
        library = one.fresh(there)
        tests = play(one, library, there, language)
        runs = [replace(run, fault=run.fault and called(run.fault)) for run in tests.played]
        played.append(replace(tests, faults=[called(fault) for fault in tests.faults], played=runs))
        return library

    return read

"""Scenario files -> scenarios, or every mistake of every file."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import COMMENT, Scenario
from qc_engine.scenario_files.checks import find_nonsense
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reading import Reading, Unread, Wrong, read_fields
from qc_engine.scenario_files.shape import TOP, is_active
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.source import Problem, Source, Value, children
from qc_engine.scenario_files.strict_yaml import normalised, read, read_file
from qc_engine.scenario_files.substitutes import wrong_substitutes
from qc_engine.scenario_files.texts import read_shared
from qc_engine.scenario_files.words import variables

ENDINGS = (".yaml", ".yml")
TESTS = ".tests"  # NAME.tests.yaml holds tests of a scenario, and is none itself


class BadScenarios(Exception):
    """Scenario files with mistakes; nothing of them is used."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


def load_scenarios(folder: Path, names: Names) -> Mapping[str, Scenario]:
    """Every scenario of a folder by its name. Raises BadScenarios with every problem of every file."""
    scenarios: dict[str, Scenario] = {}
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for path in scenario_paths(folder):
        source = read_file(path)
        scenario, found = _read(source, _version_of(path, source), names)
        problems += found
        if scenario and scenario.name in scenarios:
            problems.append(
                source.problem(
                    ["scenario"], f"{quoted(scenario.name)} is in another file too; give one another name"
                )
            )
        elif scenario:
            scenarios[scenario.name], sources[scenario.name] = scenario, source
    problems = problems or wrong_substitutes(scenarios, sources)
    if problems:
        raise BadScenarios(problems)
    return scenarios


def load_text(text: str, file: str, names: Names) -> Scenario:
    """One scenario from its text, as stored with a case. Raises BadScenarios."""
    scenario, problems = _read(read(text, file), version(text), names)
    if scenario is None or problems:
        raise BadScenarios(problems)
    return scenario


def version(text: str) -> str:
    """The same for the same content, whatever editor saved it."""
    return sha256(normalised(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def scenario_paths(folder: Path) -> list[Path]:
    """The files of a folder that hold scenarios. Raises BadScenarios when there are none."""
    files = [path for path in _paths(folder) if not path.stem.endswith(TESTS)]
    if not files:
        raise BadScenarios([Problem(str(folder), 1, 1, "no scenario here: no file ends in .yaml")])
    return files


def tests_paths(folder: Path) -> list[Path]:
    """The files of a folder that hold tests alone. Raises BadScenarios when it cannot be opened."""
    return [path for path in _paths(folder) if path.stem.endswith(TESTS)]


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())
    except OSError as error:
        raise BadScenarios([Problem(str(folder), 1, 1, f"cannot be opened: {error.strerror}")]) from None


def _version_of(path: Path, source: Source) -> str:
    return version(path.read_text(encoding="utf-8")) if source.root else ""


def _read(source: Source, content: str, names: Names) -> tuple[Scenario | None, list[Problem]]:
    if source.root is None:
        return None, list(source.problems)
    reading = prepared(source, names)
    parts: dict[str, Any] | None = None
    try:
        parts = read_fields(source.root, TOP, reading)
    except Wrong as wrong:
        reading.report(wrong.place, wrong.message)
    except Unread:
        pass
    scenario = _scenario(parts, content) if parts else None
    nonsense = find_nonsense(reading, scenario, source)
    return scenario, [*source.problems, *reading.problems, *nonsense]


def prepared(source: Source, names: Names) -> Reading:
    """What may be referred to is known before anything is read."""
    if not is_active(source.root):
        # What begins no case needs nothing of the portal yet: a name that is not there stands for itself.
        names = replace(names, complete=False)
    questions = frozenset(children(source.find("questions")))
    comments = _comments(source)
    reading = Reading(
        file=source.file,
        names=names,
        steps=frozenset(children(source.find("steps"))),
        questions=questions,
        late_variables=variables(questions - comments, comments, names.by_invitation),
        early_variables=variables(questions - comments, comments, names.by_invitation, answered=False),
    )
    reading.texts = read_shared(source.find("texts"), reading)
    return reading


def _comments(source: Source) -> frozenset[str]:
    """The questions that ask for words, before anything is read."""
    kinds = {name: children(node).get("kind") for name, node in children(source.find("questions")).items()}
    return frozenset(name for name, kind in kinds.items() if isinstance(kind, Value) and kind.text == COMMENT)


def _scenario(parts: dict[str, Any], content: str) -> Scenario:
    for read_elsewhere in ("texts", "tests"):
        parts.pop(read_elsewhere, None)
    return Scenario(version=content, **{"questions": {}, **parts})

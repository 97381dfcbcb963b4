"""Scenario files -> scenarios, or every mistake of every file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import COMMENT, Scenario
from qc_engine.scenario_files.checks.sense import find_doubtful, find_nonsense
from qc_engine.scenario_files.checks.starting_others import endless, unknown_scenarios
from qc_engine.scenario_files.checks.substitutes import wrong_substitutes
from qc_engine.scenario_files.checks.translations import untranslated
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reading import Reading, Unread, Wrong, read_fields
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.words.places import kinds_of
from qc_engine.scenario_files.words.shape import TOP, is_active
from qc_engine.scenario_files.words.table import variables
from qc_engine.scenario_files.words.texts import read_shared
from qc_engine.scenario_files.words.values import kinds_in
from qc_engine.scenario_files.yaml.filling import filled, follows, unused
from qc_engine.scenario_files.yaml.including import ENDINGS, Whole, language_in, whole_file, whole_text
from qc_engine.scenario_files.yaml.parameters import read_parameters
from qc_engine.scenario_files.yaml.source import Problem, Source, Value, children
from qc_engine.scenario_files.yaml.strict import normalised
from qc_engine.scenario_files.yaml.variants import read_variants

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
        whole = whole_file(path)
        found = read_whole(whole, names)
        scenario, problems = found.scenario, problems + found.problems
        if scenario and scenario.name in scenarios:
            problems.append(
                whole.source.problem(
                    ["scenario"], f"{quoted(scenario.name)} is in another file too; give one another name"
                )
            )
        elif scenario:
            scenarios[scenario.name], sources[scenario.name] = scenario, whole.source
    problems = problems or wrong_substitutes(scenarios, sources)
    problems = problems or unknown_scenarios(scenarios, sources) or endless(sources)
    if problems:
        raise BadScenarios(problems)
    return scenarios


def load_text(text: str, file: str, names: Names) -> Scenario:
    """One scenario from its text, as stored with a case. Raises BadScenarios."""
    found = read_whole(whole_text(text, file), names)
    if found.scenario is None or found.problems:
        raise BadScenarios(found.problems)
    return found.scenario


def warnings_of(folder: Path, names: Names) -> list[Problem]:
    """What works, and perhaps not as it is meant. Raises BadScenarios where there is no scenario."""
    return [one for path in scenario_paths(folder) for one in read_whole(whole_file(path), names).warnings]


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


@dataclass(frozen=True)
class Found:
    """What became of one file; warnings are no reason not to use it."""

    scenario: Scenario | None
    problems: list[Problem]
    warnings: list[Problem] = field(default_factory=list)


def read_whole(whole: Whole, names: Names) -> Found:
    """The scenario, with those of its branches that have it otherwise, and all that is wrong with it."""
    source, content = whole.source, version(whole.text)
    if source.root is None:
        return Found(None, list(source.problems))
    defining = _outlined(source, names)
    parameters = read_parameters(source, defining)
    main = filled(source, parameters.general, parameters.declared, defining)
    for place, message in unused(parameters, main.used, source):
        defining.report(place, message)
    found = _read(main.source, content, names)
    problems = [*source.problems, *defining.problems, *found.problems]
    if defining.problems or not parameters.of_branch:
        return replace(found, problems=problems)
    variants = read_variants(source, parameters, defining, lambda one: _read(one, content, names))
    problems += variants.problems(found.scenario, problems, source)
    scenario = replace(found.scenario, of_branch=variants.scenarios) if found.scenario else None
    return Found(scenario, problems, found.warnings)


def opened(path: Path, names: Names) -> Source:
    """A file with its included texts, and with its parameters as they are in general; faults left aside."""
    source = whole_file(path).source
    reading = _outlined(source, names)
    parameters = read_parameters(source, reading)
    return filled(source, parameters.general, parameters.declared, reading).source


def _read(source: Source, content: str, names: Names) -> Found:
    """One scenario without parameters in it; problems of the text itself are not told again."""
    assert source.root is not None
    reading = prepared(source, names)
    parts: dict[str, Any] | None = None
    try:
        parts = read_fields(source.root, TOP, reading)
    except Wrong as wrong:
        reading.report(wrong.place, wrong.message)
    except Unread:
        pass
    scenario = _scenario(parts, content) if parts else None
    own = [one for one in reading.problems if not follows(one)]
    problems = [*own, *find_nonsense(reading, scenario, source)]
    return Found(scenario, problems, [*untranslated(reading), *find_doubtful(reading, scenario, source)])


def prepared(source: Source, names: Names) -> Reading:
    """What may be referred to is known before anything is read."""
    reading = _outlined(source, names)
    reading.texts = read_shared(source.find("texts"), reading)
    return reading


def _outlined(source: Source, names: Names) -> Reading:
    """All but the shared texts."""
    if not is_active(source.root):
        # What begins no case needs nothing of the portal yet: a name that is not there stands for itself.
        names = replace(names, complete=False)
    questions, comments, values = (
        frozenset(children(source.find("questions"))),
        _comments(source),
        kinds_in(source),
    )
    scored = questions - comments
    known = {
        answered: variables(scored, comments, names.by_invitation, answered=answered)
        for answered in (True, False)
    }
    return Reading(
        file=source.file,
        names=names,
        steps=frozenset(children(source.find("steps"))),
        questions=questions,
        late_variables={**dict.fromkeys(values, True), **known[True]},
        early_variables={**dict.fromkeys(values, True), **known[False]},
        own_words=frozenset(known[True]),
        kinds=kinds_of(scored, values),
        value_kinds=values,
        language=language_in(source),
    )


def _comments(source: Source) -> frozenset[str]:
    """The questions that ask for words, before anything is read."""
    kinds = {name: children(node).get("kind") for name, node in children(source.find("questions")).items()}
    return frozenset(name for name, kind in kinds.items() if isinstance(kind, Value) and kind.text == COMMENT)


def _scenario(parts: dict[str, Any], content: str) -> Scenario:
    for read_elsewhere in ("texts", "tests", "include", "parameters", "branches"):
        parts.pop(read_elsewhere, None)
    return Scenario(version=content, **{"questions": {}, **parts})

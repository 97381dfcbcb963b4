"""Where the tests of a folder's scenarios stand: in their own files, or beside them in NAME.tests.yaml."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qc_engine.scenario_files.load import BadScenarios, opened, prepared, scenario_paths, tests_paths
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reading import Field, Kind, Reading, Unread, Wrong, read_fields, value_of
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.trials.reading import read_trials
from qc_engine.scenario_files.words.kinds import NAME
from qc_engine.scenario_files.words.shape import TESTS_SCHEMA
from qc_engine.scenario_files.yaml.source import Items, Node, Pairs, Problem, Source, Value, children
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.trials.trial import Trial, Trials

WORD, OF = "tests", "of"


def load_trials(folder: Path, names: Names) -> Mapping[str, Trials]:
    """By the scenario's name; also for one with mistakes. Raises BadScenarios with all that tests have.

    What cannot be understood in a scenario itself is for load_scenarios to tell.
    """
    sources = [one for path in scenario_paths(folder) if (one := opened(path, names)).root is not None]
    readings = {name: _prepared(one, names) for one in sources if (name := _said(one, "scenario"))}
    trials: dict[str, list[Trial]] = {name: [] for name in readings}
    problems: list[Problem] = []
    for name, source in ((_said(one, "scenario"), one) for one in sources):
        if name in readings and (node := source.find(WORD)) is not None:
            trials[name] += _trials(node, readings[name], problems)
    for path in tests_paths(folder):
        for name, found in _beside(read_file(path), readings, problems):
            trials[name] += found
    problems += [one for of_one in trials.values() for one in _doubles(of_one)]
    if problems:
        raise BadScenarios(problems)
    return {name: Trials(tuple(found), _titles(names), _people(names)) for name, found in trials.items()}


def _prepared(source: Source, names: Names) -> Reading:
    parts = [source.find(part) for part in ("steps", "anytime")]
    ends = frozenset(text for part in parts for text in _ends(part))
    approvals = frozenset(name for part in parts for name in _approvals(part))
    return replace(prepared(source, names), ends=ends, approvals=approvals, problems=[])


def _said(source: Source, word: str) -> str:
    node = source.find(word)
    return node.text if isinstance(node, Value) else ""


def _ends(node: Node | None) -> Iterator[str]:
    """The words with which some rule ends a case."""
    yield from (value.text for value in _under("end", node) if isinstance(value, Value))


def _approvals(node: Node | None) -> Iterator[str]:
    """The names under which people are asked yes or no."""
    for one in _under("approve", node):
        name = children(one).get("name")
        if isinstance(name, Value):
            yield name.text


def _under(word: str, node: Node | None) -> Iterator[Node]:
    """Whatever stands under this word, at any depth."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _under(word, item)
    elif isinstance(node, Pairs):
        for key, value in node.pairs:
            if key.text == word:
                yield value
            yield from _under(word, value)


def _trials(node: Node, reading: Reading, problems: list[Problem]) -> tuple[Trial, ...]:
    own = replace(reading, problems=problems)
    try:
        return read_trials(node, own)
    except Wrong as wrong:
        own.report(wrong.place, f"{WORD}: {wrong.message}")
    except Unread:
        pass
    return ()


# --- files of tests alone ---------------------------------------------------------------------


def _beside(
    source: Source, readings: Mapping[str, Reading], problems: list[Problem]
) -> Iterator[tuple[str, tuple[Trial, ...]]]:
    problems += source.problems
    if source.root is None:
        return
    known = readings.get(_said(source, OF))
    reading = replace(known or Reading("", Names()), file=source.file, problems=problems)
    # Without its scenario nothing in a test could be understood: one mistake is told, not many.
    fields = TESTS_FILE if known else {**TESTS_FILE, OF: _one_of(readings), WORD: UNREAD}
    try:
        parts = read_fields(source.root, fields, reading)
        yield parts[OF], parts[WORD]
    except Wrong as wrong:
        reading.report(wrong.place, wrong.message)
    except Unread:
        pass


def _one_of(readings: Mapping[str, Reading]) -> Field:
    """Only for a file that names none of them."""

    def read(node: Node, reading: Reading) -> None:
        value = value_of(node, "the name of a scenario")
        raise Wrong(value.place, unknown("scenario", value.text, readings))

    return replace(TESTS_FILE[OF], kind=Kind(read, {}))


def _doubles(trials: Iterable[Trial]) -> Iterator[Problem]:
    taken: dict[str, Trial] = {}
    for one in trials:
        first = taken.setdefault(one.name, one)
        if first is not one:
            where = f"line {first.line}" if first.file == one.file else f"{first.file}:{first.line}"
            yield Problem(
                one.file, one.line, one.column, f"two tests are named {quoted(one.name)}, see {where}"
            )


# --- what ids are called ----------------------------------------------------------------------


def _titles(names: Names) -> Mapping[str, str]:
    """Of several names of one thing the shortest."""
    titles: dict[str, str] = {}
    for known in (names.contact_fields, names.fields, names.stages):
        for name, id_ in known.items():
            if id_ not in titles or len(name) < len(titles[id_]):
                titles[id_] = name
    return titles


def _people(names: Names) -> Mapping[int, str]:
    return {id_: name for name, id_ in names.users.items()}


def _read_all(node: Node, reading: Reading) -> Any:
    return read_trials(node, reading)


def _read_nothing(node: Node, reading: Reading) -> None:
    """For a file of which nobody knows what it is about."""


UNREAD = Field(Kind(_read_nothing, {}), "")
TESTS_FILE = {
    OF: Field(NAME, "Какого сценария эти тесты: его имя из строки scenario"),
    WORD: Field(Kind(_read_all, TESTS_SCHEMA), "Тесты: короткие истории, их проигрывает qc check"),
}

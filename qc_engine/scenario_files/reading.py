"""How pieces of a file become values: one mistake gives one message, and reading goes on after it."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from qc_engine.core.scenario import Question, Rule, Step, Text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.similar import did_you_mean, quoted, unknown
from qc_engine.scenario_files.yaml.source import Items, Node, Pairs, Place, Problem, Value, problem_at

WORD = r"[a-z][a-z0-9_]{0,39}"
MOST_NAMED = 200  # steps, questions or texts of one scenario
WORD_RULE = "use small latin letters, digits and _, at most 40"
Schema = Mapping[str, Any]


class Wrong(Exception):
    """A value that cannot be taken, and why; whoever knows the word in front of it reports it."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place, self.message = place, message


class Unread(Exception):
    """A block that cannot be used; what is wrong with it has been reported."""


@dataclass
class Outline:
    """The parts of a scenario that sense is checked on; None: could not be read."""

    steps: dict[str, Step] = field(default_factory=dict)
    anytime: tuple[Rule, ...] | None = ()
    questions: dict[str, Question] | None = field(default_factory=dict)


@dataclass(frozen=True)
class ForClient:
    """A text that clients read, and where it stands in each language."""

    text: Text
    places: Mapping[str, Place]


@dataclass
class Reading:
    """One file while it is read: what may be referred to, and the mistakes so far."""

    file: str
    names: Names
    steps: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    value_kinds: Mapping[str, str] = field(default_factory=dict)  # of the scenario's own values
    approvals: frozenset[str] = frozenset()  # names of the questions to people
    ends: frozenset[str] = frozenset()  # the words with which a case may end
    late_variables: Mapping[str, bool] = field(default_factory=dict)
    early_variables: Mapping[str, bool] = field(default_factory=dict)  # before every question is answered
    early: bool = False
    own_words: frozenset[str] = frozenset()  # the engine's own variables
    kinds: Mapping[str, str] = field(
        default_factory=dict
    )  # of the values that variables stand for; else text
    language: str = "ru"  # of the scenario's texts
    speaking: str = ""  # of the text that is being read, if it is another one
    for_clients: list[ForClient] = field(default_factory=list)
    texts: dict[str, Text] = field(default_factory=dict)
    used_texts: set[str] = field(default_factory=set)
    whole: Outline = field(default_factory=Outline)  # what had no mistake
    problems: list[Problem] = field(default_factory=list)

    def report(self, place: Place, message: str) -> None:
        self.problems.append(problem_at(self.file, place, message))

    @contextmanager
    def before_the_scores(self, early: bool = True) -> Iterator[None]:
        """Texts read inside may be written out while scores are still missing."""
        before, self.early = self.early, early
        try:
            yield
        finally:
            self.early = before

    @contextmanager
    def in_language(self, language: str) -> Iterator[None]:
        """Texts read inside are of this language."""
        before, self.speaking = self.speaking, language
        try:
            yield
        finally:
            self.speaking = before

    @property
    def variables(self) -> Mapping[str, bool]:
        """What a text at this point may name, and whether it may be absent."""
        return self.early_variables if self.early else self.late_variables


@dataclass(frozen=True)
class Kind:
    """A kind of value: how it is read (raising Wrong or Unread), and its JSON Schema."""

    read: Callable[[Node, Reading], Any]
    schema: Schema


@dataclass(frozen=True)
class Field:
    """One word of a block. `becomes` is the name in the core, if it is another one."""

    kind: Kind
    about: str  # in Russian: editors show it to those who write scenarios
    needed: bool = True
    becomes: str = ""


Fields = Mapping[str, Field]


def read_fields(node: Node, fields: Fields, reading: Reading) -> dict[str, Any]:
    """Values by their names in the core. Reports every mistake, then raises Unread if there was one."""
    if not isinstance(node, Pairs):
        raise Wrong(node.place, f"write words here: {', '.join(fields)}")
    before = len(reading.problems)
    values: dict[str, Any] = {}
    meant: set[str | None] = set()
    for key, value in node.pairs:
        if key.text not in fields:
            reading.report(key.place, unknown("word", key.text, fields))
            meant.add(did_you_mean(key.text, fields))
            continue
        known = fields[key.text]
        attempt(key.text, key.place, known.kind, value, values, reading, known.becomes)
    written = {key.text for key, _ in node.pairs}
    for word, known in fields.items():
        if known.needed and word not in written and word not in meant:
            reading.report(node.place, f"'{word}' is missing")
    if len(reading.problems) > before:
        raise Unread
    return values


def attempt(
    word: str,
    place: Place,
    kind: Kind,
    node: Node,
    values: dict[str, Any],
    reading: Reading,
    becomes: str = "",
) -> None:
    """Put the value of one word where it belongs, or report what is wrong with it."""
    try:
        values[becomes or word] = kind.read(node, reading)
    except Wrong as wrong:
        empty = isinstance(node, Value) and node.empty
        reading.report(place if empty else wrong.place, f"{word}: {wrong.message}")
    except Unread:
        pass


def read_list(node: Node, one: Callable[[Node, Reading], Any], reading: Reading) -> tuple[Any, ...]:
    """Every item of a list; a single piece stands for a list of one. Raises Unread if any is wrong."""
    if isinstance(node, Value) and node.empty:
        raise Wrong(node.place, "is empty")
    before = len(reading.problems)
    read = []
    for item in node.items if isinstance(node, Items) else (node,):
        try:
            read.append(one(item, reading))
        except Wrong as wrong:
            reading.report(wrong.place, wrong.message)
        except Unread:
            pass
    if len(reading.problems) > before:
        raise Unread
    return tuple(read)


def read_each_once(
    node: Node, one: Callable[[Node, Reading], str], what: str, reading: Reading
) -> tuple[str, ...]:
    """The same for a list of names: at least one, and none of them twice."""
    named: tuple[str, ...] = read_list(node, one, reading)
    if not named:
        raise Wrong(node.place, f"name at least one {what}")
    if len(set(named)) < len(named):
        raise Wrong(node.place, f"a {what} is named twice; leave one out")
    return named


def read_by_keys(node: Node, key: Kind, value: Kind, wanted: str, reading: Reading) -> dict[str, Any]:
    """A block of key -> value, by what its keys stand for; two keys of one thing are a mistake.

    `wanted` tells what to write there. Reports every mistake, then raises Unread if there was one.
    """
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, f"write {wanted}")
    before, read, taken = len(reading.problems), dict[str, Any](), dict[str, str]()
    for name, given in node.pairs:
        try:
            meant = key.read(name, reading)
        except Wrong as wrong:
            reading.report(wrong.place, wrong.message)
            continue
        first = taken.setdefault(meant, name.text)
        if first != name.text:
            told = f"{quoted(name.text)} is the same as {quoted(first)}; write it once"
            reading.report(name.place, told)
        attempt(name.text, name.place, value, given, read, reading, meant)
    if len(reading.problems) > before:
        raise Unread
    return read


def value_of(node: Node, example: str) -> Value:
    """One value that is not empty; `example` tells what to write instead."""
    if isinstance(node, Pairs) and all(isinstance(part, Value) and part.empty for _, part in node.pairs):
        raise Wrong(node.place, "a text that begins with '{' must stand in quotes")
    if not isinstance(node, Value):
        raise Wrong(node.place, f"write {example}, nothing nested")
    if not node.text.strip() or node.empty:
        raise Wrong(node.place, f"is empty; write {example}")
    return node


def fields_schema(fields: Fields) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {word: {**one.kind.schema, "description": one.about} for word, one in fields.items()},
        "required": [word for word, one in fields.items() if one.needed],
    }


def read_named(node: Node, kind: Kind, what: str, reading: Reading) -> dict[str, Any]:
    """A block of name -> piece; what could be read is returned even if its neighbour could not."""
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, f"write at least one {what}: a name and what belongs to it")
    if len(node.pairs) > MOST_NAMED:
        many = f"{len(node.pairs)} {what}s are too many; at most {MOST_NAMED}"
        raise Wrong(node.pairs[MOST_NAMED][0].place, many)
    read: dict[str, Any] = {}
    for key, value in node.pairs:
        if re.fullmatch(WORD, key.text):
            attempt(key.text, key.place, kind, value, read, reading)
        else:
            reading.report(key.place, f"{quoted(key.text)}: {WORD_RULE}")
    return read

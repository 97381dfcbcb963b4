"""The 'tests' of a scenario: pieces of a file -> trials, or every mistake in them."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    fields_schema,
    read_fields,
    read_list,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.trials.kinds import FLAG
from qc_engine.scenario_files.trials.words import EXPECT, EXPECTATIONS, FACTS, GIVEN, SHORT, given_of
from qc_engine.scenario_files.words.kinds import TITLE
from qc_engine.scenario_files.words.rules import made_of
from qc_engine.scenario_files.words.table import Word
from qc_engine.scenario_files.yaml.source import Items, Node, Pairs, Value
from qc_engine.trials.trial import Expectation, Given, Line, Trial

HAPPENS: Mapping[str, Word] = {**FACTS, SHORT: EXPECTATIONS[SHORT]}
MOST_LINES = 200
NOTHING_EXPECTED = "expect: write what is expected, for example {said: '*thank you*'}"


def read_trials(node: Node, reading: Reading) -> tuple[Trial, ...]:
    """In the order of the file. Raises Unread once every mistake is reported."""
    trials: tuple[Trial, ...] = read_list(node, _read_trial, reading)
    return trials


def _read_trial(node: Node, reading: Reading) -> Trial:
    parts = read_fields(node, TRIAL, reading)
    given = parts.get("given", Given())
    return Trial(parts["name"], parts["story"], given, reading.file, node.place.line, node.place.column)


def _read_given(node: Node, reading: Reading) -> Given:
    return given_of(read_fields(node, GIVEN, reading))


# --- the story --------------------------------------------------------------------------------


def _read_story(node: Node, reading: Reading) -> tuple[Line, ...]:
    found = read_list(node, _read_lines, reading)
    lines = tuple(line for group in found for line in group)
    if len(lines) > MOST_LINES:
        raise Wrong(node.place, f"a story of {len(lines)} lines; at most {MOST_LINES}")
    if not any(isinstance(line.what, Expectation) for line in lines):
        raise Wrong(node.place, "nothing is expected, so this test cannot fail; end it with 'expect: ...'")
    if not isinstance(lines[-1].what, Expectation):
        last = node.items[-1] if isinstance(node, Items) else node
        raise Wrong(last.place, "nothing is expected after this; add 'expect: ...', or leave it out")
    return lines


def _read_lines(node: Node, reading: Reading) -> tuple[Line, ...]:
    """What one item of a story says; an 'expect' may say several things."""
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, "write what happens, for example 'client: 9', or 'expect: {said: ...}'")
    if len(node.pairs) > 1:
        second = node.pairs[1][0]
        raise Wrong(second.place, f"one item is one word; put '- ' before {quoted(second.text)}")
    ((key, value),) = node.pairs
    if key.text == EXPECT and not (isinstance(value, Value) and value.empty):
        return tuple(_expected(value, reading))
    if key.text == EXPECT:
        raise Wrong(key.place, NOTHING_EXPECTED)
    if key.text not in HAPPENS:
        raise Wrong(key.place, _not_here(key.text))
    return (_line(key, value, HAPPENS, "word", reading),)


def _not_here(word: str) -> str:
    if word in EXPECTATIONS:
        return f"{quoted(word)} is something expected; write 'expect: {{{word}: ...}}'"
    return unknown("word", word, {*HAPPENS, EXPECT})


def _expected(node: Node, reading: Reading) -> list[Line]:
    if isinstance(node, Value) and not node.empty and _stands_alone(node.text):
        nothing = Value("", node.place, empty=True)
        return [_line(node, nothing, EXPECTATIONS, "expectation", reading)]
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, NOTHING_EXPECTED)
    before, lines = len(reading.problems), list[Line]()
    for key, value in node.pairs:
        with suppress(Unread):
            lines.append(_line(key, value, EXPECTATIONS, "expectation", reading))
    if len(reading.problems) > before:
        raise Unread
    return lines


def _stands_alone(word: str) -> bool:
    return word in EXPECTATIONS and EXPECTATIONS[word].takes is FLAG


def _line(key: Value, value: Node, words: Mapping[str, Word], what: str, reading: Reading) -> Line:
    (made,) = made_of(Pairs(((key, value),), key.place), words, what, reading)
    return Line(made, _as_written(key, value), key.place.line, key.place.column)


def _as_written(key: Value, value: Node) -> str:
    flat = _flat(value)
    return f"{key.text}: {flat}" if flat else key.text


def _flat(node: Node) -> str:
    match node:
        case Value(text):
            return " ".join(text.split())
        case Items(items):
            return "[" + ", ".join(map(_flat, items)) + "]"
        case Pairs(pairs):
            return "{" + ", ".join(_as_written(key, value) for key, value in pairs) + "}"


def _words_schema(words: Mapping[str, Word]) -> Iterator[tuple[str, Any]]:
    for name, word in words.items():
        assert isinstance(word.takes, Kind)
        yield name, {**word.takes.schema, "description": word.about}


def trial_definitions() -> dict[str, Any]:
    """For editors: the parts of a test."""
    alone = [name for name in EXPECTATIONS if _stands_alone(name)]
    expectations = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": dict(_words_schema(EXPECTATIONS)),
    }
    line = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            **dict(_words_schema(HAPPENS)),
            EXPECT: {
                "anyOf": [{"enum": alone}, {"$ref": "#/$defs/expectations"}],
                "description": "Что должно было произойти после последнего события истории",
            },
        },
    }
    return {"expectations": expectations, "test": fields_schema(TRIAL), "test_line": line}


TRIAL = {
    "name": Field(TITLE, "Название теста: о чём история"),
    "given": Field(Kind(_read_given, fields_schema(GIVEN)), "Что известно до начала", needed=False),
    "story": Field(
        Kind(_read_story, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/test_line"}}),
        "История: что происходит и чего ждём, по порядку",
    ),
}

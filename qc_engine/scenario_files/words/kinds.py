"""The kinds of values in a scenario that are one word, number or time."""

import re
from collections.abc import Callable, Sequence
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from qc_engine.core.answers.reading import Scale
from qc_engine.core.scenario import Person
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reading import (
    WORD,
    WORD_RULE,
    Kind,
    Reading,
    Wrong,
    read_each_once,
    read_list,
    value_of,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.yaml.source import Node
from qc_engine.settings import parse_span

NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
HOURS_TEXT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")
CLOCK_TEXT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
AMOUNT_TEXT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
MOST_LOOKS = 10
RANGE = re.compile(r"(\d{1,3})\s*-\s*(\d{1,3})")
NEVER = timedelta()
NO_QUIET_HOURS = (time(0), time(0))


def _read_word(node: Node, reading: Reading) -> str:
    value = value_of(node, "a word")
    if not re.fullmatch(WORD, value.text):
        raise Wrong(value.place, f"{quoted(value.text)}: {WORD_RULE}")
    return value.text


def _read_title(node: Node, reading: Reading) -> str:
    return value_of(node, "a title").text.strip()


def _read_span(node: Node, reading: Reading) -> timedelta:
    value = value_of(node, "a time span, for example '30 min' or '1 day'")
    try:
        return parse_span(value.text)
    except (ValueError, OverflowError) as error:
        raise Wrong(value.place, str(error)) from None


def _read_long_span(node: Node, reading: Reading) -> timedelta:
    span = _read_span(node, reading)
    if span <= NEVER:
        raise Wrong(node.place, "must be longer than nothing, for example '1 day'")
    return span


def _read_number(node: Node, reading: Reading) -> Decimal:
    value = value_of(node, "a number, for example 8 or 8.5")
    if not NUMBER.fullmatch(value.text):
        raise Wrong(value.place, f"{quoted(value.text)} is no number; write for example 8 or 8.5")
    return Decimal(value.text)


def _read_hints(node: Node, reading: Reading) -> int:
    value = value_of(node, "a number from 0 to 3")
    if value.text not in ("0", "1", "2", "3"):
        raise Wrong(value.place, f"{quoted(value.text)}: write a number from 0 to 3")
    return int(value.text)


def _read_amount(node: Node, reading: Reading) -> str:
    value = value_of(node, "an amount, for example 500")
    if not AMOUNT_TEXT.fullmatch(value.text):
        raise Wrong(value.place, f"{quoted(value.text)} is no amount; write for example 500 or 99.50")
    return value.text


def _read_spans(node: Node, reading: Reading) -> tuple[timedelta, ...]:
    spans: Sequence[timedelta] = read_list(node, _read_long_span, reading)
    if not 1 <= len(spans) <= MOST_LOOKS:
        raise Wrong(node.place, f"write one to {MOST_LOOKS} time spans, for example [1 day, 3 days, 7 days]")
    return tuple(spans)


def _read_scale(node: Node, reading: Reading) -> Scale:
    value = value_of(node, "a scale, for example 1-10")
    found = RANGE.fullmatch(value.text)
    if not found or int(found[1]) >= int(found[2]) or int(found[2]) > 100:
        raise Wrong(value.place, f"{quoted(value.text)} is no scale; write for example 1-10")
    return Scale(int(found[1]), int(found[2]))


def _read_hours(node: Node, reading: Reading) -> tuple[time, time]:
    value = value_of(node, "hours, for example 21:00-09:00, or none")
    if value.text == "none":
        return NO_QUIET_HOURS
    found = HOURS_TEXT.fullmatch(value.text)
    if not found:
        raise Wrong(value.place, f"{quoted(value.text)}: write hours, for example 21:00-09:00, or none")
    begin = time(int(found[1]), int(found[2]))
    end = time(0) if found[5] else time(int(found[3]), int(found[4]))
    if begin == end:
        raise Wrong(value.place, f"{quoted(value.text)} begins when it ends; write none for no quiet hours")
    return begin, end


def clock(example: str) -> Kind:
    """A time of day."""

    def read(node: Node, reading: Reading) -> time:
        value = value_of(node, f'a time, for example "{example}"')
        found = CLOCK_TEXT.fullmatch(value.text)
        if not found:
            raise Wrong(value.place, f'{quoted(value.text)} is no time; write for example "{example}"')
        return time(int(found[1]), int(found[2]))

    return Kind(read, {"type": "string", "examples": [example]})


def choice(*words: str) -> Kind:
    """One of a few words."""

    def read(node: Node, reading: Reading) -> str:
        value = value_of(node, " or ".join(words))
        if value.text not in words:
            raise Wrong(value.place, unknown("word", value.text, words))
        return value.text

    return Kind(read, {"enum": list(words)})


def _named(find: Callable[[Names, str], Any], example: str) -> Callable[[Node, Reading], Any]:
    def read(node: Node, reading: Reading) -> Any:
        value = value_of(node, example)
        try:
            return find(reading.names, value.text)
        except ValueError as error:
            raise Wrong(value.place, str(error)) from None

    return read


def _read_step(node: Node, reading: Reading) -> str:
    return one_of(node, "step", reading.steps)


def _read_question(node: Node, reading: Reading) -> str:
    return one_of(node, "question", reading.questions)


def one_of(node: Node, what: str, known: frozenset[str]) -> str:
    value = value_of(node, f"the name of a {what}")
    if value.text not in known:
        raise Wrong(value.place, unknown(what, value.text, known))
    return value.text


def _read_questions(node: Node, reading: Reading) -> tuple[str, ...]:
    return read_each_once(node, _read_question, "question", reading)


def _read_channels(node: Node, reading: Reading) -> tuple[str, ...]:
    read = _named(Names.channel, "the name of a channel in config.yaml")
    return read_each_once(node, read, "channel", reading)


def _read_branches(node: Node, reading: Reading) -> tuple[str, ...]:
    read = _named(Names.branch, "the name of a branch in config.yaml")
    return read_each_once(node, read, "branch", reading)


def _read_language_field(node: Node, reading: Reading) -> tuple[str, str]:
    """The field of deals and the field of contacts that are called so; either may be ''."""
    value = value_of(node, "a field of deals or contacts")
    found = [
        _id_or_fault(find, value.text) for find in (reading.names.deal_field, reading.names.contact_field)
    ]
    if not any(id_ for id_, _ in found):
        faults = [fault for _, fault in found]
        raise Wrong(value.place, next((one for one in faults if "did you mean" in one), faults[0]))
    return found[0][0], found[1][0]


def _id_or_fault(find: Callable[[str], str], word: str) -> tuple[str, str]:
    try:
        return find(word), ""
    except ValueError as error:
        return "", str(error)


TEXT_SCHEMA = {"type": ["string", "number"]}
SPAN_SCHEMA = {"type": "string", "pattern": r"^\d", "examples": ["30 min", "1 day", "1 day 2 hours"]}
WORD_SCHEMA = {"type": "string", "pattern": f"^{WORD}$"}
ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}

NAME = Kind(_read_word, WORD_SCHEMA)
TITLE = Kind(_read_title, TEXT_SCHEMA)
SPAN = Kind(_read_span, SPAN_SCHEMA)
LONG_SPAN = Kind(_read_long_span, SPAN_SCHEMA)
DECIMAL = Kind(_read_number, {"type": "number"})
AMOUNT = Kind(_read_amount, {"type": "number", "minimum": 0})
SPANS = Kind(
    _read_spans,
    {"type": "array", "items": SPAN_SCHEMA, "minItems": 1, "examples": [["1 day", "3 days", "7 days"]]},
)
HINTS = Kind(_read_hints, {"type": "integer", "minimum": 0, "maximum": 3})
SCALE = Kind(_read_scale, {"type": "string", "pattern": r"^\d+\s*-\s*\d+$", "examples": ["1-10", "1-5"]})
HOURS = Kind(_read_hours, {"type": "string", "examples": ["21:00-09:00", "none"]})
STAGE = Kind(_named(Names.stage, "a stage"), {"type": "string"})
DEAL_FIELD = Kind(_named(Names.deal_field, "a deal field"), {"type": "string"})
CONTACT_FIELD = Kind(_named(Names.contact_field, "a contact field"), {"type": "string"})
LANGUAGE_FIELD = Kind(_read_language_field, {"type": "string"})
PERSON = Kind(
    _named(lambda names, word: Person(*names.person(word)), "branch_head, branch_manager, a name or an id"),
    {"type": ["string", "integer"], "examples": ["branch_head", "branch_manager"]},
)
STEP = Kind(_read_step, WORD_SCHEMA)
WEBHOOK = Kind(_named(Names.webhook, "the name of a webhook in config.yaml"), WORD_SCHEMA)
CHANNELS = Kind(
    _read_channels,
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "examples": [["chat2desk", "telegram"]]},
)
BRANCHES = Kind(_read_branches, ONE_OR_MORE)
QUESTIONS = Kind(_read_questions, {"type": "array", "items": WORD_SCHEMA, "minItems": 1})

"""The kinds of values in the tests of a scenario."""

import re
from datetime import timedelta
from typing import Any

from qc_engine.core.wording.texts import PLATFORMS
from qc_engine.scenario_files.reading import (
    Field,
    Fields,
    Kind,
    Reading,
    Wrong,
    fields_schema,
    read_by_keys,
    read_fields,
    value_of,
)
from qc_engine.scenario_files.similar import did_you_mean, unknown
from qc_engine.scenario_files.words.kinds import (
    CHANNELS,
    LONG_SPAN,
    PERSON,
    SPAN_SCHEMA,
    STAGE,
    TEXT_SCHEMA,
    WORD_SCHEMA,
    clock,
    one_of,
)
from qc_engine.scenario_files.yaml.source import Node, Value

LONGEST_PAUSE = timedelta(days=400)
PLATFORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
WORDS = "words"  # what a client writes on the survey's page beside the questions
FREE = ""  # the name under which the page sends them
# How a case may end although no rule says so.
OWN_ENDS = frozenset({
    "too_late", "stopped_by_hand", "opted_out", "no_phone", "no_channel", "asked_recently", "complaint_open",
    "not_concerned",
})  # fmt: skip


def _read_flag(node: Node, reading: Reading) -> bool:
    if isinstance(node, Value) and (node.empty or node.text == "true"):
        return True
    raise Wrong(node.place, "write true, or leave the whole word out")


def _read_words(node: Node, reading: Reading) -> str:
    return value_of(node, "a text").text.strip()


def _read_any_words(node: Node, reading: Reading) -> str:
    """Also none: a task may be closed without a word."""
    return node.text.strip() if isinstance(node, Value) and not node.empty else _not_nested(node)


def _not_nested(node: Node) -> str:
    if isinstance(node, Value):
        return ""
    raise Wrong(node.place, "write a text, nothing nested")


def _read_pause(node: Node, reading: Reading) -> timedelta:
    span: timedelta = LONG_SPAN.read(node, reading)
    if span > LONGEST_PAUSE:
        raise Wrong(node.place, f"a story lasts at most {LONGEST_PAUSE.days} days")
    return span


def _read_platform(node: Node, reading: Reading) -> str:
    value = value_of(node, "a review platform, for example yandex")
    if value.text in PLATFORMS:
        return value.text
    if not PLATFORM.fullmatch(value.text) or did_you_mean(value.text, PLATFORMS):
        raise Wrong(value.place, unknown("platform", value.text, PLATFORMS))
    return value.text


def _read_stage_anywhere(node: Node, reading: Reading) -> str:
    """A hand may also put a deal where the scenario never does: any other stage is the same to it."""
    value = value_of(node, "a stage")
    try:
        return reading.names.stage(value.text)
    except ValueError as error:
        if did_you_mean(value.text, reading.names.stages):
            raise Wrong(value.place, str(error)) from None
        return value.text


def _read_end(node: Node, reading: Reading) -> str:
    return one_of(node, "end", reading.ends | OWN_ENDS)


def _read_question(node: Node, reading: Reading) -> str:
    return one_of(node, "question", reading.questions)


def _read_approval(node: Node, reading: Reading) -> str:
    return one_of(node, "name of an approve", reading.approvals)


def _read_channel(node: Node, reading: Reading) -> str:
    channels: tuple[str, ...] = CHANNELS.read(node, reading)
    if len(channels) != 1:
        raise Wrong(node.place, "name one channel")
    return channels[0]


def values(key: Kind, value: Kind) -> Kind:
    """A block of names and values; two names of one thing are a mistake."""

    def read(node: Node, reading: Reading) -> dict[str, str]:
        wanted = "names and their values, for example {Оценка работы: 9}"
        return read_by_keys(node, key, value, wanted, reading)

    return Kind(read, {"type": "object", "minProperties": 1, "additionalProperties": value.schema})


def _read_value_name(node: Node, reading: Reading) -> str:
    return one_of(node, "value", frozenset(reading.value_kinds))


def _read_form_name(node: Node, reading: Reading) -> str:
    if isinstance(node, Value) and node.text == WORDS and WORDS not in reading.questions:
        return WORDS
    return one_of(node, "question", reading.questions | {WORDS})


def _read_form(node: Node, reading: Reading) -> dict[str, str]:
    answers: dict[str, str] = values(Kind(_read_form_name, {}), PATTERN).read(node, reading)
    if WORDS not in reading.questions and WORDS in answers:
        answers[FREE] = answers.pop(WORDS)
    return answers


def person_and(fields: Fields) -> Kind:
    """Somebody alone, or a block that tells more."""

    def read(node: Node, reading: Reading) -> dict[str, Any]:
        if isinstance(node, Value) and not node.empty:
            return {"person": PERSON.read(node, reading)}
        return read_fields(node, fields, reading)

    return Kind(read, {"anyOf": [PERSON.schema, fields_schema(fields)]})


FLAG = Kind(_read_flag, {"type": ["boolean", "null"], "const": True})
PATTERN = Kind(_read_words, TEXT_SCHEMA)
ANY_WORDS = Kind(_read_any_words, {"type": ["string", "number", "null"]})
PAUSE = Kind(_read_pause, SPAN_SCHEMA)
TIME = clock("20:30")
PLATFORM_NAME = Kind(_read_platform, {"type": "string", "examples": [*PLATFORMS]})
FORM = Kind(_read_form, {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA})
QUESTION = Kind(_read_question, WORD_SCHEMA)
APPROVAL = Kind(_read_approval, WORD_SCHEMA)
VALUES = values(Kind(_read_value_name, WORD_SCHEMA), PATTERN)
TO_WHOM = {
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя или номер", becomes="person"),
    "text": Field(PATTERN, "Что в тексте или названии; * значит любые слова", False),
}

STAGE_ANYWHERE = Kind(_read_stage_anywhere, STAGE.schema)
CHANNEL = Kind(_read_channel, {"type": "string"})
END = Kind(_read_end, WORD_SCHEMA)

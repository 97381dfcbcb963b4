"""Texts with {variables}: every name must be known, and what may be absent needs a fallback."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from qc_engine.core.scenario import Text
from qc_engine.scenario_files.kinds import CONTACT_FIELD, DEAL_FIELD, TEXT_SCHEMA
from qc_engine.scenario_files.reading import (
    WORD,
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    attempt,
    read_fields,
    read_list,
    read_named,
    value_of,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.source import Node, Pairs, Place, Value

LONGEST_TEXT = 4096
BRACES = re.compile(r"\{([^{}]*)\}")
TEMPLATE = re.compile(r"[A-Za-z0-9_]{1,512}\|[a-z]{2,3}([_-][A-Za-z]{2,4})?")


def _read_body(node: Node, reading: Reading) -> str:
    """A text for anybody; a word that names a shared text stands for that text."""
    return _text_of(node, reading).body


def _read_text(node: Node, reading: Reading) -> Text:
    """A text for the client: words, or a block with its approved template."""
    if isinstance(node, Pairs) and any(key.text in TEXT_FIELDS for key, _ in node.pairs):
        return with_template(**read_fields(node, TEXT_FIELDS, reading))
    return _text_of(node, reading)


def with_template(text: Text, template: str = "", template_variables: tuple[str, ...] = ()) -> Text:
    return Text(text.body, template or text.template, template_variables or text.template_variables)


def _text_of(node: Node, reading: Reading) -> Text:
    value = value_of(node, "a text")
    if value.text in reading.texts:
        reading.used_texts.add(value.text)
        return reading.texts[value.text]
    if reading.texts and "_" in value.text and re.fullmatch(WORD, value.text):
        raise Wrong(value.place, unknown("text", value.text, reading.texts))
    return Text(checked(value, reading.variables))


def checked(value: Value, variables: Mapping[str, bool]) -> str:
    """The text without blank ends. Raises Wrong for the first thing that could not be written out."""
    body = value.text.strip()
    if len(body) > LONGEST_TEXT:
        raise Wrong(value.place, f"{len(body)} signs are too many for one message; at most {LONGEST_TEXT}")
    if set("{}") & set(BRACES.sub("", body)):
        raise Wrong(value.place, "a brace without its pair; write {name} or {name|fallback}")
    for inside in BRACES.findall(body):
        check_variable(inside, value.place, variables)
    return body


def check_variable(inside: str, place: Place, variables: Mapping[str, bool]) -> None:
    """`inside` is what stands between the braces."""
    name, bar, fallback = inside.partition("|")
    if name not in variables:
        raise Wrong(place, unknown("variable", name, variables))
    if variables[name] and not fallback.strip():
        raise Wrong(place, f"{quoted(name)} may be absent; give a fallback: {{{name}|...}}")
    if bar and not fallback.strip():
        raise Wrong(place, f"{quoted(name)}: the fallback after '|' is empty")


def _read_template(node: Node, reading: Reading) -> str:
    value = value_of(node, "the template's name and language, for example visit_quality|ru")
    if not TEMPLATE.fullmatch(value.text):
        raise Wrong(value.place, f"{quoted(value.text)}: write name|language, for example visit_quality|ru")
    return value.text


def _read_template_variables(node: Node, reading: Reading) -> tuple[str, ...]:
    def one(item: Node, reading: Reading) -> str:
        value = value_of(item, "the name of a variable")
        check_variable(value.text, value.place, reading.variables)
        return value.text

    return read_list(node, one, reading)


def _values_of(find: Kind) -> Kind:
    """A block of field -> value, by the ids of the fields."""

    def read(node: Node, reading: Reading) -> dict[str, str]:
        if not isinstance(node, Pairs) or not node.pairs:
            raise Wrong(node.place, "write fields and their values")
        before = len(reading.problems)
        found = dict(_fields(node, find, reading))
        if len(reading.problems) > before:
            raise Unread
        return found

    return Kind(read, {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA})


def _fields(node: Pairs, find: Kind, reading: Reading) -> Iterator[tuple[str, str]]:
    taken: dict[str, str] = {}
    for key, value in node.pairs:
        read: dict[str, Any] = {}
        try:
            field_id = find.read(key, reading)
        except Wrong as wrong:
            reading.report(wrong.place, wrong.message)
            continue
        if field_id in taken:
            reading.report(
                key.place, f"{quoted(key.text)} is the same field as {quoted(taken[field_id])}; write it once"
            )
        taken[field_id] = key.text
        attempt(key.text, key.place, BODY, value, read, reading)
        yield from ((field_id, text) for text in read.values())


def read_shared(node: Node | None, reading: Reading) -> dict[str, Text]:
    """The texts that have a name of their own."""
    try:
        return read_named(node, TEXT, "text", reading) if node else {}
    except Wrong as wrong:
        reading.report(wrong.place, f"texts: {wrong.message}")
        return {}


BODY = Kind(_read_body, TEXT_SCHEMA)
_FREE = Kind(_text_of, TEXT_SCHEMA)
_TEMPLATE = Kind(_read_template, {"type": "string", "examples": ["visit_quality|ru"]})
_VARIABLES = Kind(_read_template_variables, {"type": "array", "items": {"type": "string"}})
TEMPLATE_FIELDS = {
    "template": Field(_TEMPLATE, "Одобренный шаблон мессенджера: имя|язык", needed=False),
    "template_variables": Field(_VARIABLES, "Переменные шаблона по порядку", needed=False),
}
TEXT_FIELDS = {"text": Field(_FREE, "Текст клиенту"), **TEMPLATE_FIELDS}
TEXT = Kind(_read_text, {"$ref": "#/$defs/text"})
DEAL_VALUES = _values_of(DEAL_FIELD)
CONTACT_VALUES = _values_of(CONTACT_FIELD)

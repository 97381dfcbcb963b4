"""Texts: for the people of the company, and for clients, with templates and in several languages."""

import re
from collections.abc import Mapping
from dataclasses import replace

from qc_engine.core.scenario import Text
from qc_engine.languages import LANGUAGES
from qc_engine.scenario_files.reading import (
    WORD,
    Field,
    ForClient,
    Kind,
    Reading,
    Wrong,
    read_by_keys,
    read_fields,
    read_list,
    read_named,
    value_of,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.words.kinds import CONTACT_FIELD, DEAL_FIELD, TEXT_SCHEMA
from qc_engine.scenario_files.words.places import check_place, checked
from qc_engine.scenario_files.yaml.source import Node, Pairs, Place, Value, children

TEMPLATE = re.compile(r"[A-Za-z0-9_]{1,512}\|[a-z]{2,3}([_-][A-Za-z]{2,4})?")


def _read_body(node: Node, reading: Reading) -> str:
    """A text for anybody; a word that names a shared text stands for that text."""
    return _text_of(node, reading).body


def _read_text(node: Node, reading: Reading) -> Text:
    """A text for the client: words, or a block with its approved template, or one in several languages."""
    if isinstance(node, Pairs) and any(key.text in TEXT_FIELDS for key, _ in node.pairs):
        text, told = with_template(**read_fields(node, TEXT_FIELDS, reading)), children(node)["text"]
    else:
        text, told = _read_free(node, reading), node
    if not _is_shared(told, reading):
        reading.for_clients.append(ForClient(text, _places(told, reading)))
    return text


def _read_free(node: Node, reading: Reading) -> Text:
    return _in_languages(node, reading) if _names_languages(node) else _text_of(node, reading)


def _read_said(node: Node, reading: Reading) -> Text:
    """For a place that knows no templates: the survey's own page."""
    text = _read_free(node, reading)
    if not _is_shared(node, reading):
        reading.for_clients.append(ForClient(text, _places(node, reading)))
    return text


def with_template(text: Text, template: str = "", template_variables: tuple[str, ...] = ()) -> Text:
    variables = template_variables or text.template_variables
    return replace(text, template=template or text.template, template_variables=variables)


def _text_of(node: Node, reading: Reading) -> Text:
    value = value_of(node, "a text")
    if _is_shared(value, reading):
        reading.used_texts.add(value.text)
        return reading.texts[value.text]
    if reading.texts and "_" in value.text and re.fullmatch(WORD, value.text):
        raise Wrong(value.place, unknown("text", value.text, reading.texts))
    return Text(checked(value, reading))


def _is_shared(node: Node, reading: Reading) -> bool:
    return isinstance(node, Value) and node.text in reading.texts


# --- languages --------------------------------------------------------------------------------


def _names_languages(node: Node) -> bool:
    return isinstance(node, Pairs) and any(key.text in LANGUAGES for key, _ in node.pairs)


def _in_languages(node: Node, reading: Reading) -> Text:
    """{ru: words, kk: words or a block}: the scenario's own language carries the others."""
    read: dict[str, Text] = read_fields(node, LANGUAGE_FIELDS, reading)
    if reading.language not in read:
        raise Wrong(
            node.place, f"the scenario's own language is missing here; write '{reading.language}' too"
        )
    others = {language: text for language, text in read.items() if language != reading.language}
    return replace(read[reading.language], languages=others)


def _in_one(language: str) -> Kind:
    def read(node: Node, reading: Reading) -> Text:
        with reading.in_language(language):
            if isinstance(node, Pairs) and any(key.text in TEXT_FIELDS for key, _ in node.pairs):
                fields = TEXT_FIELDS | {"text": ONE_LANGUAGE}
                return with_template(**read_fields(node, fields, reading)).said_in(language)
            return _text_of(node, reading).said_in(language)

    return Kind(read, {"anyOf": [TEXT_SCHEMA, {"$ref": "#/$defs/text_of_language"}]})


def _places(node: Node, reading: Reading) -> Mapping[str, Place]:
    """Where it stands, by language."""
    if not _names_languages(node):
        return {reading.language: node.place}
    return {language: one.place for language, one in children(node).items()}


# --- templates and fields ---------------------------------------------------------------------


def _read_template(node: Node, reading: Reading) -> str:
    value = value_of(node, "the template's name and language, for example visit_quality|ru")
    if not TEMPLATE.fullmatch(value.text):
        raise Wrong(value.place, f"{quoted(value.text)}: write name|language, for example visit_quality|ru")
    return value.text


def _read_template_variables(node: Node, reading: Reading) -> tuple[str, ...]:
    def one(item: Node, reading: Reading) -> str:
        value = value_of(item, "the name of a variable")
        check_place(value.text, value.place, reading)
        return value.text

    return read_list(node, one, reading)


def _values_of(find: Kind) -> Kind:
    """A block of field -> value, by the ids of the fields."""

    def read(node: Node, reading: Reading) -> dict[str, str]:
        return read_by_keys(node, find, BODY, "fields and their values", reading)

    return Kind(read, {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA})


def read_shared(node: Node | None, reading: Reading) -> dict[str, Text]:
    """The texts that have a name of their own."""
    try:
        return read_named(node, TEXT, "text", reading) if node else {}
    except Wrong as wrong:
        reading.report(wrong.place, f"texts: {wrong.message}")
        return {}


BODY = Kind(_read_body, TEXT_SCHEMA)
BY_LANGUAGE = {"$ref": "#/$defs/by_language"}
_FREE = Kind(_read_free, {"anyOf": [TEXT_SCHEMA, BY_LANGUAGE]})
_TEMPLATE = Kind(_read_template, {"type": "string", "examples": ["visit_quality|ru"]})
_VARIABLES = Kind(_read_template_variables, {"type": "array", "items": {"type": "string"}})
TEMPLATE_FIELDS = {
    "template": Field(_TEMPLATE, "Одобренный шаблон мессенджера: имя|язык", needed=False),
    "template_variables": Field(_VARIABLES, "Переменные шаблона по порядку", needed=False),
}
TEXT_FIELDS = {
    "text": Field(_FREE, "Текст клиенту; на нескольких языках: {ru: ..., kk: ...}"),
    **TEMPLATE_FIELDS,
}
ONE_LANGUAGE = Field(Kind(_text_of, TEXT_SCHEMA), "Текст на этом языке")
LANGUAGE_FIELDS = {
    "ru": Field(_in_one("ru"), "По-русски", needed=False),
    "kk": Field(_in_one("kk"), "По-казахски", needed=False),
    "en": Field(_in_one("en"), "По-английски", needed=False),
}
TITLE_IN_LANGUAGES = _FREE
TEXT = Kind(_read_text, {"$ref": "#/$defs/text"})
SAID = Kind(_read_said, {"anyOf": [TEXT_SCHEMA, BY_LANGUAGE]})
DEAL_VALUES = _values_of(DEAL_FIELD)
CONTACT_VALUES = _values_of(CONTACT_FIELD)

"""`values:` of a scenario: what its texts and formulas may name beside the words of the engine."""

from collections.abc import Mapping
from typing import Any

from qc_engine.core.scenario import KnownValue
from qc_engine.core.wording.filters import KINDS, TEXT
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Wrong,
    fields_schema,
    read_fields,
    read_named,
)
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.words.kinds import DEAL_FIELD, NAME, choice
from qc_engine.scenario_files.yaml.source import Node, Pairs, Source, Value, children

SOURCES = ("deal_field", "from_start")


def kinds_in(source: Source) -> Mapping[str, str]:
    """The values of a file with their kinds, before anything of it is read."""
    return {name: _kind(node) for name, node in children(source.find("values")).items()}


def _kind(node: Node) -> str:
    said = children(node).get("is")
    return said.text if isinstance(said, Value) and said.text in KINDS else TEXT


def read_values(node: Node, reading: Reading) -> dict[str, KnownValue]:
    """By the names that texts use."""
    read: dict[str, Any] = read_named(node, Kind(_read_value, {}), "value", reading)
    for key, _ in node.pairs if isinstance(node, Pairs) else ():
        if key.text in reading.own_words:
            reading.report(
                key.place, f"{quoted(key.text)} is a word of the engine; give the value another name"
            )
    return read


def _read_value(node: Node, reading: Reading) -> KnownValue:
    parts = read_fields(node, VALUE, reading)
    if len([word for word in SOURCES if word in parts]) != 1:
        raise Wrong(node.place, "write one of deal_field and from_start: where does the value come from?")
    return KnownValue(**parts)


VALUE = {
    "deal_field": Field(DEAL_FIELD, "Поле сделки", needed=False),
    "from_start": Field(
        NAME, "Что принёс старт: old и new изменившегося поля или ключ данных события", needed=False
    ),
    "is": Field(choice(*KINDS), "Вид: text, number, date (день), moment (день и время)", False, "kind"),
}
VALUES_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": fields_schema(VALUE)}

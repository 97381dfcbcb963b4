"""`parameters:` and `branches:`: $name for a whole value, {$name} in a text, replaced before all is read.

Every branch with values of its own gets a whole scenario, read and checked like the main one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    fields_schema,
    read_fields,
    read_named,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.words.kinds import (
    AMOUNT,
    CONTACT_FIELD,
    DEAL_FIELD,
    DECIMAL,
    HOURS,
    NAME,
    PERSON,
    SCALE,
    SPAN,
    STAGE,
    TITLE,
    WEBHOOK,
    choice,
)
from qc_engine.scenario_files.yaml.source import (
    TOP,
    Node,
    Pairs,
    Source,
    Value,
    children,
    moved,
)

WORD, OF_BRANCHES = "parameters", "branches"
KINDS: Mapping[str, Kind] = {
    "number": DECIMAL,
    "span": SPAN,
    "text": Kind(lambda node, reading: node, {}),  # read where it stands: what it may name depends on that
    "word": NAME,
    "title": TITLE,
    "stage": STAGE,
    "deal_field": DEAL_FIELD,
    "contact_field": CONTACT_FIELD,
    "person": PERSON,
    "hours": HOURS,
    "scale": SCALE,
    "amount": AMOUNT,
    "webhook": WEBHOOK,
}


@dataclass
class Parameters:
    """What each parameter is in general, and at the branches that have it otherwise."""

    declared: frozenset[str] = frozenset()  # also those that could not be read
    kinds: dict[str, str] = field(default_factory=dict)
    general: dict[str, Node] = field(default_factory=dict)
    of_branch: dict[str, dict[str, Node]] = field(default_factory=dict)

    def at(self, branch: str) -> Mapping[str, Node]:
        return {**self.general, **self.of_branch[branch]}


def read_parameters(source: Source, reading: Reading) -> Parameters:
    """Reports what is wrong with them; what could be read is used all the same."""
    node, branches = source.find(WORD), source.find(OF_BRANCHES)
    found = Parameters(frozenset(children(node)))
    for name, parts in _read(node, reading).items() if node is not None else ():
        found.general[name], found.kinds[name] = parts["default"], parts["is"]
    if branches is not None:
        _read_branches(branches, found, reading)
    return found


def _read(node: Node, reading: Reading) -> dict[str, dict[str, Any]]:
    try:
        return read_named(node, Kind(_read_parameter, {}), "parameter", reading)
    except Wrong as wrong:
        reading.report(wrong.place, f"{WORD}: {wrong.message}")
        return {}


def _read_parameter(node: Node, reading: Reading) -> dict[str, Any]:
    parts = read_fields(node, PARAMETER, reading)
    _check(parts["default"], parts["is"], "default", reading)
    return parts


def _check(node: Node, kind: str, word: str, reading: Reading) -> None:
    """Reports a value that is not of its kind. Raises Unread then."""
    try:
        KINDS[kind].read(node, reading)
    except Wrong as wrong:
        reading.report(wrong.place, f"{word}: {wrong.message}")
        raise Unread from None


def _read_branches(node: Node, found: Parameters, reading: Reading) -> None:
    if not isinstance(node, Pairs) or not node.pairs:
        reading.report(node.place, f"{OF_BRANCHES}: write the names of branches, each with its parameters")
        return
    taken: dict[str, str] = {}
    for key, own in node.pairs:
        name = _branch(key, reading)
        if name and (first := taken.setdefault(name, key.text)) != key.text:
            told = f"{quoted(key.text)} is the same as {quoted(first)}; write it once"
            reading.report(key.place, told)
        values = _values(own, found, reading)
        if name and values:
            found.of_branch[name] = values


def _branch(key: Value, reading: Reading) -> str:
    """As config.yaml calls it."""
    try:
        return reading.names.branch(key.text)
    except ValueError as error:
        reading.report(key.place, str(error))
        return ""


def _values(node: Node, found: Parameters, reading: Reading) -> dict[str, Node]:
    """Those that are otherwise there."""
    if not isinstance(node, Pairs):
        reading.report(
            node.place, f"write parameters and their values here: {', '.join(sorted(found.declared))}"
        )
        return {}
    own: dict[str, Node] = {}
    for key, value in node.pairs:
        if key.text not in found.kinds:
            if key.text not in found.declared:
                reading.report(key.place, _nowhere(key.text, found.declared))
            continue
        try:
            _check(value, found.kinds[key.text], key.text, reading)
        except Unread:
            continue
        if written(value) != written(found.general[key.text]):
            own[key.text] = value
    return own


def _nowhere(name: str, declared: Collection[str]) -> str:
    told = unknown("parameter", name, declared)
    return told if declared else f"{told}; write it under 'parameters', with a default"


def written(node: Node) -> str:
    """What stands there, without where."""
    return repr(moved(node, lambda place: TOP))


def _read_anything(node: Node, reading: Reading) -> Node:
    if isinstance(node, Value) and node.empty:
        raise Wrong(node.place, "is empty; write what holds where no branch says otherwise")
    return node


ANY = Kind(_read_anything, {})
PARAMETER = {
    "is": Field(choice(*KINDS), "Вид значения"),
    "default": Field(ANY, "Значение там, где филиал не говорит иного"),
    "about": Field(TITLE, "Что это такое, для людей", needed=False),
}
PARAMETERS_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": fields_schema(PARAMETER)}
BRANCHES_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "object"}}

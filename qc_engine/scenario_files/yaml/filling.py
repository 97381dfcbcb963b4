"""A scenario with values in place of its parameters: $name for a whole value, {$name} in a text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from qc_engine.scenario_files.reading import Reading
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.yaml.parameters import OF_BRANCHES, WORD, Parameters
from qc_engine.scenario_files.yaml.source import (
    Items,
    Node,
    Pairs,
    Place,
    Problem,
    Source,
    Value,
    children,
    moved,
)

LOST = "its parameter could not be read"
ALONE = re.compile(r"\$([a-z][a-z0-9_]*)")
INSIDE = re.compile(r"\{\$([^{}|:]*)\}")
FORMULA = "formula"
# In a formula a quoted text takes {$name} as any text does.
IN_FORMULA = re.compile(r"""("[^"]*"|'[^']*')|\{\$([a-z][a-z0-9_]*)\}|\$([a-z][a-z0-9_]*)""")
WHOLE = re.compile(r"-?\d+")
# What tells which scenario this is, and what others read: no place for a value that differs.
KEPT = frozenset({WORD, OF_BRANCHES, "tests", "include", "scenario", "active", "instead_of", "language"})


@dataclass
class Filled:
    """A scenario with values for parameters, and the names that it asked for."""

    source: Source
    used: set[str]


def filled(source: Source, values: Mapping[str, Node], declared: frozenset[str], reading: Reading) -> Filled:
    """Reports every name that is no parameter."""
    putting = _Putting(values, declared, reading)
    root = source.root
    if isinstance(root, Pairs):
        pairs = tuple((key, value if key.text in KEPT else putting.into(value)) for key, value in root.pairs)
        root = Pairs(pairs, root.place)
    return Filled(replace(source, root=root), putting.used)


@dataclass
class _Putting:
    values: Mapping[str, Node]
    declared: frozenset[str]
    reading: Reading
    used: set[str] = field(default_factory=set)

    def into(self, node: Node) -> Node:
        match node:
            case Pairs(pairs, place):
                return Pairs(tuple((key, self._under(key.text, value)) for key, value in pairs), place)
            case Items(items, place):
                return Items(tuple(map(self.into, items)), place)
            case Value():
                return self._into_value(node)

    def _under(self, word: str, node: Node) -> Node:
        return self._into_formula(node) if word == FORMULA and isinstance(node, Value) else self.into(node)

    def _into_formula(self, value: Value) -> Node:
        """$name stands for the value, without braces too; numbers are fractions, as in all formulas."""
        put: list[tuple[str, Node | None]] = []

        def text_of(name: str, otherwise: str) -> str:
            found = self._find(name, value.place, inside=True)
            put.append((name, found))
            return found.text if isinstance(found, Value) else otherwise

        def written(place: re.Match[str]) -> str:
            if place[1]:
                return INSIDE.sub(lambda inside: text_of(inside[1], inside[0]), place[0])
            text = text_of(place[2] or place[3], place[0])
            return f"{text}.0" if WHOLE.fullmatch(text) else text

        text, found = IN_FORMULA.sub(written, value.text), [(name, one) for name, one in put if one]
        if len(found) < len(put):
            return _lost(replace(value, inside=None))
        return replace(value, text=text, place=_named(value.place, found), inside=None) if found else value

    def _into_value(self, value: Value) -> Node:
        if alone := ALONE.fullmatch(value.text):
            found = self._find(alone[1], value.place)
            return moved(found, lambda _: _named(value.place, [(alone[1], found)])) if found else _lost(value)
        named = dict.fromkeys(INSIDE.findall(value.text))
        if not named:
            return value
        put = [(name, found) for name in named if (found := self._find(name, value.place, inside=True))]
        if len(put) < len(named):
            return _lost(value)
        texts = {name: one.text for name, one in put if isinstance(one, Value)}
        text = INSIDE.sub(lambda place: texts.get(place[1], ""), value.text)
        return replace(value, text=text, place=_named(value.place, put))

    def _find(self, name: str, place: Place, *, inside: bool = False) -> Node | None:
        found = self.values.get(name)
        if found is None:
            if name not in self.declared:
                none = "" if self.declared else f"; write it under '{WORD}', with a default"
                self.reading.report(place, unknown("parameter", name, self.declared) + none)
            return None
        self.used.add(name)
        if inside and not isinstance(found, Value):
            self.reading.report(place, f"${name} is more than one text; write ${name} for the whole value")
            return None
        return found


def _lost(value: Value) -> Value:
    """What is wrong with it has been told: nothing that follows from that is worth a word."""
    return replace(value, place=replace(value.place, note=LOST))


def follows(problem: Problem) -> bool:
    """Does this mistake only follow from one of a parameter?"""
    return problem.message.endswith(f"({LOST})")


def _named(place: Place, put: list[tuple[str, Node]]) -> Place:
    told = [f"${name} is {quoted(node.text) if isinstance(node, Value) else 'a block'}" for name, node in put]
    return replace(place, note=", ".join(told))


def unused(parameters: Parameters, used: set[str], source: Source) -> Iterator[tuple[Place, str]]:
    for name in children(source.find(WORD)):
        if name in parameters.general and name not in used:
            at = source.place([WORD, name], at_key=True)
            yield at, f"parameter '{name}' is used nowhere; write ${name} somewhere, or delete it"

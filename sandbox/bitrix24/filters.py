"""Filters of list methods: operators in front of field names, and nested groups."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sandbox.bitrix24.errors import bad_argument
from sandbox.bitrix24.values import is_empty, reader, to_flag

OPERATORS = ("!=%", "!%=", ">=", "<=", "!@", "!=", "!%", "=%", "%=", ">", "<", "@", "%", "=", "!")


@dataclass(frozen=True, slots=True)
class Known:
    """A field that may stand in a filter: where its value is stored and of what kind it is."""

    stored: str
    kind: str


@dataclass(frozen=True, slots=True)
class Test:
    op: str
    field: str
    value: Any

    def passes(self, row: Mapping[str, Any]) -> bool:
        return _TESTS[self.op](row.get(self.field), self.value)


@dataclass(frozen=True, slots=True)
class Group:
    any_of: bool
    parts: tuple["Test | Group", ...]

    def passes(self, row: Mapping[str, Any]) -> bool:
        if self.any_of:
            return any(part.passes(row) for part in self.parts)
        return all(part.passes(row) for part in self.parts)

    def tests(self, field: str) -> Iterator[Test]:
        """Tests of one field that every row must pass."""
        if self.any_of:
            return
        for part in self.parts:
            if isinstance(part, Test) and part.field == field:
                yield part


class FilterReader:
    """Reads raw filters; with `strict`, an unknown field is an error, else it is passed over."""

    def __init__(self, known: Mapping[str, Known], zone: tzinfo, strict: bool) -> None:
        self.known, self.zone, self.strict = known, zone, strict

    def read(self, raw: Any) -> Group:
        """Say (400 INVALID_ARG_VALUE) for a field or value that is not allowed."""
        pairs = _pairs(raw)
        any_of = any(key.upper() == "LOGIC" and str(value).upper() == "OR" for key, value in pairs)
        parts = [self._part(key, value) for key, value in pairs if key.upper() != "LOGIC"]
        return Group(any_of, tuple(part for part in parts if part is not None))

    def _part(self, key: str, value: Any) -> Test | Group | None:
        if key.isdigit() and isinstance(value, (dict, list)):
            return self.read(value)
        op = next((op for op in OPERATORS if key.startswith(op)), "")
        name = key[len(op) :]
        known = self.known.get(name)
        if known is None:
            if self.strict:
                raise bad_argument(f"Invalid filter: field '{name}' is not allowed in filter")
            return None
        return Test(_meaning(op, value), known.stored, self._value(name, known, op, value))

    def _value(self, name: str, known: Known, op: str, value: Any) -> Any:
        if "%" in op:
            return str(value).casefold()
        read = reader(known.kind, self.zone)
        if known.kind == "boolean":
            read = _one_or_zero
        many = isinstance(value, (list, dict)) or op in ("@", "!@")
        try:
            if many and op in (">", "<", ">=", "<="):
                raise ValueError(value)
            if many:
                return [None if is_empty(one) else read(one) for _, one in _pairs(value)]
            return None if is_empty(value) and known.kind != "boolean" else read(value)
        except (ValueError, TypeError, OverflowError):
            raise bad_argument(f"Invalid filter: field '{name}' has invalid value") from None


def _pairs(raw: Any) -> list[tuple[str, Any]]:
    if isinstance(raw, dict):
        return [(str(key), value) for key, value in raw.items()]
    if isinstance(raw, list):
        return [(str(place), value) for place, value in enumerate(raw)]
    return [] if is_empty(raw) else [("0", raw)]


def _meaning(op: str, value: Any) -> str:
    """A list after = is IN, after != is NOT IN."""
    many = isinstance(value, (list, dict))
    if op in ("", "=", "@"):
        return "@" if many or op == "@" else "="
    if op in ("!", "!=", "!@"):
        return "!@" if many or op == "!@" else "!="
    return {"=%": "%=", "!=%": "!%="}.get(op, op)


def _one_or_zero(value: Any) -> str:
    # Values read and written are Y/N, yet a filter wants 1/0 (crm.item.list page).
    if value in ("Y", "N"):
        raise ValueError(value)
    return to_flag(value)


def _equal(stored: Any, value: Any) -> bool:
    if value is None:
        return stored in (None, "", [], 0)
    return value in stored if isinstance(stored, list) else bool(stored == value)


def _within(stored: Any, values: Any) -> bool:
    return any(_equal(stored, value) for value in values)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(stored: Any, value: Any) -> bool:
        if stored is None or value is None:
            return False
        if isinstance(stored, list):
            return any(compare(one, value) for one in stored)
        return compare(stored, value)

    return test


def _like(stored: Any, value: str) -> bool:
    return value in str("" if stored is None else stored).casefold()


def _pattern(stored: Any, value: str) -> bool:
    text = str("" if stored is None else stored).casefold()
    head, tail = not value.startswith("%"), not value.endswith("%")
    core = value.strip("%")
    if head and tail:
        return text == core
    if head:
        return text.startswith(core)
    return text.endswith(core) if tail else core in text


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda stored, value: not _equal(stored, value),
    "@": _within,
    "!@": lambda stored, values: not _within(stored, values),
    ">": _compared(lambda stored, value: stored > value),
    "<": _compared(lambda stored, value: stored < value),
    ">=": _compared(lambda stored, value: stored >= value),
    "<=": _compared(lambda stored, value: stored <= value),
    "%": _like,
    "!%": lambda stored, value: not _like(stored, value),
    "%=": _pattern,
    "!%=": lambda stored, value: not _pattern(stored, value),
}

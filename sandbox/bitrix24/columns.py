"""One field of an entity under one of its names, and how a value for it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sandbox.bitrix24.errors import Say, bad_value
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.values import is_empty, reader


@dataclass(frozen=True, slots=True)
class Column:
    """One field under one of its names."""

    stored: str
    kind: str
    many: bool
    writable: bool
    unset: Any
    title: str
    is_user_field: bool
    choices: frozenset[int] | None = None  # of a list field: the values that there are


def read_value(column: Column, value: Any, zone: tzinfo, lenient: bool) -> Any:
    """The exact value; `lenient` takes a text for a list value as nothing. Say for what cannot be."""
    read = reader(column.kind, zone)
    try:
        if column.many:
            return [_checked(column, read, one, lenient) for one in _each(value)]
        return column.unset if is_empty(value) else _checked(column, read, value, lenient)
    except (ValueError, TypeError, OverflowError):
        raise bad_value(column.stored) from None


def _checked(column: Column, read: Callable[[Any], Any], value: Any, lenient: bool) -> Any:
    if column.choices is None:
        return read(value)
    if str(value).isdigit() and int(value) in column.choices:
        return int(value)
    if lenient:
        return None
    raise ValueError(value)


def choices_of(field: UserField) -> frozenset[int] | None:
    """The ids of a list field; None for every other kind."""
    if field.kind != "enumeration":
        return None
    return frozenset(int(choice["ID"]) for choice in field.choices)


def _each(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if is_empty(value):
        return []
    if not isinstance(value, list):
        kind = {str: "string", int: "int", float: "float", bool: "bool"}.get(type(value), "mixed")
        raise Say(400, "100", f"Expected iterable value for multiple field, but got `{kind}` instead")
    return [one for one in value if not is_empty(one)]

"""Deals and contacts as they are stored: rows of exact values, with indexes for what is asked often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sandbox.bitrix24.company import UserField
from sandbox.bitrix24.errors import Say, bad_value
from sandbox.bitrix24.fields import Field, camel_name
from sandbox.bitrix24.filters import Group
from sandbox.bitrix24.shelf import Index, Shelf, between
from sandbox.bitrix24.switches import Switches
from sandbox.bitrix24.values import is_empty, reader, shown

Row = dict[str, Any]
CAMEL, ORIGINAL, LEGACY = "camel", "original", "legacy"


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


class Items:
    """All items of one entity type."""

    def __init__(
        self,
        type_id: int,
        fields: Mapping[str, Field],
        user_fields: dict[str, UserField],
        indexed: tuple[str, ...],
        switches: Switches,
        last_id: int,
    ) -> None:
        self.type_id, self.fields, self.user_fields = type_id, fields, user_fields
        self.shelf: Shelf[Row] = Shelf(last_id)
        self._switches = switches
        self._indexes = {name: Index() for name in indexed}
        self._columns: dict[tuple[str, str], dict[str, Column]] = {}
        self._unset: Row = {}
        self._forget_columns()

    def get(self, number: Any) -> Row | None:
        try:
            return self.shelf.rows.get(int(number))
        except (TypeError, ValueError):
            return None

    def new(self, values: Row) -> Row:
        """Stores a new row; fields not in `values` get the value of an unset field."""
        blank = {name: list(one) if isinstance(one, list) else one for name, one in self._unset.items()}
        row = {**blank, **values, "id": self.shelf.new_id()}
        self.shelf.put(row["id"], row)
        for name in self._indexes:
            self._index(name, row, Index.add)
        return row

    def change(self, row: Row, changes: Row) -> None:
        touched = [name for name in self._indexes if name in changes]
        for name in touched:
            self._index(name, row, Index.drop)
        row.update(changes)
        for name in touched:
            self._index(name, row, Index.add)

    def remove(self, number: int) -> None:
        row = self.shelf.drop(number)
        for name in self._indexes:
            self._index(name, row, Index.drop)

    def candidates(self, wanted: Group) -> list[int]:
        """Sorted ids among which every match is; the shortest list that an index gives."""
        best = self.shelf.ids
        for name, index in self._indexes.items():
            for test in wanted.tests(name):
                values = test.value if test.op == "@" else [test.value]
                if test.op in ("=", "@") and None not in values:
                    found = index.of_any(values)
                    best = found if len(found) < len(best) else best
        above = below = None
        for test in wanted.tests("id"):
            if test.op in ("=", "@"):
                ids = set(test.value if test.op == "@" else [test.value])
                best = sorted(number for number in ids if number in self.shelf.rows)
            above = test.value if test.op == ">" else above
            below = test.value if test.op == "<" else below
        return between(best, above, below)

    def columns(self, style: str) -> dict[str, Column]:
        """Every field by its name in this style."""
        key = (style, self._switches["letters_only_uf"])
        if key not in self._columns:
            self._columns[key] = self._name_columns(*key)
        return self._columns[key]

    def add_user_field(self, field: UserField) -> None:
        self.user_fields[field.name] = field
        self._forget_columns()
        for row in self.shelf:
            row[field.name] = [] if field.many else self._unset[field.name]

    def read(self, raw: Any, style: str, zone: tzinfo) -> Row:
        """Stored name -> exact value of what may be written; unknown names are passed over."""
        if not isinstance(raw, dict):
            raise Say(400, "100", "Could not find value for parameter {fields} (internal error)")
        columns = self.columns(style)
        known = ((columns.get(str(name)), value) for name, value in raw.items())
        return {
            column.stored: _read(column, value, zone) for column, value in known if column and column.writable
        }

    def present(self, row: Row, style: str) -> Row:
        """All fields of a row as the universal family shows them."""
        if style == ORIGINAL:
            return {name: _shown(value) for name, value in row.items()}
        return {name: _shown(row[column.stored]) for name, column in self.columns(style).items()}

    def _name_columns(self, style: str, letters_only: str) -> dict[str, Column]:
        columns = {}
        for field in self.fields.values():
            name = field.upper if style == LEGACY else field.name
            if name and not (style == LEGACY and field.many):
                columns[name] = Column(
                    field.name, field.kind, field.many, field.writable, field.unset, name, False
                )
        for own in self.user_fields.values():
            name = camel_name(own.name, letters_only) if style == CAMEL else own.name
            unset = self._unset[own.name]
            columns[name] = Column(own.name, own.kind, own.many, True, unset, own.label, True)
        return columns

    def _forget_columns(self) -> None:
        self._columns.clear()
        self._unset = {field.name: field.unset for field in self.fields.values()}
        for own in self.user_fields.values():
            self._unset[own.name] = [] if own.many else ("N" if own.kind == "boolean" else None)

    def _index(self, name: str, row: Row, put: Callable[[Index, Any, int], None]) -> None:
        value = row[name]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                put(self._indexes[name], one, row["id"])


def _read(column: Column, value: Any, zone: tzinfo) -> Any:
    read = reader(column.kind, zone)
    try:
        if column.many:
            return [read(one) for one in _each(value)]
        return column.unset if is_empty(value) else read(value)
    except (ValueError, TypeError, OverflowError):
        raise bad_value(column.stored) from None


def _each(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if is_empty(value):
        return []
    if not isinstance(value, list):
        kind = {str: "string", int: "int", float: "float", bool: "bool"}.get(type(value), "mixed")
        raise Say(400, "100", f"Expected iterable value for multiple field, but got `{kind}` instead")
    return [one for one in value if not is_empty(one)]


def _shown(value: Any) -> Any:
    return shown(value) if type(value) is datetime else value

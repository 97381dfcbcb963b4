"""Deals, contacts and companies as they are stored: rows of exact values, with indexes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from sandbox.bitrix24.columns import Column, choices_of, read_value
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.field_words import TITLES
from sandbox.bitrix24.fields import Field, camel_name
from sandbox.bitrix24.filters import Group
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.shelf import Index, Shelf, between
from sandbox.bitrix24.switches import Switches
from sandbox.bitrix24.values import shown

Row = dict[str, Any]
CAMEL, ORIGINAL, LEGACY = "camel", "original", "legacy"


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
        self.fields_changed()

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
        self._index_all(row, Index.add)
        return row

    def change(self, row: Row, changes: Row) -> None:
        touched = [name for name in self._indexes if name in changes]
        for name in touched:
            self._index(name, row, Index.drop)
        row.update(changes)
        for name in touched:
            self._index(name, row, Index.add)

    def remove(self, number: int) -> None:
        self._index_all(self.shelf.drop(number), Index.drop)

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
        self.fields_changed()
        for row in self.shelf:
            row[field.name] = [] if field.many else self._unset[field.name]

    def drop_user_field(self, name: str) -> None:
        """With its values, as the portal does."""
        del self.user_fields[name]
        self.fields_changed()
        for row in self.shelf:
            del row[name]

    def fields_changed(self) -> None:
        """After user fields came, went, or got other names and values."""
        self._columns.clear()
        self._unset = {field.name: field.unset for field in self.fields.values()}
        for own in self.user_fields.values():
            self._unset[own.name] = [] if own.many else ("N" if own.kind == "boolean" else None)

    def read(self, raw: Any, style: str, zone: tzinfo) -> Row:
        """Stored name -> exact value of what may be written; unknown names are passed over."""
        if not isinstance(raw, dict):
            raise Say(400, "100", "Could not find value for parameter {fields} (internal error)")
        columns, lenient = self.columns(style), self._switches["enum_text"] == "ignored"
        known = ((columns.get(str(name)), value) for name, value in raw.items())
        return {
            column.stored: read_value(column, value, zone, lenient)
            for column, value in known
            if column and column.writable
        }

    def present(self, row: Row, style: str, names: Iterable[str] | None = None) -> Row:
        """Fields of a row as the universal family shows them; all of them unless `names` says which."""
        columns = self.columns(style)
        return {name: self._shown(row[columns[name].stored], columns[name]) for name in names or columns}

    def dump(self) -> dict[str, Any]:
        return {"last_id": self.shelf.last_id, "rows": [dict(row) for row in self.shelf]}

    def restore(self, data: dict[str, Any]) -> None:
        """Everything as it was when dumped; the user fields must be back already."""
        self.fields_changed()
        self.shelf = Shelf(data["last_id"])
        self._indexes = {name: Index() for name in self._indexes}
        for row in data["rows"]:
            self.shelf.put(row["id"], row)
            self._index_all(row, Index.add)

    def _shown(self, value: Any, column: Column) -> Any:
        if type(value) is datetime:
            return shown(value)
        if column.choices is not None and value is not None and not self._switches["enum_numbers"]:
            return [str(one) for one in value] if column.many else str(value)
        return value

    def _name_columns(self, style: str, letters_only: str) -> dict[str, Column]:
        columns = {}
        for field in self.fields.values():
            name = field.upper if style == LEGACY else field.name
            if name and not (style == LEGACY and field.many):
                title = TITLES.get(field.name, field.upper or field.name)
                columns[name] = Column(
                    field.name, field.kind, field.many, field.writable, field.unset, title, False
                )
        for own in self.user_fields.values():
            name = camel_name(own.name, letters_only) if style == CAMEL else own.name
            unset = self._unset[own.name]
            columns[name] = Column(
                own.name, own.kind, own.many, True, unset, own.label, True, choices_of(own)
            )
        return columns

    def _index_all(self, row: Row, put: Callable[[Index, Any, int], None]) -> None:
        for name in self._indexes:
            self._index(name, row, put)

    def _index(self, name: str, row: Row, put: Callable[[Index, Any, int], None]) -> None:
        value = row[name]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                put(self._indexes[name], one, row["id"])

"""Rows by growing id, always readable in the order of their ids without sorting."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Iterator
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


class Shelf(Generic[Row]):
    """Rows of one kind; ids start after `last_id`."""

    def __init__(self, last_id: int = 0) -> None:
        self.rows: dict[int, Row] = {}
        self.ids: list[int] = []
        self.last_id = last_id

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def put(self, number: int, row: Row) -> None:
        if number not in self.rows:
            insort(self.ids, number)
        self.rows[number] = row

    def drop(self, number: int) -> Row:
        take_out(self.ids, number)
        return self.rows.pop(number)

    def dump(self) -> dict[str, Any]:
        return {"last_id": self.last_id, "rows": [[number, self.rows[number]] for number in self.ids]}

    def restore(self, data: dict[str, Any]) -> None:
        """The rows as they were; nobody is told of them."""
        self.last_id = data["last_id"]
        self.rows = dict(data["rows"])
        self.ids = sorted(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return (self.rows[number] for number in self.ids)

    def __len__(self) -> int:
        return len(self.ids)


class Index:
    """Sorted ids by value of one field."""

    def __init__(self) -> None:
        self._ids: defaultdict[Hashable, list[int]] = defaultdict(list)

    def add(self, value: Hashable, number: int) -> None:
        insort(self._ids[value], number)

    def drop(self, value: Hashable, number: int) -> None:
        take_out(self._ids[value], number)

    def clear(self) -> None:
        self._ids.clear()

    def of(self, value: Hashable) -> list[int]:
        return self._ids.get(value, [])

    def of_any(self, values: list[Hashable]) -> list[int]:
        """Sorted ids of all these values, each id once."""
        if len(values) == 1:
            return self.of(values[0])
        return sorted({number for value in values for number in self.of(value)})


def take_out(ids: list[int], number: int) -> None:
    place = bisect_left(ids, number)
    if place < len(ids) and ids[place] == number:
        del ids[place]


def between(ids: list[int], above: int | None, below: int | None) -> list[int]:
    """The part of sorted `ids` strictly between the two bounds."""
    low = 0 if above is None else bisect_right(ids, above)
    high = len(ids) if below is None else bisect_left(ids, below)
    return ids if low == 0 and high == len(ids) else ids[low:high]

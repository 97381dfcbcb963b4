"""What applications have subscribed to, and the queue of events that they fetch themselves."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.bitrix24.shelf import Shelf


@dataclass(slots=True)
class Binding:
    """`handler` is "" for an offline one; `auth_type`: whose token events carry, 0 = who caused it."""

    id: int
    client_id: str
    event: str
    handler: str
    auth_type: int = 0
    offline: bool = False
    connector: str = ""
    min_timeout: float = 1.0  # of ONOFFLINEEVENT, virtual seconds
    wakes_at: float = 0.0

    def same(self, other: "Binding") -> bool:
        return (self.client_id, self.event, self.handler, self.offline, self.connector) == (
            other.client_id,
            other.event,
            other.handler,
            other.offline,
            other.connector,
        )


class Bindings:
    """Subscriptions of all applications, by event."""

    def __init__(self) -> None:
        self.by_event: dict[str, list[Binding]] = {}
        self._last_id = 184

    def add(self, binding: Binding) -> bool:
        """False when it is there already."""
        others = self.by_event.setdefault(binding.event, [])
        if any(binding.same(other) for other in others):
            return False
        self._last_id += 1
        binding.id = self._last_id
        others.append(binding)
        return True

    def drop(self, fits: Callable[[Binding], bool]) -> int:
        """How many were there."""
        before = len(list(self.all()))
        kept = {event: [one for one in rows if not fits(one)] for event, rows in self.by_event.items()}
        self.by_event = {event: rows for event, rows in kept.items() if rows}
        return before - len(list(self.all()))

    def all(self) -> Iterator[Binding]:
        return (binding for rows in self.by_event.values() for binding in rows)

    def of(self, event: str) -> list[Binding]:
        return self.by_event.get(event, [])

    def dump(self) -> dict[str, Any]:
        return {"last_id": self._last_id, "rows": [asdict(binding) for binding in self.all()]}

    def restore(self, kept: dict[str, Any]) -> None:
        self.by_event = {}
        for row in kept["rows"]:
            self.by_event.setdefault(row["event"], []).append(Binding(**row))
        self._last_id = kept["last_id"]


@dataclass(slots=True)
class Waiting:
    """One row of the offline queue; `process` names who has taken it, "" nobody."""

    id: int
    client_id: str
    connector: str
    event: str
    data: dict[str, Any]
    at: datetime
    process: str = ""
    error: bool = False

    @property
    def about(self) -> tuple[Any, ...]:
        return self.client_id, self.connector, self.event, str(self.data)


class OfflineQueue:
    """One row for each object and event: the last state, not every change."""

    def __init__(self) -> None:
        self.rows: Shelf[Waiting] = Shelf()
        self._free: dict[tuple[Any, ...], int] = {}  # what nobody has taken yet

    def put(self, binding: Binding, data: dict[str, Any], now: datetime) -> None:
        row = Waiting(0, binding.client_id, binding.connector, binding.event, data, now)
        if (known := self._free.get(row.about)) is not None:
            self.rows.rows[known].at = now
            return
        row.id = self.rows.new_id()
        self.rows.put(row.id, row)
        self._free[row.about] = row.id

    def of(self, client_id: str, connector: str = "") -> list[Waiting]:
        return [row for row in self.rows if (row.client_id, row.connector) == (client_id, connector)]

    def take(self, rows: list[Waiting], process: str) -> None:
        """Hides them from everybody but this process."""
        for row in rows:
            row.process, row.error = process, False
            self._free.pop(row.about, None)

    def drop(self, rows: list[Waiting]) -> None:
        for row in rows:
            self.rows.drop(row.id)
            if self._free.get(row.about) == row.id:
                del self._free[row.about]

    def dump(self) -> dict[str, Any]:
        rows = [{**asdict(row), "at": row.at.isoformat()} for row in self.rows]
        return {"last_id": self.rows.last_id, "rows": rows}

    def restore(self, kept: dict[str, Any]) -> None:
        self.rows = Shelf(kept["last_id"])
        for row in kept["rows"]:
            self.rows.put(row["id"], Waiting(**{**row, "at": datetime.fromisoformat(row["at"])}))
        self._free = {row.about: row.id for row in self.rows if not row.process}

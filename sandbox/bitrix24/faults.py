"""Faults that a test asks for: the next call of this method goes wrong in this way."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

# What the whole HTTP request suffers, and what one command suffers (also inside a batch).
OF_REQUESTS = frozenset(
    {
        "limit",
        "html503",
        "error500",
        "done_no_answer",
        "not_done_no_answer",
        "auth",
        "empty",
        "html200",
        "truncated",
    }
)
OF_COMMANDS = frozenset({"operating", "refuse", "twice"})


@dataclass(slots=True)
class Fault:
    match: str
    how: str
    times: int
    skip: int


class Faults:
    """Faults in the order they were asked for; each is used up after its `times`."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, wish: dict[str, Any]) -> None:
        """ValueError when `how` is unknown. `match` is a method name, "batch" or "*"."""
        how = str(wish.get("how", ""))
        if how not in OF_REQUESTS | OF_COMMANDS:
            raise ValueError(f"how is one of {', '.join(sorted(OF_REQUESTS | OF_COMMANDS))}")
        match = str(wish.get("match", "*")).lower()
        self._waiting.append(Fault(match, how, int(wish.get("times", 1)), int(wish.get("skip", 0))))

    def clear(self) -> None:
        self._waiting.clear()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def take(self, methods: Collection[str], kinds: frozenset[str]) -> str | None:
        """The fault that hits these methods now, or None; counts it."""
        for fault in self._waiting:
            if fault.how not in kinds or not (fault.match == "*" or fault.match in methods):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            return fault.how
        return None

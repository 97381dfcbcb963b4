"""What a REST method gets and what it gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.bitrix24.portal import Portal

PAGE = 50
Any_ = TypeVar("Any_")


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` and `next` are left out when None."""

    result: Any
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What the key of a request opens."""

    scopes: frozenset[str] | None = None  # None: every scope of the portal
    application: str = ""  # the client id of an application; "" for a webhook


EVERYTHING = Grant()


class Call:
    """One call of one method by one user; names of parameters are read in any case."""

    __slots__ = ("by", "grant", "params", "portal", "raw")

    def __init__(self, portal: Portal, raw: dict[str, Any], by: int, grant: Grant = EVERYTHING) -> None:
        self.portal, self.raw, self.by, self.grant = portal, raw, by, grant
        self.params = {str(name).lower(): value for name, value in raw.items()}

    def get(self, name: str, default: Any = None) -> Any:
        return self.params.get(name.lower(), default)

    def number(self, name: str) -> int | None:
        """None when it is missing or no number."""
        try:
            return int(self.params[name.lower()])
        except (KeyError, TypeError, ValueError):
            return None

    def table(self, name: str) -> dict[str, Any]:
        """A map, or nothing: PHP sends an empty map as a list."""
        value = self.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def start(self) -> int:
        return self.number("start") or 0


Method = Callable[[Call], Answer]


def page(rows: Sequence[Any_], start: int) -> tuple[Sequence[Any_], int, int | None]:
    """Fifty rows from `start`, how many there are, and where the next page begins."""
    total = len(rows)
    start = max(0, start)
    return rows[start : start + PAGE], total, start + PAGE if start + PAGE < total else None


def listed(raw: Any) -> list[Any]:
    """A list however it came: JSON list, PHP map, single value."""
    if isinstance(raw, dict):
        return list(raw.values())
    if isinstance(raw, list):
        return raw
    return [] if raw in (None, "") else [raw]


def sliced(rows: Sequence[Any_], call: Call, wrap: Callable[[list[Any_]], Any] = list) -> Answer:
    """The page of `rows` that the call asks for."""
    here, total, following = page(rows, call.start)
    return Answer(wrap(list(here)), total, following)

"""What is still to happen in a trial, in the order of its time; at one moment what was planned first."""

import heapq
from dataclasses import dataclass, field
from datetime import datetime

from qc_engine.core.events import Event
from qc_engine.trying.past import Fact


@dataclass(frozen=True)
class Begins:
    """The deal comes to the stage in which its case began."""

    case_id: str


@dataclass(frozen=True)
class Happens:
    """An event of this case; `fact` is what it was in the past, if it is of the past."""

    case_id: str
    event: Event
    fact: Fact | None = None


@dataclass(frozen=True)
class Due:
    """The case wanted to be woken at that moment; perhaps it has changed its mind since."""

    case_id: str


@dataclass(frozen=True)
class Leaving:
    """Messages of this case may leave, if the gate lets them."""

    case_id: str


@dataclass(frozen=True)
class Surveyed:
    """Another scenario, or an earlier case, asked this person."""


Item = Begins | Happens | Due | Leaving | Surveyed


@dataclass
class Agenda:
    """A queue by time."""

    _heap: list[tuple[datetime, int, Item]] = field(default_factory=list)
    _number: int = 0

    def add(self, at: datetime, item: Item) -> None:
        self._number += 1
        heapq.heappush(self._heap, (at, self._number, item))

    def next(self, horizon: datetime) -> tuple[datetime, Item] | None:
        """None when nothing more happens up to the horizon."""
        if not self._heap or self._heap[0][0] > horizon:
            return None
        at, _, item = heapq.heappop(self._heap)
        return at, item

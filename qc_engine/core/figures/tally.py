"""Numbers that belong together, and how they are added up."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from qc_engine.core.figures.estimates import Estimate, mean, share
from qc_engine.core.figures.marks import HIGHEST, THOUSAND

Row = TypeVar("Row")
Key = TypeVar("Key")


class Tally(NamedTuple):
    """Of some asked cases; what each number means is written down in store/tallies.py."""

    asked: int = 0
    answered: int = 0
    settled: int = 0  # asked on settled days
    settled_answered: int = 0
    total: int = 0  # of the averages, in thousandths
    squares: int = 0  # of the same, in millionths
    clicked: int = 0
    reviewed: int = 0

    @property
    def rate(self) -> Estimate | None:
        """Of settled days only."""
        return share(self.settled_answered, self.settled)

    @property
    def average(self) -> Estimate | None:
        return mean_of(self.answered, self.total, self.squares)


def mean_of(count: int, total: int, squares: int) -> Estimate | None:
    """In points, of a sum in thousandths."""
    highest = HIGHEST if total <= HIGHEST * THOUSAND * count else total / THOUSAND
    return mean(count, total / THOUSAND, squares / THOUSAND**2, highest)


def together(tallies: Iterable[Tally]) -> Tally:
    """Added up."""
    return Tally(*(sum(numbers) for numbers in zip(*tallies, strict=True)))


def added(
    rows: Iterable[Row], key: Callable[[Row], Key], tally: Callable[[Row], Tally]
) -> Mapping[Key, Tally]:
    """The rows with the same key added up."""
    found: dict[Key, list[Tally]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(tally(row))
    return {one: its[0] if len(its) == 1 else together(its) for one, its in found.items()}

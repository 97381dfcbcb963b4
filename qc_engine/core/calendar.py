"""Days on which nobody is asked or reminded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

Days = frozenset[tuple[int, int, int]]  # year, month, day; year 0 is every year
NO_DAYS: Days = frozenset()


@dataclass(frozen=True)
class Holidays:
    """The company's holidays, and those of single branches by their names."""

    everywhere: Days = NO_DAYS
    of_branch: Mapping[str, Days] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self._are_there_any

    @cached_property
    def _are_there_any(self) -> bool:
        return bool(self.everywhere) or any(self.of_branch.values())

    def has(self, day: date, branch: str) -> bool:
        """Is it a holiday, there?"""
        days = self.everywhere | self.of_branch.get(branch, NO_DAYS)
        return (day.year, day.month, day.day) in days or (0, day.month, day.day) in days


NO_HOLIDAYS = Holidays()

"""Days on which nobody is asked or reminded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

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
SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """So many of them, as laws count: the day on which it begins is not one of them."""

    number: int
    zone: str = "UTC"
    holidays: Holidays = NO_HOLIDAYS

    def after(self, moment: datetime) -> datetime:
        """The end of the last one."""
        there = ZoneInfo(self.zone)
        day, left = moment.astimezone(there).date(), self.number
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < SATURDAY and not self.holidays.has(day, "")
        return datetime.combine(day, time(23, 59), there).astimezone(UTC)

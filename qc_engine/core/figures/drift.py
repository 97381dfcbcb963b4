"""Does a branch slip? A moving average with a limit below, which noise seldom crosses (EWMA).

The last 30 days are watched against the 56 days before them. A day moves the average by its share of a usual
day's answers, and the limit knows how many answers there were, and that the level itself is only estimated.
With answers as in the tests, one question pair per case, one look gives a false alarm for 1 to 3 branches of
1,000; a drop by one point is seen after 7 days (median) with 3 answers a day, after 3 days with 10.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from qc_engine.core.figures.estimates import variance

WATCHED = timedelta(days=30)
COMPARED = timedelta(days=56)  # eight weeks before them
MEMORY = 0.1  # of a usual day in the average
WIDTH = 3.0  # of the limit, in standard errors
LEAST = 30  # answers to compare with; with fewer nobody knows what is usual
LEAST_SPREAD = 0.5  # points: where everybody gave the same mark the next other one is no alarm


@dataclass(frozen=True)
class Day:
    """The answers of one day: how many, their sum, and the sum of their squares; in points."""

    day: date
    count: int
    total: float
    squares: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass(frozen=True)
class Point:
    """One watched day that had answers."""

    day: date
    mean: float
    level: float  # the moving average after it
    limit: float

    @property
    def is_low(self) -> bool:
        return self.level < self.limit


@dataclass(frozen=True)
class Watch:
    """What is usual, and every watched day."""

    usual: float
    answers: int  # by which `usual` is known
    points: tuple[Point, ...]

    @property
    def low_since(self) -> date | None:
        """The first day from which on the average has stayed below its limit; None: it is not below."""
        low: date | None = None
        for point in reversed(self.points):
            if not point.is_low:
                return low
            low = point.day
        return low

    @property
    def is_back(self) -> bool:
        """The average is half the way from its limit to what is usual; or nothing is left to watch."""
        if not self.points:
            return True
        last = self.points[-1]
        return last.level >= (last.limit + self.usual) / 2


def watch(days: Sequence[Day], last: date) -> Watch | None:
    """`days` in their order, without empty ones; `last` is the last watched one. None: too few to compare."""
    first = last - WATCHED + timedelta(days=1)
    before = [one for one in days if first - COMPARED <= one.day < first and one.count]
    count, total = sum(one.count for one in before), sum(one.total for one in before)
    if count < LEAST:
        return None
    spread = max(variance(count, total, sum(one.squares for one in before)), LEAST_SPREAD**2)
    watched = [one for one in days if first <= one.day <= last and one.count]
    usual_day = count / len(before)
    return Watch(total / count, count, tuple(_points(watched, total / count, spread, count, usual_day)))


def _points(
    days: Sequence[Day], usual: float, spread: float, known_by: int, usual_day: float
) -> Iterator[Point]:
    """`spread`: the variance of one answer."""
    level, doubt, moved = usual, 0.0, 0.0
    for one in days:
        weight = 1 - (1 - MEMORY) ** (one.count / usual_day)
        level += weight * (one.mean - level)
        doubt = (1 - weight) ** 2 * doubt + weight**2 / one.count
        moved = 1 - (1 - weight) * (1 - moved)  # how far the average has left what it began with
        error = sqrt(spread * (doubt + moved**2 / known_by))
        yield Point(one.day, one.mean, level, usual - WIDTH * error)

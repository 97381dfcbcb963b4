"""The trend as a drawing: where its lines run. Colours and widths stand in the style sheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from qc_engine.core.figures.drift import WATCHED, Watch

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 22  # margins, for the numbers at the edge
LEAST_SPAN = 2  # points: noise must not look like a cliff
DAYS = WATCHED.days


@dataclass(frozen=True)
class Chart:
    """In units of the drawing."""

    level: str  # points of a line, 'x,y x,y'
    limit: str
    usual: float  # y of the level that is usual
    days: Sequence[tuple[float, float]]  # of the single days
    low: tuple[float, float] | None  # where the average went below its limit
    rows: Sequence[tuple[float, str]]  # y and number at the left edge
    columns: Sequence[tuple[float, date]]  # x and day below


def chart(watch: Watch, last: date) -> Chart | None:
    """None where no watched day had answers."""
    points = watch.points
    if not points:
        return None
    lowest, highest = _span([watch.usual, *(x for one in points for x in (one.mean, one.level, one.limit))])

    def x(day: date) -> float:
        place = 1 - (last - day).days / (DAYS - 1)
        return round(LEFT + place * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        part = (highest - value) / (highest - lowest)
        return round(TOP + part * (HEIGHT - TOP - BOTTOM), 1)

    since = watch.low_since
    begins = next((one for one in points if one.day == since), None)
    return Chart(
        level=_line((x(one.day), y(one.level)) for one in points),
        limit=_line((x(one.day), y(one.limit)) for one in points),
        usual=y(watch.usual),
        days=[(x(one.day), y(one.mean)) for one in points],
        low=(x(begins.day), y(begins.level)) if begins else None,
        rows=[(y(value), str(value)) for value in range(ceil(lowest), floor(highest) + 1)],
        columns=[(x(one.day), one.day) for one in points[:: max(1, len(points) // 5)]],
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    lowest, highest = max(floor(min(values)), 0), ceil(max(values))
    return min(lowest, highest - LEAST_SPAN), highest


def _line(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)

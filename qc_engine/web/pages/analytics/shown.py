"""The numbers as the page writes them: rounded, with their intervals, each with the list behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qc_engine.core.figures.estimates import FEW, Estimate
from qc_engine.core.figures.marks import MARKS
from qc_engine.core.figures.tally import Tally
from qc_engine.store.tallies import Wanted
from qc_engine.web.console import behind
from qc_engine.web.console.room import Visitor
from qc_engine.web.pages.analytics.asking import Asking
from qc_engine.web.pages.analytics.gathering import Group, Numbers, Question, Week

MOST_ROWS = 30  # of one table on the page; the files have all
FUNNEL = ("asked", "answered", "clicked", "reviewed")
TABLES = ("branches", "employees", "services", "weekdays")


@dataclass(frozen=True)
class Number:
    """A count and the list of the cases that it counts; no address where there are none."""

    count: int
    address: str = ""


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    name: str
    asked: Number
    answered: Number
    settled: Number
    settled_answered: Number
    rate: Estimate | None
    average: Estimate | None

    @property
    def is_few(self) -> bool:
        return self.answered.count < FEW


def number(count: int, wanted: Wanted) -> Number:
    return Number(count, behind.address(wanted) if count else "")


def line(one: Asking, group: Group, name: str = "") -> Line:
    tally, wanted = group.tally, group.wanted
    settled = one.settled_of(wanted)
    return Line(
        name or group.name,
        number(tally.asked, wanted),
        number(tally.answered, replace(wanted, reached="answered")),
        number(tally.settled, settled),
        number(tally.settled_answered, replace(settled, reached="answered")),
        tally.rate,
        tally.average,
    )


def tables(visitor: Visitor, one: Asking, numbers: Numbers) -> Iterator[tuple[str, Sequence[Line], int]]:
    """By what cases are told apart, its first lines, and how many it has; tables of one line are left out."""
    for name in TABLES:
        groups: Sequence[Group] = getattr(numbers, name)
        if len(groups) > 1:
            shown = groups[:MOST_ROWS]
            lines = [line(one, group, named(visitor, name, group.name)) for group in shown]
            yield name, lines, len(groups)


def named(visitor: Visitor, table: str, name: str) -> str:
    if table == "weekdays":
        return visitor.say(f"weekday.{name}")
    return name or visitor.say("analytics.unknown")


def funnel(tally: Tally, wanted: Wanted) -> Sequence[tuple[str, Number, float]]:
    """Stage, its cases, and their share of the asked ones in per cent."""
    return [
        (
            stage,
            number(getattr(tally, stage), replace(wanted, reached=stage)),
            100 * getattr(tally, stage) / tally.asked if tally.asked else 0.0,
        )
        for stage in FUNNEL
    ]


def marks(counts: Mapping[int, int], wanted: Wanted) -> Sequence[tuple[int, Number, float]]:
    """Each mark, its cases, and their per cent of the most frequent one's; 0 only where it was given."""
    most = max(counts.values(), default=0) or 1
    return [
        (mark, number(counts.get(mark, 0), replace(wanted, mark=mark)), 100 * counts.get(mark, 0) / most)
        for mark in MARKS
        if mark or counts.get(mark)
    ]


def question(one: Question, title: str) -> Mapping[str, Any]:
    return {
        "title": title,
        "answers": number(one.count, one.wanted),
        "average": one.average,
        "marks": marks(one.marks, one.wanted),
        "is_few": one.count < FEW,
    }


def week(one: Week) -> Mapping[str, Any]:
    return {
        "first": one.first,
        "answered": number(one.tally.answered, replace(one.wanted, reached="answered")),
        "average": one.tally.average,
    }


class Writing:
    """Numbers in the visitor's language."""

    def __init__(self, language: str) -> None:
        self._point = "." if language == "en" else ","

    def points(self, value: float | None) -> str:
        return "" if value is None else f"{value:.2f}".replace(".", self._point)

    def per_cent(self, value: float) -> str:
        """Of a share between 0 and 1."""
        return f"{100 * value:.1f} %".replace(".", self._point)

    def rate(self, one: Estimate | None) -> tuple[str, str]:
        """The number, and what it may really be; '' where nothing can be said."""
        if one is None or one.low is None or one.high is None:
            return ("", "")
        return self.per_cent(one.value), f"{100 * one.low:.0f}–{100 * one.high:.0f} %"

    def average(self, one: Estimate | None) -> tuple[str, str]:
        if one is None:
            return ("", "")
        interval = "" if one.low is None else f"{self.points(one.low)}–{self.points(one.high)}"
        return self.points(one.value), interval

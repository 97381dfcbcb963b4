"""The marks that clients gave: how often each one, by case and by question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session

from qc_engine.core.figures.marks import MARKS
from qc_engine.store.counted import DAYS, HIGHEST, MARK_NAMES, QUESTIONS, Column, Columns, added
from qc_engine.store.tallies import Branches, Wanted, read


@dataclass(frozen=True)
class Scores:
    """Of one question; in thousandths, the squares in millionths."""

    question: str
    count: int
    total: int
    squares: int
    marks: Mapping[int, int]  # how many of each; without those that nobody gave
    example: str  # one of these cases


def by_mark(session: Session, wanted: Wanted, branches: Branches) -> Mapping[int, int]:
    """How many cases stand under each mark of their average."""
    rows = read(session, DAYS, (), _marks, wanted, branches)
    return {mark: sum(int(row[place]) for row in rows) for place, mark in enumerate(MARKS)}


def by_question(session: Session, wanted: Wanted, branches: Branches) -> Sequence[Scores]:
    """In the order of their names."""
    found: dict[str, Scores] = {}
    for name, *numbers in read(session, QUESTIONS, ("question",), _sums, wanted, branches):
        one = _scores(name, *numbers)
        found[name] = _both(found[name], one) if name in found else one
    return [found[name] for name in sorted(found)]


def _sums(of: Columns) -> Sequence[Column]:
    sums = [added(of[name]) for name in ("scores", "total", "squares")]
    return [func.max(of[HIGHEST]), *sums, *_marks(of)]


def _marks(of: Columns) -> Sequence[Column]:
    return [added(of[name]) for name in MARK_NAMES]


def _scores(name: str, example: str, count: Any, total: Any, squares: Any, *marks: Any) -> Scores:
    return Scores(name, int(count), int(total), int(squares), _given(zip(MARKS, marks, strict=True)), example)


def _given(marks: Iterable[tuple[int, Any]]) -> Mapping[int, int]:
    return {mark: int(count) for mark, count in marks if count}


def _both(one: Scores, other: Scores) -> Scores:
    marks = ((mark, one.marks.get(mark, 0) + other.marks.get(mark, 0)) for mark in MARKS)
    return Scores(
        one.question,
        one.count + other.count,
        one.total + other.total,
        one.squares + other.squares,
        _given(marks),
        max(one.example, other.example),
    )

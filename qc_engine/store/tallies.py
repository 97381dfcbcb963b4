"""The figures of analytics, counted from the facts. One definition of every number, for page, list and files.

- Asked: a case whose first question a channel has taken; once, however often the question was repeated, and
  whether or not it then arrived. It belongs to the day on which that happened for the first time, where the
  branch is. A deal that is surveyed again is another case.
- Answered: an asked case with at least one score. What a client writes after the end of the case is no score,
  so who answers too late has not answered. A score that is corrected counts as corrected.
- Response rate: answered of asked, both only of settled days, those that are at least SETTLES old: before,
  many have not had the time to answer.
- Average: the mean of the cases' averages; a case's average is the mean of the scores that there are.
- Clicked: a person, not a machine, opened a review page of the case. Reviewed: a manager says now that the
  review exists.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlmodel import Session, col

from qc_engine.core.figures.tally import Tally
from qc_engine.store.fact_tables import FactRow, ScoreRow

Branches = Collection[tuple[str, str]] | None  # (portal, branch); None: every one
Column: TypeAlias = SQLColumnExpression[Any]
SETTLES = timedelta(days=3)
MARK, ANSWERED = col(FactRow.mark), col(FactRow.average_in_thousandths).is_not(None)
REACHED: Mapping[str, Column] = {
    "asked": true(),
    "answered": ANSWERED,
    "silent": ~ANSWERED,
    "clicked": col(FactRow.clicked),
    "reviewed": col(FactRow.review_day).is_not(None),
}


@dataclass(frozen=True)
class Wanted:
    """Which asked cases; an empty field narrows nothing. Both days of a period are in it."""

    since: date | None = None
    until: date | None = None
    portal: str = ""
    branch: str = ""
    scenario: str = ""
    employee: str | None = None  # "": of whom nobody knows who served them
    service: str | None = None
    weekday: int | None = None  # 0 is Monday
    question: str = ""  # with a score for this one
    mark: int | None = None  # of that question; without one, of the case's average
    reached: str = "asked"  # one of REACHED
    review_since: date | None = None
    review_until: date | None = None

    def conditions(self) -> list[Column]:
        """Raises KeyError where `reached` is none that there is."""
        same = {
            FactRow.portal: self.portal or None, FactRow.branch: self.branch or None,
            FactRow.scenario: self.scenario or None, FactRow.employee: self.employee,
            FactRow.service: self.service, FactRow.weekday: self.weekday,
        }  # fmt: skip
        found: list[Column] = [col(column) == value for column, value in same.items() if value is not None]
        found += _between(col(FactRow.day), self.since, self.until)
        found += _between(col(FactRow.review_day), self.review_since, self.review_until)
        found += [REACHED[self.reached]] if self.reached != "asked" else []
        return [*found, *self._marked()]

    def _marked(self) -> list[Column]:
        if self.question:
            of = [col(ScoreRow.case_id) == col(FactRow.case_id), col(ScoreRow.question) == self.question]
            return [
                exists().where(*of, *([col(ScoreRow.mark) == self.mark] if self.mark is not None else ()))
            ]
        return [] if self.mark is None else [MARK.is_not_distinct_from(self.mark)]


@dataclass(frozen=True)
class Scores:
    """Of one question under one mark; in thousandths, the squares in millionths."""

    question: str
    mark: int
    count: int
    total: int
    squares: int
    example: str  # one of these cases


def case_ids(wanted: Wanted) -> Select[Any]:
    """The cases that make a number, for a list of them."""
    return select(col(FactRow.case_id)).where(*wanted.conditions())


def by_day(
    session: Session, wanted: Wanted, branches: Branches, settled: date
) -> Sequence[tuple[str, str, date, Tally]]:
    """Portal, branch, day. `settled`: the last settled day."""
    keys = (col(FactRow.portal), col(FactRow.branch), col(FactRow.day))
    rows = session.execute(_grouped(keys, wanted, branches, settled)).all()
    return [(portal, branch, day, _tally(numbers)) for portal, branch, day, *numbers in rows]


def by_service(
    session: Session, wanted: Wanted, branches: Branches, settled: date
) -> Sequence[tuple[str, str, int | None, Tally]]:
    """Employee, service, mark of the average (None: not answered)."""
    keys = (col(FactRow.employee), col(FactRow.service), MARK)
    rows = session.execute(_grouped(keys, wanted, branches, settled)).all()
    return [(employee, service, mark, _tally(numbers)) for employee, service, mark, *numbers in rows]


def by_question(session: Session, wanted: Wanted, branches: Branches) -> Sequence[Scores]:
    """By question and mark."""
    value = col(ScoreRow.value_in_thousandths)
    query = (
        select(
            col(ScoreRow.question), col(ScoreRow.mark), func.count(), func.sum(value),
            func.sum(value * value), func.max(col(ScoreRow.case_id)),
        )
        .join(FactRow, col(FactRow.case_id) == col(ScoreRow.case_id))
        .where(*_between(col(ScoreRow.day), wanted.since, wanted.until))
        .where(*wanted.conditions(), within(branches))
        .group_by(col(ScoreRow.question), col(ScoreRow.mark))
    )  # fmt: skip
    rows = session.execute(query).all()
    return [
        Scores(question, mark, count, int(total), int(squares), example)
        for question, mark, count, total, squares, example in rows
    ]


def within(branches: Branches) -> ColumnElement[bool]:
    """As casebook.within, of facts. Of one branch, or none, it may lead the query by the index."""
    if branches is None:
        return true()
    at = (
        and_(col(FactRow.portal) == portal, col(FactRow.branch) == branch)
        for portal, branch in sorted(branches)
    )
    return or_(false(), *at)


def _grouped(keys: Sequence[Column], wanted: Wanted, branches: Branches, settled: date) -> Select[Any]:
    average, is_settled = col(FactRow.average_in_thousandths), col(FactRow.day) <= settled
    counts = (
        func.count(),
        func.count(average),
        _count(is_settled),
        _count(and_(is_settled, ANSWERED)),
        func.coalesce(func.sum(average), 0),
        func.coalesce(func.sum(average * average), 0),
        _count(REACHED["clicked"]),
        func.count(col(FactRow.review_day)),
    )
    return select(*keys, *counts).where(*wanted.conditions(), within(branches)).group_by(*keys)


def _tally(numbers: Iterable[Any]) -> Tally:
    """A database may give sums of whole numbers back as decimals."""
    return Tally(*map(int, numbers))


def _count(condition: Column) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _between(column: Column, since: date | None, until: date | None) -> list[Column]:
    return [*([column >= since] if since else ()), *([column <= until] if until else ())]

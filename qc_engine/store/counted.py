"""What is counted of cases, said once for facts and for their rollups: both come to the same numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import FromClause, SQLColumnExpression, case, func, join, literal_column
from sqlmodel import SQLModel, col

from qc_engine.core.figures.marks import EMPLOYEE, MARKS, SERVICE
from qc_engine.store.fact_tables import FactRow, ScoreRow
from qc_engine.store.rollup_tables import DayRollup, QuestionRollup, ServedRollup

Column: TypeAlias = SQLColumnExpression[Any]
Columns: TypeAlias = Mapping[str, Column]
Sums: TypeAlias = Callable[[Columns], Sequence[Column]]
ONE: Column = literal_column("1")
PLACE: Columns = {name: col(getattr(FactRow, name)) for name in ("day", "portal", "branch")}
UNROLLED = ~col(FactRow.rolled)
MARK_NAMES = tuple(f"mark_{mark}" for mark in MARKS)
HIGHEST = "example"  # of which the highest is kept; everything else is added up


@dataclass(frozen=True)
class Counted:
    """Columns by the names that they have in the rollup; `keys` and `sums` are those of one fact."""

    rollup: type[SQLModel]
    facts: FromClause
    keys: Columns
    sums: Columns
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_facts(self) -> Columns:
        return {**self.keys, **self.sums}

    @property
    def of_rollup(self) -> Columns:
        return {name: col(getattr(self.rollup, name)) for name in self.of_facts}

    @property
    def table(self) -> FromClause:
        return self.rollup.__table__  # type: ignore[attr-defined,no-any-return]

    @property
    def is_this(self) -> list[Column]:
        """What tells its rows in the rollup from those of others."""
        return [col(getattr(self.rollup, name)) == value for name, value in self.fixed.items()]


def _marked(mark: Column) -> Columns:
    return {name: _is(mark == number) for name, number in zip(MARK_NAMES, MARKS, strict=True)}


def _is(condition: Column) -> Column:
    return case((condition, 1), else_=0)


_facts: FromClause = FactRow.__table__  # type: ignore[attr-defined]
_scores: FromClause = ScoreRow.__table__  # type: ignore[attr-defined]
_average, _value = col(FactRow.average_in_thousandths), col(ScoreRow.value_in_thousandths)
_KEYS: Columns = {**PLACE, "scenario": col(FactRow.scenario)}
_CASES: Columns = {
    "asked": ONE,
    "answered": _is(_average.is_not(None)),
    "total": func.coalesce(_average, 0),
    "squares": func.coalesce(_average * _average, 0),
    "clicked": _is(col(FactRow.clicked)),
    "reviewed": _is(col(FactRow.review_day).is_not(None)),
}
DAYS = Counted(
    DayRollup, _facts, {**_KEYS, "weekday": col(FactRow.weekday)}, {**_CASES, **_marked(col(FactRow.mark))}
)
EMPLOYEES, SERVICES = (
    Counted(ServedRollup, _facts, {**_KEYS, "name": col(column)}, _CASES, {"kind": kind})
    for kind, column in ((EMPLOYEE, FactRow.employee), (SERVICE, FactRow.service))
)
QUESTIONS = Counted(
    QuestionRollup,
    join(_scores, _facts, col(ScoreRow.case_id) == col(FactRow.case_id)),
    {**_KEYS, "question": col(ScoreRow.question)},
    {
        "scores": ONE, "total": _value, "squares": _value * _value, **_marked(col(ScoreRow.mark)),
        HIGHEST: col(ScoreRow.case_id),
    },
)  # fmt: skip
EVERY = (DAYS, EMPLOYEES, SERVICES, QUESTIONS)


def together(of: Counted, columns: Columns) -> Mapping[str, Column]:
    """What a row of the rollup has beside its keys."""
    return {name: (func.max if name == HIGHEST else func.sum)(columns[name]) for name in of.sums}


def added(column: Column) -> Column:
    """0 where nothing is to be added up."""
    return func.coalesce(func.sum(column), 0)

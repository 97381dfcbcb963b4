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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, or_, select, true
from sqlmodel import Session, col

from qc_engine.core.figures import tally
from qc_engine.core.figures.tally import Tally
from qc_engine.store import summing
from qc_engine.store.counted import (
    DAYS,
    EMPLOYEES,
    QUESTIONS,
    SERVICES,
    Column,
    Columns,
    Counted,
    Sums,
    added,
)
from qc_engine.store.fact_tables import FactRow, ScoreRow
from qc_engine.store.summing import Summing

Branches = Collection[tuple[str, str]] | None  # (portal, branch); None: every one
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

    @property
    def is_plain(self) -> bool:
        """Is it narrowed by nothing but what rollups tell apart?"""
        return self == Wanted(self.since, self.until, self.portal, self.branch, self.scenario)

    def conditions(self) -> list[Column]:
        """Raises KeyError where `reached` is none that there is."""
        same = {
            FactRow.employee: self.employee, FactRow.service: self.service, FactRow.weekday: self.weekday,
        }  # fmt: skip
        found: list[Column] = [col(column) == value for column, value in same.items() if value is not None]
        found += _between(col(FactRow.day), self.since, self.until)
        found += _between(col(FactRow.review_day), self.review_since, self.review_until)
        found += [REACHED[self.reached]] if self.reached != "asked" else []
        return [*self.in_place(DAYS.of_facts), *found, *self._marked()]

    def in_place(self, of: Columns) -> list[Column]:
        """Without the period; over the columns of facts, or over those of a rollup."""
        same = {"portal": self.portal, "branch": self.branch, "scenario": self.scenario}
        return [of[name] == value for name, value in same.items() if value]

    def _marked(self) -> list[Column]:
        if self.question:
            of = [col(ScoreRow.case_id) == col(FactRow.case_id), col(ScoreRow.question) == self.question]
            return [
                exists().where(*of, *([col(ScoreRow.mark) == self.mark] if self.mark is not None else ()))
            ]
        return [] if self.mark is None else [MARK.is_not_distinct_from(self.mark)]


def case_ids(wanted: Wanted) -> Select[Any]:
    """The cases that make a number, for a list of them."""
    return select(col(FactRow.case_id)).where(*wanted.conditions())


def by_day(
    session: Session, wanted: Wanted, branches: Branches, settled: date
) -> Sequence[tuple[str, str, date, Tally]]:
    """Portal, branch, day. `settled`: the last settled day."""
    found = _tallies(session, DAYS, ("portal", "branch", "day"), wanted, branches, settled)
    return [(portal, branch, day, one) for (portal, branch, day), one in found.items()]


def by_weekday(
    session: Session, wanted: Wanted, branches: Branches, settled: date
) -> Sequence[tuple[str, str, int, Tally]]:
    """Portal, branch, weekday."""
    # In this order, lest they be grouped by an index over branches, which takes longer than to sort.
    found = _tallies(session, DAYS, ("weekday", "portal", "branch"), wanted, branches, settled)
    return [(portal, branch, day, one) for (day, portal, branch), one in found.items()]


def by_employee(session: Session, wanted: Wanted, branches: Branches, settled: date) -> Mapping[str, Tally]:
    found = _tallies(session, EMPLOYEES, ("name",), wanted, branches, settled)
    return {name: one for (name,), one in found.items()}


def by_service(session: Session, wanted: Wanted, branches: Branches, settled: date) -> Mapping[str, Tally]:
    found = _tallies(session, SERVICES, ("name",), wanted, branches, settled)
    return {name: one for (name,), one in found.items()}


def within(branches: Branches, of: Columns = DAYS.of_facts) -> ColumnElement[bool]:
    """As casebook.within, of facts. Of one branch, or none, it may lead the query by the index."""
    if branches is None:
        return true()
    at = (and_(of["portal"] == portal, of["branch"] == branch) for portal, branch in sorted(branches))
    return or_(false(), *at)


def read(
    session: Session, of: Counted, keys: Sequence[str], sums: Sums, wanted: Wanted, branches: Branches,
    settled: date | None = None,
) -> Sequence[Any]:  # fmt: skip
    """Rows of `keys` and `sums`, from rollups where they tell these cases apart; one key may come twice."""
    if wanted.is_plain:
        columns = (of.of_facts, of.of_rollup)
        facts, rollup = ([*wanted.in_place(one), within(branches, one)] for one in columns)
        one = Summing(of, keys, sums, facts, rollup)
        return summing.of_period(session, one, wanted.since, wanted.until, settled)
    wanted = _without_idle_ends(session, wanted)
    # A period of scores is read without the other ones.
    narrow = _between(col(ScoreRow.day), wanted.since, wanted.until) if of is QUESTIONS else []
    narrowed = [*wanted.conditions(), within(branches), *narrow]
    return summing.of_facts(session, Summing(of, keys, sums, narrowed, ()))


def _without_idle_ends(session: Session, wanted: Wanted) -> Wanted:
    """An end that leaves nothing out would lead to every row by the index over days: a detour."""
    known, since, until = summing.all_days(session), wanted.since, wanted.until
    if known is None:
        return wanted
    return replace(
        wanted,
        since=None if since and since <= known.first else since,
        until=None if until and until >= known.last else until,
    )


def _tallies(
    session: Session, of: Counted, keys: Sequence[str], wanted: Wanted, branches: Branches, settled: date
) -> Mapping[tuple[Any, ...], Tally]:
    rows = read(session, of, keys, partial(_cases, settled), wanted, branches, settled)
    n = len(keys)
    # A database may give sums of whole numbers back as decimals.
    return tally.added(rows, lambda row: tuple(row[:n]), lambda row: Tally(*map(int, row[n:])))


def _cases(settled: date, of: Columns) -> Sequence[Column]:
    """In the order of a tally."""
    is_settled = of["day"] <= settled
    return [
        added(of["asked"]), added(of["answered"]),
        added(case((is_settled, of["asked"]), else_=0)), added(case((is_settled, of["answered"]), else_=0)),
        *(added(of[name]) for name in ("total", "squares", "clicked", "reviewed")),
    ]  # fmt: skip


def _between(column: Column, since: date | None, until: date | None) -> list[Column]:
    return [*([column >= since] if since else ()), *([column <= until] if until else ())]

"""Numbers of a period: from rollups, and from the facts where a rollup does not know everything yet.

Whole months without any news come from their rollups. Of the other days, that of a branch comes from its
rollup while every one of its facts is rolled; as soon as one is not, it is counted from its facts. Rollups
may be late, and no number is ever wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, select, union_all
from sqlmodel import Session, col

from qc_engine.core.figures.pieces import Days, pieces
from qc_engine.store.counted import PLACE, UNROLLED, Column, Columns, Counted, Sums
from qc_engine.store.fact_tables import FactRow

DAY = col(FactRow.day)


@dataclass(frozen=True)
class Summing:
    """Which columns are told apart by, what is added up, and where; `facts` and `rollup` say the same."""

    of: Counted
    keys: Sequence[str]
    sums: Sums
    facts: Sequence[Column]
    rollup: Sequence[Column]


@dataclass(frozen=True)
class Known:
    """Of all facts: the first and the last day, and those on which some rollup does not know everything."""

    first: date
    last: date
    news: Sequence[date]


def of_facts(session: Session, one: Summing) -> Sequence[Any]:
    """Rows of keys and sums."""
    return session.execute(_grouped(one, one.of.of_facts, one.of.facts).where(*one.facts)).all()


def of_period(
    session: Session, one: Summing, since: date | None, until: date | None, apart: date | None
) -> Sequence[Any]:
    """The same, and one key may come several times. `apart`: a day on which something changes its meaning."""
    known = all_days(session)
    if known is None:
        return []
    first, last = max(since or known.first, known.first), min(until or known.last, known.last)
    if "day" in one.keys:
        months, days = _no_months(first, last)
    else:
        months, days = pieces(first, last, {*known.news, *([apart] if apart else ())})
    parts = [
        *([_of_months(one, months)] if months else ()),
        *(part for some in days for part in _of(one, some)),
    ]
    # In one statement, lest a day be rolled between two of them.
    return session.execute(union_all(*parts)).all() if parts else []


def all_days(session: Session) -> Known | None:
    """None where there are no facts."""
    # Each end in a query of its own: of both together SQLite reads every row.
    ends = (select(literal(name), end(DAY)) for name, end in (("first", func.min), ("last", func.max)))
    news = select(literal("news"), DAY).where(UNROLLED).distinct()
    found: dict[str, list[date]] = {}
    for name, day in session.execute(union_all(*ends, news)):
        found.setdefault(name, []).append(day)
    (first,), (last,) = found["first"], found["last"]
    return Known(first, last, found.get("news", [])) if first else None


def _no_months(first: date, last: date) -> tuple[Sequence[date], Sequence[Days]]:
    return (), [(first, last)] if first <= last else []


def _of_months(one: Summing, months: Sequence[date]) -> Select[Any]:
    return _rolled(one, True).where(one.of.of_rollup["day"].in_(months))


def _of(one: Summing, days: Days) -> Iterator[Select[Any]]:
    rollup, news = one.of.of_rollup, select(*PLACE.values()).where(UNROLLED, DAY.between(*days)).distinct()
    known = ~exists().where(UNROLLED, *(PLACE[name] == rollup[name] for name in PLACE))
    yield _rolled(one, False).where(rollup["day"].between(*days), known)
    changed = news.subquery()
    there = and_(*(changed.c[name] == column for name, column in PLACE.items()))
    yield _grouped(one, one.of.of_facts, one.of.facts.join(changed, there)).where(*one.facts)


def _rolled(one: Summing, is_month: bool) -> Select[Any]:
    found = _grouped(one, one.of.of_rollup, one.of.table)
    kind = col(one.of.rollup.is_month)  # type: ignore[attr-defined]
    return found.where(kind if is_month else ~kind, *one.of.is_this, *one.rollup)


def _grouped(one: Summing, columns: Columns, of: Any) -> Select[Any]:
    by = [columns[name] for name in one.keys]
    return select(*by, *one.sums(columns)).select_from(of).group_by(*by)

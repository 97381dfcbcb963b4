"""Are rollups what their facts are? Some months are counted both ways."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.core.figures.pieces import first_of, last_of
from qc_engine.store.counted import EVERY, Columns, Counted, together
from qc_engine.store.summing import Summing, all_days, of_facts, of_period

LOOKS = 2  # whoever saves a case between two counts makes them differ once


def differing(session: Session, most: int = 3) -> Sequence[date]:
    """The first days of the months whose numbers come out otherwise, of so many spread over all years."""
    known = all_days(session)
    months = list(_months(known.first, known.last)) if known else []
    step = max(1, -(-(len(months) - 1) // max(most - 1, 1)))
    return [month for month in sorted({*months[::step], *months[-1:]}) if _is_other(session, month)]


def _months(first: date, last: date) -> Iterator[date]:
    month = first_of(first)
    while month <= last:
        yield month
        month = last_of(month) + timedelta(days=1)


def _is_other(session: Session, month: date) -> bool:
    ways = [(of, by_day) for of in EVERY for by_day in (False, True)]
    return any(all(_differs(session, *way, month) for _ in range(LOOKS)) for way in ways)


def _differs(session: Session, of: Counted, by_day: bool, month: date) -> bool:
    def sums(columns: Columns) -> Sequence[Any]:
        return list(together(of, columns).values())

    keys = [name for name in of.keys if by_day or name != "day"]
    days = (month, last_of(month))
    one = Summing(of, keys, sums, (of.of_facts["day"].between(*days),), ())
    told = of_period(session, one, *days, None)
    return _added(told, len(keys)) != _added(of_facts(session, one), len(keys))


def _added(rows: Iterable[Any], keys: int) -> Mapping[Any, Sequence[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in rows:
        key, numbers = tuple(row[:keys]), list(row[keys:])
        found[key] = [*map(_both, found[key], numbers)] if key in found else numbers
    return found


def _both(one: Any, other: Any) -> Any:
    return max(one, other) if isinstance(one, str) else one + other

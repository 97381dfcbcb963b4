"""Rollups follow the facts: after any change a day of a branch is added up again, and its month with it."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import delete, func, insert, literal, select, tuple_, update
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, SQLModel, col

from qc_engine.core.figures.pieces import Days, first_of, last_of
from qc_engine.store.counted import EVERY, UNROLLED, Column, Columns, Counted, together
from qc_engine.store.fact_tables import FactRow
from qc_engine.store.lock import has_turn, wait_for_turn

TURN = "rollups"
TABLES: Sequence[type[SQLModel]] = list({one.rollup: None for one in EVERY})
Place = tuple[str, str]  # portal, branch
Places = Collection[Place] | None  # None: all of them


def roll(session: Session, until: date) -> int:
    """Adds up the oldest day, not after `until`, of which its rollups do not know everything.

    How many facts they did not know; 0: nothing is left, or somebody else is at it.
    """
    if not has_turn(session, TURN):
        return 0
    day = session.execute(select(func.min(col(FactRow.day))).where(UNROLLED)).scalar()
    if day is None or day > until:
        return 0
    news = _taken(session, day)
    if news:
        _add_up(session, day, set(news))
    return len(news)


def is_news(row: FactRow) -> None:
    """What a rollup knows of this case is not true any more."""
    row.rolled = False
    # Said even where it was so when the row was read: it may have been rolled since.
    flag_modified(row, "rolled")


def has_left(session: Session, portal: str, branch: str, day: date) -> None:
    """A case that counted here counts elsewhere now: perhaps nothing is left here that could tell."""
    wait_for_turn(session, TURN)
    session.flush()
    _add_up(session, day, {(portal, branch)})


def again(session: Session, after: date) -> date | None:
    """Adds up the next day after this one, whatever its rollups know. That day; None when there is none."""
    wait_for_turn(session, TURN)
    columns = [col(FactRow.day), *(_column(table, "day") for table in TABLES)]
    found = [session.execute(select(func.min(day)).where(day > after)).scalar() for day in columns]
    following = min((day for day in found if day), default=None)
    if following:
        _add_up(session, following, None)
    return following


def _taken(session: Session, day: date) -> Sequence[Place]:
    """Where each fact was asked that is marked as rolled now."""
    # Whoever saves a case at this moment is not waited for: their news are of the next time.
    news = select(col(FactRow.case_id)).where(UNROLLED, col(FactRow.day) == day)
    rolled = (
        update(FactRow)
        .where(col(FactRow.case_id).in_(news.with_for_update(skip_locked=True)))
        .values(rolled=True)
        .returning(col(FactRow.portal), col(FactRow.branch))
        .execution_options(synchronize_session=False)
    )
    return [(portal, branch) for portal, branch in session.execute(rolled).all()]


# --- adding up --------------------------------------------------------------------------------


def _add_up(session: Session, day: date, places: Places) -> None:
    month = (first_of(day), last_of(first_of(day)))
    for table in TABLES:
        _remove(session, table, False, day, places)
        _remove(session, table, True, month[0], places)
    for one in EVERY:
        _write(session, one, False, one.of_facts, (), (day, day), places)
        # From its days, so that it is what they are.
        of_days = (~_column(one.rollup, "is_month"), *one.is_this)
        _write(session, one, True, one.of_rollup, of_days, month, places)


def _remove(session: Session, table: type[SQLModel], is_month: bool, day: date, places: Places) -> None:
    columns = {name: _column(table, name) for name in ("day", "portal", "branch")}
    rows = (_column(table, "is_month") == is_month, *_there(columns, (day, day), places))
    session.execute(delete(table).where(*rows))


def _write(
    session: Session, one: Counted, is_month: bool, columns: Columns, which: Sequence[Column], days: Days,
    places: Places,
) -> None:  # fmt: skip
    by = {name: columns[name] for name in one.keys if name != "day"}
    told = {
        **by, **together(one, columns), "is_month": literal(is_month), "day": literal(days[0]),
        **{name: literal(value) for name, value in one.fixed.items()},
    }  # fmt: skip
    source = select(*told.values()).select_from(one.facts if not is_month else one.table)
    there = source.where(*which, *_there(columns, days, places)).group_by(*by.values())
    session.execute(insert(one.rollup).from_select(list(told), there))


def _there(columns: Columns, days: Days, places: Places) -> Sequence[Column]:
    on = columns["day"].between(*days)
    if places is None:
        return [on]
    return [on, tuple_(columns["portal"], columns["branch"]).in_(sorted(places))]


def _column(table: type[SQLModel], name: str) -> Column:
    return col(getattr(table, name))

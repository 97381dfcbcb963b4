"""Figures for machines that watch: each is bounded by a partial index or by the rows of one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, select, text, true
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col

from qc_engine.core.case import State
from qc_engine.store import inbox, outbox, scenarios
from qc_engine.store.fact_tables import FactRow
from qc_engine.store.tables import CaseRow, ClickRow, EffectRow, InboxRow

# The very words of the partial indexes' conditions: SQLite finds them by nothing else.
NOT_ENDED = text("cases.state <> 'ended'")
OF_EFFECTS = (outbox.READY, outbox.LEASED, outbox.FOR_A_PERSON)
OPEN = col(InboxRow.processed_at).is_(None)
Counts = dict[tuple[str, ...], int]
Column = ColumnElement[Any] | Mapped[Any]


@dataclass(frozen=True)
class Waiting:
    """What could happen now, and since when the oldest of it could."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """Cases whose first question left lately, and what came back."""

    asked: int
    answered: int
    clicked: int


# --- now --------------------------------------------------------------------------------------


def open_effects(session: Session) -> Counts:
    """By lane and state; those that are done or were cancelled are not among them."""
    by = (col(EffectRow.lane), col(EffectRow.state))
    found: Counts = {}
    for which in OF_EFFECTS:
        rows = session.execute(select(*by, func.count()).where(which).group_by(*by)).all()
        found |= {(lane, state): count for lane, state, count in rows}
    return found


def due_effects(session: Session, now: datetime) -> dict[str, Waiting]:
    """By lane, what could leave if there were room; nothing of what a person lets stand still."""
    still: ColumnElement[bool] = false()
    if scenarios.anything_stands_still(session):
        still = scenarios.frozen_case(col(EffectRow.case_id))
    rows = session.execute(
        select(col(EffectRow.lane), func.count(), func.min(EffectRow.run_at))
        .where(outbox.READY, col(EffectRow.run_at) <= now, ~still)
        .group_by(col(EffectRow.lane))
    ).all()
    return {lane: Waiting(count, since) for lane, count, since in rows}


def due_arrivals(session: Session, now: datetime) -> Waiting:
    """Facts and hints that somebody should have handled by now."""
    count, since = session.execute(
        select(func.count(), func.min(InboxRow.process_at)).where(OPEN, col(InboxRow.process_at) <= now)
    ).one()
    return Waiting(count, since)


def quarantined(session: Session) -> int:
    """Events that a person has to look at."""
    found = select(func.count()).select_from(InboxRow).where(inbox.QUARANTINED)
    return int(session.execute(found).scalar_one())


def open_cases(session: Session) -> Counts:
    """By state; a state without cases is there too."""
    state = col(CaseRow.state)
    rows = session.execute(select(state, func.count()).where(NOT_ENDED).group_by(state)).all()
    return {(State.WAITING,): 0, (State.ACTIVE,): 0} | {(name,): count for name, count in rows}


def due_cases(session: Session, now: datetime) -> Waiting:
    """Cases whose time has come and that nobody has woken; nothing of what a person lets stand still."""
    still: ColumnElement[bool] = false()
    if scenarios.any_frozen(session):
        still = scenarios.frozen_scenario()
    due = and_(col(CaseRow.wake_at).is_not(None), col(CaseRow.wake_at) <= now)
    count, since = session.execute(
        select(func.count(), func.min(CaseRow.wake_at)).where(due, col(CaseRow.still_since).is_(None), ~still)
    ).one()
    return Waiting(count, since)


# --- of a day ---------------------------------------------------------------------------------


def arrivals_since(session: Session, since: datetime) -> Counts:
    """What came in, by the event's type and what became of it."""
    by = (col(InboxRow.kind), func.coalesce(func.nullif(InboxRow.result, ""), "open"))
    return _counted(session, InboxRow, "received_at", since, by)


def effects_since(session: Session, since: datetime) -> Counts:
    """What was planned, by lane and the state it has now."""
    return _counted(session, EffectRow, "created_at", since, (col(EffectRow.lane), col(EffectRow.state)))


def visits_since(session: Session, since: datetime) -> Counts:
    """Openings of review links, by whom we took the visitor for."""
    return _counted(session, ClickRow, "at", since, (col(ClickRow.grade),))


def begun_since(session: Session, since: datetime) -> int:
    """Cases that began."""
    begun = select(func.count()).select_from(CaseRow).where(col(CaseRow.created_at) > since)
    return int(session.execute(begun).scalar_one())


def asked_since(session: Session, since: datetime) -> Asked:
    """Cases whose first question left, whether they were answered and their review page opened."""
    asked, answered, clicked = session.execute(
        select(
            func.count(),
            func.count(col(FactRow.mark)),
            func.count().filter(col(FactRow.clicked) == true()),
        ).where(*_lately(since))
    ).one()
    return Asked(asked, answered, clicked)


def marks_since(session: Session, since: datetime) -> Counts:
    """The same cases by the whole number under the average of their scores."""
    mark = col(FactRow.mark)
    rows = session.execute(
        select(mark, func.count()).where(*_lately(since), mark.is_not(None)).group_by(mark)
    ).all()
    return {(str(value),): count for value, count in rows}


def _lately(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """The day is that of the branch, which may be a day ahead of or behind ours."""
    earliest = (since - timedelta(days=1)).date()
    return col(FactRow.day) >= earliest, col(FactRow.asked_at) > since


def _counted(
    session: Session, table: type[SQLModel], at: str, since: datetime, by: Sequence[Column]
) -> Counts:
    """Looks at the rows since then alone: numbers grow with time."""
    number, moment = (col(getattr(table, name)) for name in ("id", at))
    before = session.execute(select(number).where(moment <= since).order_by(number.desc()).limit(1)).scalar()
    rows = session.execute(select(*by, func.count()).where(number > (before or 0)).group_by(*by)).all()
    return {tuple(str(one) for one in row[:-1]): row[-1] for row in rows}

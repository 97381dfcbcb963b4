"""What the watch asks the tables: bounded by an index, by a page, or by the rows of a span of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from qc_engine.core.case import State
from qc_engine.core.effects import CreateDeal, CreateTask, SendMessage
from qc_engine.core.events import DealChanged, EffectDone, TimerDue
from qc_engine.store import outbox
from qc_engine.store.scenarios import frozen_scenario
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow

PAGE = 100
ENTERED = "look:history:"  # a hint that a deal entered a start stage, by the CRM's history


def _same(column: str, value: str) -> ColumnElement[bool]:
    """Equality that leads nowhere: SQLite would rather walk all rows of a portal than the few we ask for."""
    return func.coalesce(column, "") == value


# --- cases and what they made -----------------------------------------------------------------


def open_cases(session: Session, portal: str, after: str, limit: int, *states: State) -> Sequence[CaseRow]:
    """The next cases that are not over, by their ids."""
    wanted = states or (State.WAITING, State.ACTIVE)
    return session.exec(
        select(CaseRow)
        .where(_same(CaseRow.portal, portal), col(CaseRow.state).in_(wanted), CaseRow.id > after)
        .order_by(col(CaseRow.id))
        .limit(limit)
    ).all()


def made_by(session: Session, case_ids: Sequence[str]) -> Sequence[EffectRow]:
    """The tasks and deals that these cases made, whose numbers are known."""
    return session.exec(
        select(EffectRow)
        .where(col(EffectRow.case_id).in_(case_ids), EffectRow.state == outbox.DONE, EffectRow.result != "")
        .where(col(EffectRow.kind).in_((CreateTask.__name__, CreateDeal.__name__)))
        .order_by(col(EffectRow.id))
    ).all()


# --- the inbox --------------------------------------------------------------------------------


def is_waiting(session: Session, source: str, key: str) -> bool:
    """Does this event stand in the inbox, not handled yet?"""
    found = select(InboxRow.id).where(
        InboxRow.source == source, InboxRow.key == key, col(InboxRow.processed_at).is_(None)
    )
    return session.exec(found).first() is not None


def first_since(session: Session, since: datetime) -> int:
    """The number after which the inbox holds what came in since then: looks only at those rows."""
    older = select(InboxRow.id).where(InboxRow.received_at < since).order_by(col(InboxRow.id).desc())
    return session.exec(older.limit(1)).first() or 0


def entered_and_looked_at(session: Session, source: str, after: int, limit: int) -> Sequence[InboxRow]:
    """Hints of deals that entered a start stage, already looked at."""
    return session.exec(
        select(InboxRow)
        .where(col(InboxRow.id) > after, _same(InboxRow.source, source))
        .where(InboxRow.kind == DealChanged.__name__, col(InboxRow.key).startswith(ENTERED))
        .where(col(InboxRow.processed_at).is_not(None))
        .order_by(col(InboxRow.id))
        .limit(limit)
    ).all()


def last_from(session: Session, source: str, since: datetime) -> datetime | None:
    """When this sender last told us anything, if that was since then."""
    told = select(InboxRow.received_at).where(
        col(InboxRow.id) > first_since(session, since), _same(InboxRow.source, source)
    )
    return session.exec(told.order_by(col(InboxRow.id).desc()).limit(1)).first()


def ever_from(session: Session, source: str) -> bool:
    """Has this sender ever told us anything?"""
    return session.exec(select(InboxRow.id).where(InboxRow.source == source).limit(1)).first() is not None


def timers_since(session: Session, since: datetime) -> Iterator[InboxRow]:
    """Timers that rang since then, the newest first, read page by page."""
    yield from _newest_first(session, TimerDue.__name__, first_since(session, since))


def told_done_since(session: Session, since: datetime) -> Iterator[InboxRow]:
    """News of questions and tasks that reached the outside since then, the newest first."""
    yield from _newest_first(session, EffectDone.__name__, first_since(session, since))


def _newest_first(session: Session, kind: str, after: int) -> Iterator[InboxRow]:
    before: int | None = None
    while True:
        page = select(InboxRow).where(col(InboxRow.id) > after, InboxRow.kind == kind)
        page = page.where(col(InboxRow.id) < before) if before else page
        rows = session.exec(page.order_by(col(InboxRow.id).desc()).limit(PAGE)).all()
        yield from rows
        if len(rows) < PAGE:
            return
        before = rows[-1].id


# --- effects ----------------------------------------------------------------------------------


def first_question(session: Session, case_id: str) -> EffectRow | None:
    """The message with which a case began to ask."""
    messages = session.exec(
        select(EffectRow)
        .where(EffectRow.case_id == case_id, EffectRow.kind == SendMessage.__name__)
        .order_by(col(EffectRow.id))
    ).all()
    return next((one for one in messages if one.payload.get("question")), None)


@dataclass(frozen=True)
class Stuck:
    """Effects that have been open for long, of one kind and for one reason."""

    kind: str
    lane: str
    error: str
    count: int
    since: datetime


def stuck(session: Session, portal: str, now: datetime, age: timedelta, limit: int) -> Sequence[Stuck]:
    """Effects of this portal that are older than `age` and still open, unless a gate holds them back."""
    held_back = and_(col(EffectRow.error).startswith("gate."), col(EffectRow.run_at) > now)
    found = [
        one
        for open_now in (outbox.READY, outbox.LEASED)
        for one in session.execute(
            select(
                EffectRow.kind, EffectRow.lane, EffectRow.error, func.count(), func.min(EffectRow.created_at)
            )  # type: ignore[call-overload]
            .join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id))
            .where(open_now, EffectRow.created_at < now - age, _same(CaseRow.portal, portal), ~held_back)
            .where(~frozen_scenario(), col(CaseRow.still_since).is_(None))
            .group_by(EffectRow.kind, EffectRow.lane, EffectRow.error)
        ).all()
    ]
    return [Stuck(*one) for one in sorted(found, key=lambda one: -one[3])[:limit]]


@dataclass(frozen=True)
class Queue:
    """What waits in one lane, of one kind."""

    lane: str
    kind: str
    now: int  # could leave at once if there were room
    later: int  # has a moment before which it will not be tried
    urgent: int  # of those that could leave
    oldest: datetime | None  # of those that could leave: when it was planned


def queues(session: Session, now: datetime, urgent_below: int) -> Sequence[Queue]:
    """Every lane in which something is open, by kind."""
    due = col(EffectRow.run_at) <= now
    counted = (
        EffectRow.lane,
        EffectRow.kind,
        func.count().filter(due),
        func.count().filter(~due),
        func.count().filter(and_(due, col(EffectRow.priority) < urgent_below)),
        func.min(EffectRow.created_at).filter(due),
    )
    return [
        Queue(*row)
        for open_now in (outbox.READY, outbox.LEASED)
        for row in session.execute(
            select(*counted).where(open_now).group_by(EffectRow.lane, EffectRow.kind)  # type: ignore[call-overload]
        ).all()
    ]


def overdue(session: Session, portal: str, since: datetime, until: datetime, limit: int) -> Sequence[CaseRow]:
    """Cases whose time came in this span and whose timer nobody rang."""
    return session.exec(
        select(CaseRow)
        .where(col(CaseRow.wake_at).is_not(None), col(CaseRow.wake_at).between(since, until))
        .where(_same(CaseRow.portal, portal), CaseRow.state == State.WAITING, ~frozen_scenario())
        .where(col(CaseRow.still_since).is_(None))
        .order_by(col(CaseRow.wake_at))
        .limit(limit)
    ).all()

"""The inbox: every fact that came in, exactly once."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, not_, or_, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from qc_engine.core.events import AnswerReceived, Event, Hint
from qc_engine.ports import Arrival
from qc_engine.store import codec
from qc_engine.store.persons import AGED, ERASED
from qc_engine.store.tables import CaseRow, InboxRow

KEY_LENGTH = 200
UNREADABLE = "unreadable"
# Written as text, because a partial index is used only for the very words of its condition.
QUARANTINED = text("inbox.result = 'quarantined'")
LOOK_AGAIN = timedelta(days=1)
STANDS_STILL, GOES_ON = "its scenario stands still", "its scenario goes on"
POISON_ATTEMPTS = 5  # an event whose handling failed so often is set aside for a person


def add(
    session: Session,
    source: str,
    arrival: Arrival,
    now: datetime,
    raw: str = "",
    portal: str = "",
    at: datetime | None = None,
) -> bool:
    """False when this sender's event is already here.

    `portal`: whose deals and tasks it speaks of. `at`: not to be looked at before that.
    """
    # Senders repeat a webhook until they see a 200, sometimes for hours.
    return _insert_or_ignore(session, _values(source, arrival, now, raw, portal, at))


def add_all(session: Session, source: str, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Many of one source, by one statement; those that are here already stay as they are."""
    if arrivals:
        connection = session.connection()
        rows = [_values(source, one, now) for one in arrivals]
        connection.execute(_INSERT_MANY[connection.dialect.name], rows)


def _values(
    source: str,
    arrival: Arrival,
    now: datetime,
    raw: str = "",
    portal: str = "",
    at: datetime | None = None,
) -> dict[str, Any]:
    return {
        "source": source,
        "portal": portal,
        "key": arrival.key[:KEY_LENGTH],
        "kind": type(arrival.event).__name__,
        "is_hint": isinstance(arrival.event, Hint),
        "event": codec.dump_event(arrival.event),
        "raw": raw,
        "received_at": now,
        "process_at": max(at or now, now),
        "result": "",
        "reason": "",
        "attempts": 0,
        "case_id": "",
    }


def add_unreadable(
    session: Session, source: str, raw: str, reason: str, now: datetime, portal: str = ""
) -> None:
    """Kept as it came, and shown to a person."""
    digest = hashlib.sha256(raw.encode(errors="replace")).hexdigest()
    values = {
        "source": source,
        "portal": portal,
        "key": f"unreadable:{digest}",
        "kind": UNREADABLE,
        "is_hint": False,
        "event": {},
        "raw": raw,
        "received_at": now,
        "process_at": now,
        "processed_at": now,
        "result": "quarantined",
        "reason": reason,
        "attempts": 0,
        "case_id": "",
    }
    _insert_or_ignore(session, values)


# Built once: building the statement costs more than running it, and two hot doors run it.
# Unless told to keep it, SQLAlchemy forgets on PostgreSQL how many rows an insert made.
_INSERT_MANY = {
    name: dialect.insert(InboxRow).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_INSERT = {name: insert.execution_options(preserve_rowcount=True) for name, insert in _INSERT_MANY.items()}


def _insert_or_ignore(session: Session, values: dict[str, Any]) -> bool:
    connection = session.connection()
    return bool(connection.execute(_INSERT[connection.dialect.name], values).rowcount)


def next_facts(session: Session, now: datetime, limit: int) -> Sequence[InboxRow]:
    """Facts whose time has come, oldest first; hints are not facts."""
    return session.exec(_facts(now).limit(limit)).all()


def _facts(now: datetime) -> SelectOfScalar[InboxRow]:
    return (
        select(InboxRow)
        .where(col(InboxRow.processed_at).is_(None), col(InboxRow.is_hint).is_(False))
        .where(InboxRow.process_at <= now)
        .order_by(col(InboxRow.id))
    )


def has_waiting(session: Session, now: datetime, more_than: int) -> bool:
    """Are there more than so many facts that nobody has handled?"""
    return session.exec(_facts(now).offset(more_than).limit(1)).first() is not None


def next_hints(session: Session, portal: str, now: datetime, limit: int) -> Sequence[InboxRow]:
    """Hints about this portal's deals and tasks, oldest first."""
    return session.exec(
        select(InboxRow)
        .where(col(InboxRow.processed_at).is_(None), col(InboxRow.is_hint).is_(True))
        .where(InboxRow.portal == portal)
        .where(InboxRow.process_at <= now)
        .order_by(col(InboxRow.id))
        .limit(limit)
    ).all()


def hint_of(row: InboxRow) -> Hint:
    event = codec.load_event(row.kind, row.event)
    assert isinstance(event, Hint)
    return event


def finish(row: InboxRow, result: str, reason: str, now: datetime, case_id: str = "") -> None:
    """The row's end: applied, ignored or quarantined."""
    row.processed_at, row.result, row.reason, row.case_id = now, result, reason, case_id


def hold(row: InboxRow, until: datetime) -> None:
    """Look at it again later: something that it depends on is not known yet."""
    row.process_at = until


def put_aside(row: InboxRow, case_id: str, now: datetime) -> None:
    """Its case stands still: nothing of it is handled until somebody lets it go on."""
    row.processed_at, row.result, row.reason, row.case_id = None, "", STANDS_STILL, case_id
    row.process_at = now + LOOK_AGAIN


def copy_for(session: Session, row: InboxRow, case_id: str) -> InboxRow:
    """The same event once more, for this case alone."""
    told = row.model_dump(exclude={"id", "raw"})
    copy = InboxRow(**told | {"key": f"{case_id}:{row.key}"[:KEY_LENGTH]})
    session.add(copy)
    return copy


def bring_back(session: Session, portal: str, scenario: str, now: datetime) -> int:
    """How many events were put aside for the cases of this scenario; they have their turn now."""
    theirs = select(CaseRow.id).where(CaseRow.portal == portal, CaseRow.scenario == scenario)
    waiting = col(InboxRow.processed_at).is_(None)
    held = session.exec(
        select(InboxRow)
        .where(waiting, InboxRow.reason == STANDS_STILL, col(InboxRow.case_id).in_(theirs))
        .order_by(col(InboxRow.id))
    ).all()
    for row in held:
        row.process_at, row.reason = now, GOES_ON
    return len(held)


def bring_back_of(session: Session, case_id: str, now: datetime) -> int:
    """The same for one case."""
    waiting = (col(InboxRow.processed_at).is_(None), InboxRow.reason == STANDS_STILL)
    held = session.exec(select(InboxRow).where(InboxRow.case_id == case_id, *waiting)).all()
    for row in held:
        row.process_at, row.reason = now, GOES_ON
    return len(held)


def count_kept(session: Session, case_id: str) -> int:
    """How many events wait for this case to go on."""
    waiting = (col(InboxRow.processed_at).is_(None), InboxRow.reason == STANDS_STILL)
    return session.exec(
        select(func.count()).select_from(InboxRow).where(InboxRow.case_id == case_id, *waiting)
    ).one()


def finish_hints(session: Session, rows: Sequence[InboxRow], now: datetime) -> None:
    ids = [row.id for row in rows]
    session.execute(
        update(InboxRow).where(col(InboxRow.id).in_(ids)).values(processed_at=now, result="applied")
    )


def end_hints(session: Session, ids: Collection[int | None], reason: str, now: datetime) -> None:
    """Nothing came of these, and why."""
    session.execute(
        update(InboxRow)
        .where(col(InboxRow.id).in_(ids))
        .values(processed_at=now, result="ignored", reason=reason)
    )


def set_aside(session: Session, row_id: int, error: str, now: datetime, retry_at: datetime) -> bool:
    """Our own bug met this event: try again a few times, then quarantine. True when quarantined."""
    row = session.get_one(InboxRow, row_id, with_for_update=True)
    if row.processed_at is not None:  # another worker had more luck
        return False
    row.attempts += 1
    row.reason = error
    row.process_at = retry_at
    if row.attempts >= POISON_ATTEMPTS:
        finish(row, "quarantined", error, now, row.case_id)
    return row.processed_at is not None


def quarantined(session: Session) -> Sequence[InboxRow]:
    return session.exec(select(InboxRow).where(QUARANTINED).order_by(col(InboxRow.id))).all()


def release(session: Session, row_id: int, now: datetime) -> bool:
    """A person asks to run a quarantined event again; False for others and for unreadable ones."""
    row = session.get(InboxRow, row_id)
    if row is None or row.result != "quarantined" or row.kind == UNREADABLE:
        return False
    row.processed_at, row.result, row.attempts, row.process_at = None, "", 0, now
    return True


def has_unheard_words(session: Session, phone: str, addresses: Collection[str]) -> bool:
    """Has this client written something, by any way, that no case has taken in yet?"""
    told = col(InboxRow.event)
    theirs = or_(told["phone"].as_string() == phone, told["address"].as_string().in_(addresses))
    open_words = select(InboxRow.id).where(
        col(InboxRow.processed_at).is_(None), InboxRow.kind == AnswerReceived.__name__, theirs
    )
    # Of a case that stands still the words were looked through for 'stop' before they were put aside.
    open_words = open_words.where(InboxRow.reason != STANDS_STILL)
    return bool(phone) and session.exec(open_words.limit(1)).first() is not None


def unheard(session: Session, kind: type[Event]) -> Sequence[Event]:
    """Events of this kind that are here, but were not handled yet."""
    rows = session.exec(
        select(InboxRow).where(col(InboxRow.processed_at).is_(None), InboxRow.kind == kind.__name__)
    ).all()
    return [codec.load_event(row.kind, row.event) for row in rows]


def count_open(session: Session, now: datetime) -> int:
    """What waits to be handled; a start that is planned for later is none of it."""
    planned = and_(col(InboxRow.is_hint), col(InboxRow.process_at) > now)
    return session.exec(
        select(func.count()).select_from(InboxRow).where(col(InboxRow.processed_at).is_(None), not_(planned))
    ).one()


def first_of(session: Session, source: str, keys: Collection[str]) -> Event | None:
    """What came first under one of these keys; None also where only that it came is known."""
    mine = (InboxRow.source == source, col(InboxRow.key).in_(keys), col(InboxRow.kind).not_in((AGED, ERASED)))
    row = session.exec(select(InboxRow).where(*mine).order_by(col(InboxRow.id))).first()
    return codec.load_event(row.kind, row.event) if row else None


def of_case(session: Session, case_id: str) -> Sequence[InboxRow]:
    return session.exec(select(InboxRow).where(InboxRow.case_id == case_id).order_by(col(InboxRow.id))).all()

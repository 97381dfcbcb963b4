"""Who did what in the console. Rows are only added; the erasure of a person empties the details of some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from qc_engine.store.console_tables import AuditRow, HandledRow

LONGEST_THING, LONGEST_ADDRESS, LONGEST_NAME = 80, 64, 80


def note(
    session: Session,
    action: str,
    now: datetime,
    *,
    thing: str = "",
    user_id: str = "",
    name: str = "",
    address: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """`action`: login, login.failed, effect.again ...; `details` hold no phone and no secret."""
    session.add(
        AuditRow(
            at=now,
            user_id=user_id,
            name=name[:LONGEST_NAME],
            action=action,
            thing=thing[:LONGEST_THING],
            details=dict(details or {}),
            address=address[:LONGEST_ADDRESS],
        )
    )


def of_thing(session: Session, thing: str, limit: int = 20) -> Sequence[AuditRow]:
    """What was done to it, the newest first."""
    return session.exec(
        select(AuditRow).where(AuditRow.thing == thing).order_by(col(AuditRow.id).desc()).limit(limit)
    ).all()


@dataclass(frozen=True)
class Sought:
    """What of the audit is wanted; what is empty narrows nothing."""

    user_id: str | None = None  # "": nobody who was signed in, and `qc console`
    action: str = ""
    thing: str = ""
    since: datetime | None = None
    until: datetime | None = None


def found(session: Session, wanted: Sought, limit: int, before: int | None = None) -> Sequence[AuditRow]:
    """The newest first; `before`: the id of the last one that was seen, so that new rows shift no page."""
    ids = () if before is None else (col(AuditRow.id) < before,)
    query = select(AuditRow).where(*_sought(wanted), *ids)
    return session.exec(query.order_by(col(AuditRow.id).desc()).limit(limit)).all()


def count(session: Session, wanted: Sought) -> int:
    return session.exec(select(func.count()).select_from(AuditRow).where(*_sought(wanted))).one()


def _sought(wanted: Sought) -> Iterator[ColumnElement[bool]]:
    for column, value in ((AuditRow.action, wanted.action), (AuditRow.thing, wanted.thing)):
        if value:
            yield col(column) == value
    if wanted.user_id is not None:
        yield col(AuditRow.user_id) == wanted.user_id
    if wanted.since:
        yield col(AuditRow.at) >= wanted.since
    if wanted.until:
        yield col(AuditRow.at) < wanted.until


def newest(session: Session, limit: int) -> Sequence[AuditRow]:
    return session.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)).all()


# --- looked after by a person -----------------------------------------------------------------


def handle(session: Session, row: HandledRow) -> HandledRow | None:
    """None when it is handled now; else who was quicker."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the key is there: asked afterwards, because two may come at one moment
        return handled_by(session, row.key)
    return None


def forget_handled(session: Session, family: str, before: datetime) -> None:
    """`family`: how the keys of these begin, up to the colon."""
    keys = col(HandledRow.key)
    session.execute(
        delete(HandledRow).where(keys >= family, keys < f"{family[:-1]};", col(HandledRow.at) < before)
    )


def handled(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of these that somebody has looked after."""
    if not keys:
        return set()
    return set(session.exec(select(HandledRow.key).where(col(HandledRow.key).in_(keys))).all())


def handled_by(session: Session, key: str) -> HandledRow | None:
    return session.get(HandledRow, key)

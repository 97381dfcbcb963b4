"""Who did what in the console. There is no way to change or remove a row."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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


def handled(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of these that somebody has looked after."""
    if not keys:
        return set()
    return set(session.exec(select(HandledRow.key).where(col(HandledRow.key).in_(keys))).all())


def handled_by(session: Session, key: str) -> HandledRow | None:
    return session.get(HandledRow, key)

"""Which branches slip, as the last look of the day has found it."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlmodel import Session

from qc_engine.core.figures.slips import Slip
from qc_engine.store.tables import NoteRow

NAME = "slipping"


@dataclass(frozen=True)
class Look:
    """At all branches, on this day."""

    day: date
    slips: tuple[Slip, ...] = ()


_KEPT = TypeAdapter(Look)


def last(session: Session) -> Look | None:
    """None: nobody has looked yet."""
    row = session.get(NoteRow, NAME)
    return _KEPT.validate_json(row.value) if row else None


def keep(session: Session, look: Look, now: datetime) -> None:
    value = _KEPT.dump_json(look).decode()
    session.merge(NoteRow(name=NAME, value=value, updated_at=now))


def standing(session: Session) -> tuple[Slip, ...]:
    look = last(session)
    return look.slips if look else ()

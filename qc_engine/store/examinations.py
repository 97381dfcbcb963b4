"""What the doctor said last, and whether it is being asked at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from qc_engine.store.tables import NoteRow

ASKING, LAST = "doctor:asking", "doctor:last"
GIVEN_UP = timedelta(minutes=10)  # whoever asked is gone: it takes a minute


@dataclass(frozen=True)
class Finding:
    """One line: is it fine, what was looked at, what helps."""

    ok: bool
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Examination:
    """Asked by somebody; `at` is when it was begun or, with findings, when it had ended."""

    at: datetime
    by: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.findings)


_KEPT = TypeAdapter(Examination)


def begin(session: Session, by: str, now: datetime) -> bool:
    """False when it is being asked already, in whichever process."""
    row = session.get(NoteRow, ASKING, with_for_update=True)
    if row is not None and row.updated_at > now - GIVEN_UP:
        return False
    if row is not None:
        row.value, row.updated_at = _json(Examination(now, by)), now
        return True
    try:
        with session.begin_nested():
            session.add(NoteRow(name=ASKING, value=_json(Examination(now, by)), updated_at=now))
    except IntegrityError:  # two at one moment
        return False
    return True


def end(session: Session, examination: Examination) -> None:
    row = session.get(NoteRow, ASKING)
    if row is not None:
        session.delete(row)
    session.merge(NoteRow(name=LAST, value=_json(examination), updated_at=examination.at))


def asking(session: Session, now: datetime) -> Examination | None:
    """Since when and by whom it is being asked."""
    row = session.get(NoteRow, ASKING)
    return _KEPT.validate_json(row.value) if row and row.updated_at > now - GIVEN_UP else None


def last(session: Session) -> Examination | None:
    row = session.get(NoteRow, LAST)
    return _KEPT.validate_json(row.value) if row else None


def _json(examination: Examination) -> str:
    return _KEPT.dump_json(examination).decode()

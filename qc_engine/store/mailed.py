"""Which weekly report went to whom: noted before it leaves, so that nobody is sent it twice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from qc_engine.store.tables import NoteRow

# WAITING: certainly not sent, and tried again. UNCERTAIN and REFUSED wait for a person.
WAITING, SENDING, SENT, UNCERTAIN, REFUSED = "waiting", "sending", "sent", "uncertain", "refused"
RESTORED = "weekly:restored"


@dataclass(frozen=True)
class Mail:
    """The report of one week on its way to one person. Times are aware UTC."""

    week: str  # 2026-W09
    to: str
    state: str = WAITING
    at: datetime | None = None  # of the last attempt; None: there was none
    attempts: int = 0
    again_at: datetime | None = None  # where it waits: not before then
    reason: str = ""
    is_alarming: bool = False  # it waits for longer than a busy server explains

    @property
    def needs_person(self) -> bool:
        return self.is_alarming or self.state in (UNCERTAIN, REFUSED)


_MAIL = TypeAdapter(Mail)


def known(session: Session, week: str, to: str) -> Mail:
    """As it was last noted; a fresh one where nothing was."""
    row = session.get(NoteRow, _name(week, to))
    return _MAIL.validate_json(row.value) if row and row.value else Mail(week, to)


def all_known(session: Session, week: str, to: Sequence[str]) -> Sequence[Mail]:
    return [known(session, week, one) for one in to]


def held(session: Session, week: str, to: str, now: datetime) -> Mail:
    """As `known`, and nobody else takes it until the transaction ends."""
    name = _name(week, to)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = NoteRow(name=name, value="", updated_at=now).model_dump()
    session.execute(dialect.insert(NoteRow).values(**fresh).on_conflict_do_nothing())
    session.get(NoteRow, name, with_for_update=True, populate_existing=True)
    return known(session, week, to)


def note(session: Session, mail: Mail, now: datetime) -> None:
    value = _MAIL.dump_json(mail).decode()
    session.merge(NoteRow(name=_name(mail.week, mail.to), value=value, updated_at=now))


def claimed(mail: Mail, now: datetime) -> Mail:
    """To be noted, for good, before the server is spoken to."""
    return replace(
        mail, state=SENDING, at=now, attempts=mail.attempts + 1, again_at=None, reason="", is_alarming=False
    )


# --- after a restore ---------------------------------------------------------------------------


def doubt_before(session: Session, restored_at: datetime, now: datetime) -> None:
    """What was due before that may have been sent in the days that the backup knows nothing of."""
    session.merge(NoteRow(name=RESTORED, value=restored_at.isoformat(), updated_at=now))


def doubtful_before(session: Session) -> datetime | None:
    row = session.get(NoteRow, RESTORED)
    return datetime.fromisoformat(row.value) if row else None


def _name(week: str, to: str) -> str:
    """Two spellings of one address are one person."""
    return f"weekly:{week}:{hashlib.sha256(to.casefold().encode()).hexdigest()[:32]}"

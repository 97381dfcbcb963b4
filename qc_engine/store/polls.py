"""When each poll was last answered, and since when it is not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from qc_engine.store.tables import NoteRow

OFTEN_ENOUGH = timedelta(seconds=30)  # a rush of pages need not be noted page by page


@dataclass(frozen=True)
class PollHealth:
    """Nothing is known of a poll that never ran."""

    answered_at: datetime | None = None
    failing_since: datetime | None = None
    why: str = ""  # the newest failure in the vendor's words


_HEALTH = TypeAdapter(PollHealth)


def health(session: Session, name: str) -> PollHealth:
    """`name` is that of the poll's cursor: 'bitrix24:history'."""
    row = session.get(NoteRow, f"poll:{name}")
    return _HEALTH.validate_json(row.value) if row else PollHealth()


def every_health(session: Session) -> dict[str, PollHealth]:
    """Of all polls that ever ran, by name."""
    rows = session.exec(select(NoteRow).where(col(NoteRow.name).startswith("poll:"))).all()
    return {row.name.removeprefix("poll:"): _HEALTH.validate_json(row.value) for row in rows}


def succeeded(session: Session, name: str, now: datetime) -> None:
    known = health(session, name)
    fresh = known.answered_at is not None and known.answered_at <= now < known.answered_at + OFTEN_ENOUGH
    if known.failing_since or not fresh:
        _write(session, name, PollHealth(answered_at=now), now)


def failed(session: Session, name: str, why: str, now: datetime) -> None:
    known = health(session, name)
    _write(session, name, replace(known, failing_since=known.failing_since or now, why=why), now)


def _write(session: Session, name: str, known: PollHealth, now: datetime) -> None:
    session.merge(NoteRow(name=f"poll:{name}", value=_HEALTH.dump_json(known).decode(), updated_at=now))

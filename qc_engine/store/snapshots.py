"""Backups that are made by themselves: their names in a folder, the newest, and the end of the oldest."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from qc_engine.store import backup, schema
from qc_engine.store.copying import CannotCopy
from qc_engine.store.database import Database
from qc_engine.store.tables import NoteRow

NAME = re.compile(r"qc-(\d{8}T\d{6}Z)\.db")
WRITTEN = "%Y%m%dT%H%M%SZ"
LAST = "backup:last"  # the note that says when one was made


def take(database: Database, folder: Path, now: datetime) -> Path:
    """A whole and checked file in `folder`. Raises WrongSchema, CannotCopy, OSError, sqlite3.Error."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"qc-{now.astimezone(UTC):{WRITTEN}}.db"
    if database.path is None:
        backup.back_up(database, path, now)
    else:
        _copy_file(database, database.path, path, now)
    return path


def _copy_file(database: Database, source: Path, path: Path, now: datetime) -> None:
    """By SQLite's own means, page by page as at one moment: nobody waits, whoever writes meanwhile."""
    schema.require_current(database)
    with backup.under_way(path) as unfinished:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(unfinished)) as copy:
            live.backup(copy)
            (sound,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if sound != "ok":
            raise CannotCopy(f"the database is damaged: {sound}")
        with closing(Database(f"sqlite:///{unfinished}")) as file:
            backup.date(file, now)


def taken(folder: Path) -> Sequence[tuple[datetime, Path]]:
    """The newest first; files with other names are somebody else's."""
    found = [(match[1], path) for path in folder.glob("qc-*.db") if (match := NAME.fullmatch(path.name))]
    return [
        (datetime.strptime(at, WRITTEN).replace(tzinfo=UTC), path) for at, path in sorted(found, reverse=True)
    ]


def drop_old(folder: Path, keep: int) -> int:
    """How many went. Raises OSError."""
    old = [path for _, path in taken(folder)[keep:]]
    for path in old:
        path.unlink()
    return len(old)


# --- when the last one was made ---------------------------------------------------------------


def note(session: Session, now: datetime) -> None:
    session.merge(NoteRow(name=LAST, value=now.isoformat(), updated_at=now))


def last(session: Session) -> datetime | None:
    """None: never."""
    row = session.get(NoteRow, LAST)
    return datetime.fromisoformat(row.value) if row else None

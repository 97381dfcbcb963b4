"""A backup is a SQLite file with every row, whichever database it was taken of; it can be looked into."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from qc_engine.store import copying, holding, workers
from qc_engine.store.copying import CannotCopy, Tell
from qc_engine.store.database import Database
from qc_engine.store.tables import NoteRow

TAKEN_AT = "backup:taken_at"
OF_SQLITE = ("", "-wal", "-shm")  # the endings of its files


def back_up(database: Database, path: Path, now: datetime, tell: Tell = lambda _: None) -> int:
    """How many rows; the engine may go on. Every row is compared, and the file is whole when it has its name.

    Raises WrongSchema, CannotCopy (there is such a file), OSError.
    """
    with under_way(path) as unfinished, closing(Database(f"sqlite:///{unfinished}")) as file:
        rows = copying.summed(copying.copy(database, file, tell))
        date(file, now)
    return rows


@contextmanager
def under_way(path: Path) -> Iterator[Path]:
    """The file gets its name when it is whole, and is nobody else's to read from its first byte on.

    Raises CannotCopy (there is such a file), OSError.
    """
    if path.exists():
        raise CannotCopy(f"there is already a {path}; a backup replaces nothing")
    room = path.with_name(f"{path.name}.unfinished")
    shutil.rmtree(room, ignore_errors=True)  # of one that was killed
    room.mkdir(mode=0o700)  # everything that we know of everybody
    try:
        yield room / path.name
        _alone(room / path.name)
        (room / path.name).chmod(0o600)
        (room / path.name).rename(path)
        _flush(path.parent)
    finally:
        shutil.rmtree(room)


def date(file: Database, now: datetime) -> None:
    """A backup says when it was taken."""
    with file.transaction() as session:
        session.merge(NoteRow(name=TAKEN_AT, value=now.isoformat(), updated_at=now))


def taken_at(path: Path) -> datetime:
    """Raises CannotCopy for what is no backup of ours."""
    if not path.exists():
        raise CannotCopy(f"there is no {path}; give the path of a file that `qc backup` made")
    try:
        with closing(Database(f"sqlite:///{path}")) as file, file.reading() as session:
            row = session.get(NoteRow, TAKEN_AT)
    except Exception as trouble:  # noqa: BLE001 (whatever SQLite says of a file that is none)
        raise CannotCopy(f"{path} is no backup of qc-engine: {trouble.__class__.__name__}") from None
    _alone(path)
    if row is None:
        raise CannotCopy(f"{path} is a database, and no backup: it does not say when it was taken")
    return datetime.fromisoformat(row.value)


def restore(path: Path, database: Database, now: datetime, tell: Tell = lambda _: None) -> int:
    """How many rows; nothing leaves afterwards until a person lets it. `database` must be empty.

    Raises WrongSchema, CannotCopy; then nothing has changed.
    """
    at = taken_at(path)

    def end(session: Session) -> None:
        session.delete(session.get_one(NoteRow, TAKEN_AT))
        workers.forget_all(session)
        holding.hold(session, at, now)

    with closing(Database(f"sqlite:///{path}")) as file:
        rows = copying.summed(copying.copy(file, database, tell, end))
    _alone(path)
    return rows


@contextmanager
def moved_aside(database: Database, now: datetime) -> Iterator[Path | None]:
    """The file of SQLite gets another name beside it, with its log; None when there is none.

    When what is done meanwhile fails, it is back in its place: with an empty database everybody would be
    asked once more. Raises CannotCopy for a database server, which is emptied by whoever runs it.
    """
    path = database.path
    if path is None:
        raise CannotCopy("a database server keeps what it has: make an empty database, or drop this one")
    database.close()
    aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    _rename(path, aside)
    try:
        yield aside if aside.exists() else None
    except BaseException:
        database.close()
        _rename(aside, path)
        raise


def _rename(path: Path, to: Path) -> None:
    """With its log; what had that name is no more."""
    for end in OF_SQLITE:
        one, other = (place.with_name(f"{place.name}{end}") for place in (path, to))
        other.unlink(missing_ok=True)
        if one.exists():
            one.rename(other)


def _alone(path: Path) -> None:
    """One file, without a log beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    for name in ("-wal", "-shm", "-turn", "-hurry", "-queue"):
        path.with_name(f"{path.name}{name}").unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """The name too survives a power cut."""
    number = os.open(folder, os.O_RDONLY)
    os.fsync(number)
    os.close(number)

"""By the settings' `backup`: a backup is made now and then, checked, and the oldest ones go."""

import sqlite3
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from qc_engine.clock import Clock
from qc_engine.settings import Backups
from qc_engine.store import alarms, snapshots
from qc_engine.store.copying import CannotCopy
from qc_engine.store.database import Database
from qc_engine.store.schema import WrongSchema

EVERY = timedelta(minutes=1)  # how often to look whether one is due
AGAIN = timedelta(minutes=15)  # after one that could not be made
ALARM = "backup"

log = structlog.get_logger()


class Backing:
    """One worker of the installation does it; the note in the database says when it was done last."""

    def __init__(self, database: Database, clock: Clock, settings: Backups) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._not_before: datetime | None = None
        self._was_here = False

    def look(self) -> int:
        """0 for a loop: a look leaves no work behind."""
        now = self._clock.now()
        if self._settings.folder is None:
            self._forget_alarm()
        elif not self._was_here:  # who has just begun is ready when every loop has run once
            self._was_here = True
        elif self._is_due(now):
            self._make(now)
        return 0

    def _is_due(self, now: datetime) -> bool:
        if self._not_before and now < self._not_before:
            return False
        with self._database.reading() as session:
            last = snapshots.last(session)
        return last is None or now - last >= self._settings.every or last > now  # a clock was set back

    def _make(self, now: datetime) -> None:
        folder = self._settings.folder
        assert folder is not None
        try:
            path = snapshots.take(self._database, folder, now)
            snapshots.drop_old(folder, self._settings.keep)
        except (OSError, CannotCopy, WrongSchema, SQLAlchemyError, sqlite3.Error) as trouble:
            self._failed(_reason(trouble), now)
            return
        with self._database.transaction() as session:
            snapshots.note(session, now)
            alarms.clear(session, ALARM)
        log.info("a backup was made", file=path.name, bytes=path.stat().st_size)

    def _failed(self, reason: str, now: datetime) -> None:
        self._not_before = now + min(AGAIN, self._settings.every)
        log.error("no backup could be made", reason=reason)
        with self._database.transaction() as session:
            last = snapshots.last(session)
            phrase = "alarm.backup" if last else "alarm.backup.never"
            told = {"reason": reason, "at": last.isoformat() if last else ""}
            alarms.raise_alarm(session, ALARM, phrase, told, now)

    def _forget_alarm(self) -> None:
        """Nobody wants backups from us any more."""
        with self._database.reading() as session:
            stands = alarms.standing(session, ALARM)
        if stands:
            with self._database.transaction() as session:
                alarms.clear(session, ALARM)


def _reason(trouble: Exception) -> str:
    """No text of a database's error: it may hold an address with a password."""
    if isinstance(trouble, OSError):
        return f"{trouble.filename}: {trouble.strerror}"
    return str(trouble) if isinstance(trouble, CannotCopy | WrongSchema) else type(trouble).__name__

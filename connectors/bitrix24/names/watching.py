"""Reads the portal's names now and then: what was renamed keeps working, and is told once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import Directory, dump, load
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.names.former import Change, changes
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Memory, Poll, Polled

NOTE = "directory"
log = structlog.get_logger(__name__)


def _nobody(_: Directory) -> None:
    """Nobody wants to know."""


class WatchingNames:
    """Keeps the Book up to date, in memory and over restarts."""

    def __init__(
        self,
        client: Client,
        settings: Bitrix24Settings,
        book: Book,
        memory: Memory,
        on_names: Callable[[Directory], None] = _nobody,
    ) -> None:
        self._client = client
        self._settings = settings
        self._book = book
        self._memory = memory
        self._on_names = on_names

    def recall(self) -> Directory | None:
        """Opens the Book at what was read before the restart; None when nothing was."""
        self._book.directory = load(self._memory.read(NOTE))
        return self._book.directory

    def follow(self) -> None:
        """What another worker has read since; whoever listens hears of it as if we had."""
        before, after = self._book.directory, load(self._memory.read(NOTE))
        if after is None or (before and after.read_at <= before.read_at):
            return
        self._book.directory = after
        if before is None or replace(after, read_at=before.read_at) != before:
            self._on_names(after)

    def poll(self) -> Poll:
        """For the engine's loop, every `names_every`."""
        return Poll("names", self._settings.names_every, self.run)

    def run(self, cursor: str, now: datetime) -> Polled:
        """One reading; brings no events. Raises TryLater, Refused, Broken."""
        self.read(now)
        return Polled((), now.isoformat())

    def read(self, now: datetime) -> Directory:
        """Reads, keeps, tells what has changed. Raises TryLater, Refused, Broken."""
        before = self._book.directory
        after = read_directory(self._client, self._settings, self._book, now, before)
        self._memory.write(NOTE, dump(after))
        self._book.directory = after
        for change in changes(before, after) if before else ():
            _tell(change)
        if before is None or replace(after, read_at=before.read_at) != before:
            self._on_names(after)
        return after


def _tell(change: Change) -> None:
    """A name of config.yaml or of a scenario may be concerned: the doctor says which."""
    about = {"kind": change.kind, "id": change.id, "was": change.was}
    if change.now:
        log.info("renamed in the portal", **about, now=change.now)
    else:
        log.warning("gone from the portal", **about)

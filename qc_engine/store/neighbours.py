"""Processes of one machine that write into the same SQLite file: one at a time, the hot writer next.

SQLite itself lets who waits sleep for ever longer naps, and knows nobody who is in a hurry. What is locked
here is three files beside the database, never the database; a kill -9 frees them.
"""

import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Event

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

POSSIBLE = bool(fcntl)  # elsewhere SQLite's own waiting must do
NAP_SECONDS = 0.0005


class Neighbours:
    """For one thread of this process at a time: `Turns` sees to that.

    `turn` is held while somebody writes, `hurry` while a hot writer waits, `queue` while another one waits.
    The hot writer comes next, but after a turn of its own it lets one of the others go first. Raises
    TimeoutError for who waits longer than `patience` seconds.
    """

    def __init__(self, database: Path, patience: float) -> None:
        self.patience = patience
        self._database = database
        self._files: dict[str, int] = {}  # descriptors
        weakref.finalize(self, _close, self._files)
        self._was_urgent = False

    def take(self, *, urgent: bool) -> None:
        if urgent:
            self._take_next()
        else:
            self._take_later()
        self._was_urgent = urgent

    def give(self) -> None:
        self._let_go("turn")

    @property
    def is_wanted(self) -> bool:
        """Does the hot writer of another process wait?"""
        return not self._is_free("hurry")

    def close(self) -> None:
        _close(self._files)

    def _take_next(self) -> None:
        if self._was_urgent:
            self._wait(lambda: self._is_free("queue"))
        if self._locked("turn"):
            return
        self._wait(lambda: self._locked("hurry"))
        try:
            self._wait(lambda: self._locked("turn"))
        finally:
            self._let_go("hurry")

    def _take_later(self) -> None:
        if self._is_free("hurry") and self._locked("turn"):
            return
        self._wait(lambda: self._locked("queue"))
        try:
            self._wait(lambda: self._is_free("hurry") and self._locked("turn"))
        finally:
            self._let_go("queue")

    def _wait(self, come: Callable[[], bool]) -> None:
        until, nap = time.monotonic() + self.patience, Event()
        while not come():
            if time.monotonic() > until:
                raise TimeoutError("another process holds the database")
            nap.wait(NAP_SECONDS)

    # --- files ---

    def _locked(self, name: str) -> bool:
        try:
            fcntl.flock(self._file(name), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _let_go(self, name: str) -> None:
        fcntl.flock(self._file(name), fcntl.LOCK_UN)

    def _is_free(self, name: str) -> bool:
        """A moment's lock, shared: two that look at once do not see each other."""
        try:
            fcntl.flock(self._file(name), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
        self._let_go(name)
        return True

    def _file(self, name: str) -> int:
        if name not in self._files:
            self._files[name] = _opened(self._database.with_name(f"{self._database.name}-{name}"))
        return self._files[name]


def _opened(path: Path) -> int:
    """To lock a file it is enough to read it: another user may have made it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _close(files: dict[str, int]) -> None:
    while files:
        os.close(files.popitem()[1])

"""One engine on one SQLite file: a second one is refused at once."""

import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: its file locks are mandatory ones, SQLite's own must do
    fcntl = None  # type: ignore[assignment]


class AlreadyRunning(Exception):
    """Another engine works on this database."""


class FileLock:
    """Held as long as the process lives; a kill -9 frees it."""

    def __init__(self, path: Path | None) -> None:
        """None: nothing to lock, as with a database server."""
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises AlreadyRunning, naming the process that holds it."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(f"process {holder} already works on {self.path.with_suffix('')}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def free(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

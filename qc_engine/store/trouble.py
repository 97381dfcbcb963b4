"""What is wrong with a database, in words: its file is lost or damaged, its disk is full or out of reach."""

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from qc_engine.store.database import is_passing

LEAST_FREE_BYTES = 500 * 10**6  # a backup, a copy before an upgrade and a busy day find their place in it
PROBE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Told:
    """`english` for commands; `russian` and `remedy` for the doctor."""

    english: str
    russian: str
    remedy: str


_DAMAGED = Told(
    "the database is damaged: stop, copy its folder away whole, then `qc restore FILE --replace`",
    "База данных повреждена",
    "Остановите работу, скопируйте её папку целиком, затем: qc restore ФАЙЛ --replace",
)
OF_A_FILE = {
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_FULL": Told(
        "the disk of the database is full", "На диске базы нет места", "Освободите место: df -h"
    ),
    "SQLITE_IOERR": Told(
        "the disk of the database fails: look at `dmesg`",
        "Диск базы отвечает ошибкой",
        "Посмотрите dmesg; пока диск не исправен, ничего не записывается",
    ),
    "SQLITE_READONLY": Told(
        "the database may only be read: is its disk read-only, is it another user's?",
        "Базу данных можно только читать",
        "Проверьте владельца файла и папки и не смонтирован ли диск только для чтения",
    ),
    "SQLITE_CANTOPEN": Told(
        "the database cannot be opened: is its folder there, may this user write into it?",
        "Базу данных не открыть",
        "Проверьте путь database_url и права на папку: рядом с базой лежит её журнал",
    ),
    "SQLITE_BUSY": Told(
        "the database is locked by another program: `fuser -v` names it",
        "База данных занята другой программой",
        "Кто её держит, покажет fuser -v",
    ),
}
NO_ANSWER = Told("the database does not answer", "База данных не отвечает", "Проверьте database_url и сервер")
OTHER = Told("the database refuses", "База данных отказывает", "Что именно, сказано в журнале")


def is_outside(trouble: DBAPIError) -> bool:
    """Has it nothing to do with our own statements?"""
    return is_passing(trouble) or told(trouble) is _DAMAGED


def told(trouble: DBAPIError) -> Told:
    """Never with what a statement held."""
    name = str(getattr(trouble.orig, "sqlite_errorname", ""))
    known = next((one for word, one in OF_A_FILE.items() if name.startswith(word)), None)
    if known or name or getattr(trouble.orig, "sqlstate", None):
        return known or OTHER
    return NO_ANSWER


def is_lost(path: Path) -> str:
    """Why no new database may be begun here, although there seems to be none; '' when one may.

    To open it would throw away the log, which holds the newest of what was stored.
    """
    size = path.stat().st_size if path.exists() else None
    if size == 0:
        return f"{path} is there and empty: `qc restore FILE --replace`, or delete it to begin anew"
    log = path.with_name(f"{path.name}-wal")
    if size is None and log.exists() and log.stat().st_size:
        return f"{path} is gone and its log {log.name} is there: put the file back, or `qc restore`"
    return ""


def free_bytes(path: Path) -> int:
    """On the disk of this file."""
    return shutil.disk_usage(path.parent).free


def cannot_write(path: Path) -> str:
    """'ENOSPC', 'EROFS', 'EACCES' ...; '' when something can be written beside this file, and into it."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as trouble:
        return errno.errorcode.get(trouble.errno or 0, "error")
    return "" if os.access(path, os.W_OK) or not path.exists() else errno.errorcode[errno.EACCES]

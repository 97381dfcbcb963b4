"""Is the file of the database whole, is there room beside it? For the doctor; of a server nothing is said."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from qc_engine.ports import Finding
from qc_engine.store import schema, trouble
from qc_engine.store.database import Database


def opened(database: Database) -> Finding:
    """Can it be worked with? An empty one gets its tables."""
    try:
        schema.make_ready(database)
    except schema.WrongSchema as why:
        if database.path and trouble.is_lost(database.path):
            return Finding(False, f"База данных потеряна: {why}", "Верните её файл или резервную копию")
        return Finding(False, f"База данных другой версии: {why}", "Обновите её: qc db upgrade")
    except DBAPIError as why:
        told = trouble.told(why)
        return Finding(False, told.russian, told.remedy)
    return Finding(True, f"База данных на месте, схема {schema.newest()}")


def findings(database: Database) -> Iterator[Finding]:
    """Room first; then every page is read, which waits for nobody and keeps nobody waiting."""
    if database.path:
        yield _room(database.path)
        if found := _damage(database):
            told = trouble.OF_A_FILE["SQLITE_CORRUPT"]
            yield Finding(False, f"{told.russian}: {found}", told.remedy)


def _room(path: Path) -> Finding:
    free = trouble.free_bytes(path)
    if why := trouble.cannot_write(path):
        return Finding(False, f"На диск базы не записать: {why}", "Проверьте место (df -h) и права на папку")
    if free < trouble.LEAST_FREE_BYTES:
        told = f"На диске базы осталось {free // 10**6} МБ"
        return Finding(False, told, "Освободите место: df -h, старые копии qc.db.before-*")
    return Finding(True, f"На диске базы свободно {free / 10**9:.1f} ГБ")


def _damage(database: Database) -> str:
    try:
        with database.reading() as session:
            found = str(session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except DBAPIError as why:
        return trouble.told(why).english
    return "" if found == "ok" else found

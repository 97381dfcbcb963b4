"""A database of an older schema in one file, before it is brought to the newest."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, inspect

from qc_engine.store import backup, copying, schema
from qc_engine.store.copying import CannotCopy, Tell
from qc_engine.store.database import Database
from qc_engine.store.rollup_tables import METADATA
from qc_engine.store.snapshots import WRITTEN
from qc_engine.store.tables import NoteRow

OF_ALEMBIC = "alembic_version"


def name_of(revision: str, now: datetime) -> str:
    """Unlike the names of backups by schedule: those go by themselves, this one stays."""
    return f"before-{revision}-{now.astimezone(UTC):{WRITTEN}}.db"


def back_up(database: Database, path: Path, now: datetime, tell: Tell = lambda _: None) -> int:
    """How many rows, as at one moment and each compared; the file keeps the older schema.

    So the program of that schema restores it into an empty database.
    Raises WrongSchema, CannotCopy (there is such a file, or not all can be read by this program), OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    revision = schema.current(database) or ""
    with backup.under_way(path) as unfinished, closing(Database(f"sqlite:///{unfinished}")) as file:
        schema.upgrade(file, revision)
        with file.engine.connect() as connection:
            tables = _of_then(connection)
        rows = copying.summed(copying.carry(database, file, tables, tell))
        backup.date(file, now)
    return rows


def _of_then(file: Connection) -> list[Table]:
    """What this program's tables were at the revision of `file`: revisions only add."""
    found = inspect(file)
    there = {name: {one["name"] for one in found.get_columns(name)} for name in found.get_table_names()}
    there.pop(OF_ALEMBIC, None)
    tables = [_narrowed(one, there[one.name]) for one in METADATA.sorted_tables if one.name in there]
    known = {one.name: set(one.columns.keys()) for one in tables}
    if known != there or known.get(NoteRow.__tablename__, set()) != set(NoteRow.model_fields):
        raise CannotCopy(
            "this program cannot back up so old a database: take a dump (pg_dump), then --without-backup"
        )
    return tables


def _narrowed(table: Table, names: set[str]) -> Table:
    columns = [one for one in table.columns if one.name in names]
    return Table(
        table.name, MetaData(), *(Column(one.name, one.type, primary_key=one.primary_key) for one in columns)
    )

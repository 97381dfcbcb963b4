"""Bring the database to the schema of this code, and tell whether it already is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import Session

from qc_engine.store import rollup_tables
from qc_engine.store.database import Database
from qc_engine.store.lock import wait_for_turn
from qc_engine.store.trouble import is_lost

HERE = Path(__file__).resolve()
# In a checkout the folder is beside the package; in a wheel it is inside it.
FOLDERS = (HERE.parents[2] / "alembic", HERE.parents[1] / "migrations")


class WrongSchema(Exception):
    """The database belongs to another version of the program; the text says what to do."""


class NewerSchema(WrongSchema):
    """That of a newer program. Revisions only add: what runs already goes on until it is replaced."""


def upgrade(database: Database, revision: str = "head", tell: Callable[[str], None] = lambda _: None) -> None:
    """`tell` is called with each revision that was brought in, and what it is."""
    with Session(database.engine) as session, session.begin():
        wait_for_turn(session, "schema")  # workers of a new installation begin at one moment
        config = _config(session.connection())
        config.attributes["tell"] = tell
        command.upgrade(config, revision)


def left_behind(database: Database) -> str | None:
    """The revision of a database that an upgrade would change; None when it is empty, or as it should be.

    Raises NewerSchema.
    """
    found = current(database)
    if found is None or found == newest():
        return None
    _require_known(found)
    return found


def keep_as_it_is(database: Database, revision: str) -> Path | None:
    """A whole copy of the SQLite file beside it, checked; None for a server. One that is there stays."""
    if database.path is None:
        return None
    kept = database.path.with_name(f"{database.path.name}.before-{revision}")
    if not kept.exists():
        with closing(sqlite3.connect(database.path)) as now, closing(sqlite3.connect(kept)) as copy:
            now.backup(copy)
            (sound,) = copy.execute("PRAGMA integrity_check").fetchone()
        if sound != "ok":
            kept.unlink()
            raise WrongSchema(f"the database is damaged, so nothing was changed: {sound}")
        kept.chmod(0o600)
    return kept


def make_ready(database: Database) -> None:
    """An empty database gets its tables. Raises WrongSchema when it belongs to another version."""
    if current(database) is None:
        upgrade(database)
    require_current(database)


def downgrade(database: Database, revision: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        command.downgrade(_config(connection), revision)


def current(database: Database) -> str | None:
    """The revision of the database; None when it is empty. Raises WrongSchema for a file that was lost."""
    if why := is_lost(database.path) if database.path else "":
        raise WrongSchema(why)
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def require_current(database: Database) -> None:
    """Raises WrongSchema unless the database is exactly on this code's revision."""
    found, needed = current(database), newest()
    if found:
        _require_known(found)
    if found != needed:
        raise WrongSchema(f"the database is at {found or 'nothing'}, needed is {needed}: run `qc db upgrade`")


def _require_known(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise NewerSchema(
            f"the database is newer ({revision}) than this program ({newest()}): update the program"
        )


def differences(database: Database) -> list[object]:
    """What the tables in code and in the database do not agree on; empty when all is well."""
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, rollup_tables.METADATA))


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """What carries hints between workers has tables of its own, which no code of ours describes."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    folder = next(place for place in FOLDERS if (place / "env.py").exists())
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    return config

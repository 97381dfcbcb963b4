"""qc db: the schema of the database, and its way into another one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.backup import copying_explained, told_each
from qc_engine.commands.shared import (
    CANNOT_RUN,
    FAULTS_FOUND,
    WRONG_USE,
    Config,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.store.database import Database
    from qc_engine.wiring import Installation

NO_PLACE = """qc: nothing was changed, because there is no place for a backup of this PostgreSQL database.
One of these, then again: qc db upgrade --backup FILE; `backup: {folder: ...}` in config.yaml;
or your own dump (pg_dump), and then qc db upgrade --without-backup"""
DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="The schema of the database, and its copy.")


@app.command()
def upgrade(
    config: Config = DEFAULT,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="Where to keep what there was: a new file.")
    ] = None,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Keep nothing: you have a dump (pg_dump).")
    ] = False,
) -> None:
    """Bring the database to the schema that this program needs. Safe to repeat.

    What there was is kept first, as one file, with its old revision in the name: a SQLite file beside it, of
    PostgreSQL every row, compared, in the folder `backup` of config.yaml. To go back: an empty database, the
    program of before, `qc restore FILE`. Exit codes: 2 there is no place for it, and 1 where the file is
    there already; then nothing was changed.

    Examples:

      qc db upgrade

      qc db upgrade --backup /backup/before-upgrade.db
    """
    from qc_engine.store import schema

    with faults_explained(), copying_explained():
        settings, database = _settings_and_database(config)
        with closing(database):
            before = schema.left_behind(database)
            if before and not without_backup:
                say(f"kept as it was: {_kept(database, settings, before, backup)}")
            was = schema.current(database) or "empty"
            schema.upgrade(database, tell=complain)
            say(f"database: {was} -> {schema.current(database)}")


def _kept(database: "Database", settings: "Installation", before: str, to: Path | None) -> Path:
    """The file with what there was. The file of SQLite is copied as it is, unless another place is wished."""
    from qc_engine.store import before_upgrade, schema
    from qc_engine.wiring import clock_of

    if to is None and (beside := schema.keep_as_it_is(database, before)):
        return beside
    now, folder = clock_of(settings).now(), settings.backup.folder
    if to is None and folder is None:
        complain(NO_PLACE)
        raise typer.Exit(WRONG_USE)
    path = to or Path(folder or "") / before_upgrade.name_of(before, now)
    complain(f"first a backup, every row compared: {path}")
    rows = before_upgrade.back_up(database, path, now, told_each)
    complain(f"{rows} rows are in it; now the upgrade")
    return path


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or 'base' for an empty database.")],
    config: Config = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Go back to an older schema; what only the newer one can hold is lost.

    Example: qc db downgrade base --yes
    """
    from qc_engine.store import schema

    with faults_explained():
        database = _database(config)
        yes or typer.confirm(f"Go back to {revision}? Data may be lost.", abort=True)
        schema.downgrade(database, revision)
        say(f"database: now at {schema.current(database) or 'nothing'}")


@app.command()
def check(config: Config = DEFAULT) -> None:
    """Does the database say what the tables in code say? Exit 1 when it does not."""
    from qc_engine.store import schema

    with faults_explained():
        database = _database(config)
        schema.require_current(database)
        differences = schema.differences(database)
    for one in differences:
        complain(str(one))
    if differences:
        raise typer.Exit(FAULTS_FOUND)
    say("database: as the program expects it")


@app.command()
def recount(config: Config = DEFAULT) -> None:
    """Add up the sums that analytics reads once more, from the facts. Safe to repeat; the engine may go on.

    Needed only where `qc doctor` says that they differ.

    Example: qc db recount
    """
    from qc_engine.flow.rolling import all_again
    from qc_engine.store import schema

    with faults_explained():
        database = _database(config)
        schema.require_current(database)
        count = all_again(database)
    say(f"added up again: {count} days")


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///var/qc.db, postgresql://...")],
    target: Annotated[
        str, typer.Argument(metavar="TO", envvar="QC_COPY_TO", help="An empty database; it gets the tables.")
    ],
) -> None:
    """Move a whole installation into another database, every row compared. The engine must be stopped.

    All or nothing: afterwards TO holds exactly what FROM does, or it is as empty as it was. FROM stays as it
    is. A password does not belong into a command line: write TO into QC_COPY_TO. Exit codes: 1 TO is not
    empty, 3 cannot run.

    Examples:

      qc db copy sqlite:///var/qc.db postgresql://qc@localhost/qc

      QC_COPY_TO=postgresql://qc:secret@db/qc qc db copy sqlite:///var/qc.db
    """
    from qc_engine.store import copying
    from qc_engine.store.database import Database
    from qc_engine.store.lock import lock_of

    with faults_explained(), _url_explained():
        there, here = Database(source), Database(target)
        lock = lock_of(there)
        lock.take()
        try:
            done = copying.copy(there, here, lambda one: complain(str(one)))
        except copying.CannotCopy as why:
            complain(f"qc: {why}")
            raise typer.Exit(FAULTS_FOUND) from None
        finally:
            lock.free()
    say(f"{copying.summed(done)} rows of {len(done)} tables are in both databases, each compared")


@contextmanager
def _url_explained() -> Iterator[None]:
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    try:
        yield
    except (ArgumentError, NoSuchModuleError, ValueError):
        # Not the text of the error: it holds the address, and with it perhaps a password.
        complain("qc: that is no address of a database; write sqlite:///path/qc.db or postgresql://...")
        raise typer.Exit(WRONG_USE) from None
    except OperationalError as trouble:
        complain(f"qc: the database cannot be opened: {str(trouble.orig).splitlines()[0]}")
        raise typer.Exit(CANNOT_RUN) from None


def _database(config: Path) -> "Database":
    return _settings_and_database(config)[1]


def _settings_and_database(config: Path) -> "tuple[Installation, Database]":
    from qc_engine.store.database import Database
    from qc_engine.wiring import read_installation

    settings = read_installation(config, with_secrets=False)
    return settings, Database(settings.database_url)

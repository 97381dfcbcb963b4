"""qc backup, restore, release: what is known, in a file; back from it; and only then on."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    CANNOT_RUN,
    FAULTS_FOUND,
    AsJson,
    Config,
    answer,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.clock import Clock
    from qc_engine.store.copying import Copied
    from qc_engine.store.database import Database

DEFAULT = Path("config.yaml")
TIMES = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


def backup(
    file: Annotated[Path, typer.Argument(help="A new file; put the date into its name.")],
    config: Config = DEFAULT,
) -> None:
    """Write everything that is known into one file, every row compared. The engine may go on.

    The file is a SQLite database, also of PostgreSQL, and holds everything about everybody: keep it safe. Not
    in it: config.yaml, the scenarios' files, and the secret key (by default in qc.key beside the database).
    Exit codes: 1 the file is already there, 3 cannot run.

    Example: qc backup /backup/qc-$(date +%F).db
    """
    from qc_engine.store import backup as backups

    with faults_explained(), copying_explained():
        database, clock = _opened(config)
        rows = backups.back_up(database, file, clock.now(), told_each)
    say(f"{rows} rows are in {file}, each compared")


def restore(
    file: Annotated[Path, typer.Argument(help="What `qc backup` wrote.")],
    config: Config = DEFAULT,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move the SQLite file of now aside; it is kept.")
    ] = False,
) -> None:
    """Read a backup into the empty database of config.yaml. Nothing leaves until `qc release`.

    Stop the engine first. When it is started again it only listens: it asks the portal and the channel what
    came since the backup and decides, and everything that it would send waits. Exit codes: 1 the database is
    not empty or the file is no backup, 3 cannot run.

    Examples:

      qc restore /backup/qc-2026-03-09.db --replace

      qc run, and when qc status names no poll any more: qc release
    """
    from qc_engine.store import backup as backups
    from qc_engine.store.lock import lock_of

    with faults_explained(), copying_explained():
        database, clock = _opened(config)
        at, lock = backups.taken_at(file), lock_of(database)
        lock.take()
        try:
            now = clock.now()
            with backups.moved_aside(database, now) if replace else nullcontext() as aside:
                rows = backups.restore(file, database, now, told_each)
        finally:
            lock.free()
    if aside:
        say(f"what was there before is in {aside}")
    say(f"{rows} rows as they were at {at:%Y-%m-%d %H:%M} UTC. Nothing leaves until `qc release`")


def hold(
    taken: Annotated[
        datetime,
        typer.Option("--taken", formats=TIMES, help="Of what moment the database is; UTC, rather too early."),
    ],
    config: Config = DEFAULT,
) -> None:
    """The database came back by other means (pg_restore, a snapshot of the machine): hold it like a restore.

    Stop the engine first. When it is started again it only listens; nothing leaves until `qc release`.
    Exit code 3: cannot run, an engine works on this database.

    Example: qc hold --taken "2026-03-09 02:00"
    """
    from qc_engine.store import holding, workers
    from qc_engine.store.lock import lock_of

    with faults_explained():
        database, clock = _opened(config)
        lock = lock_of(database)
        lock.take()
        try:
            with database.transaction() as session:
                workers.forget_all(session)
                holding.hold(session, taken.replace(tzinfo=UTC), clock.now())
        finally:
            lock.free()
    say(f"held, as of {taken:%Y-%m-%d %H:%M} UTC. Nothing leaves until `qc release`")


def release(
    config: Config = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let go what a restore holds. What a repeat could double is looked for at the vendor first.

    A message of which nobody can tell whether it left is shown to a person: qc attention. Exit codes: 1 a
    poll has not been answered yet since the restore, so what came meanwhile is not known.

    Example: qc release
    """
    from qc_engine.store import holding

    with faults_explained():
        database, clock = _opened(config)
        with database.reading() as session:
            is_held, kinds = holding.is_held(session), holding.planned(session)
        if is_held and not (yes or as_json):
            for kind, count in kinds.items():
                say(f"{kind}: {count}")
            typer.confirm("Let these go? What may have been done already is looked for first.", abort=True)
        with database.transaction() as session:
            try:
                count = holding.release(session, clock.now())
            except ValueError as missing:
                complain(
                    f"qc: not answered yet since the restore: {missing}. Is the engine running? qc status"
                )
                raise typer.Exit(FAULTS_FOUND) from None
    if as_json:
        answer({"held": count >= 0, "looked_for_first": max(count, 0), "planned": kinds})
    else:
        say("nothing is held" if count < 0 else f"let go; looked for first: {count}")


@contextmanager
def copying_explained() -> Iterator[None]:
    from qc_engine.store.copying import CannotCopy

    try:
        yield
    except CannotCopy as why:
        complain(f"qc: {why}")
        raise typer.Exit(FAULTS_FOUND) from None
    except OSError as trouble:
        complain(f"qc: {trouble.filename}: {trouble.strerror}")
        raise typer.Exit(CANNOT_RUN) from None


def _opened(config: Path) -> "tuple[Database, Clock]":
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, read_installation

    settings = read_installation(config, with_secrets=False)
    return Database(settings.database_url), clock_of(settings)


def told_each(one: "Copied") -> None:
    if one.rows:
        complain(str(one))

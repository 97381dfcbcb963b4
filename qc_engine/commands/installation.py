"""qc installation: what this database is here; asked when it was brought from another place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    FAULTS_FOUND,
    AsJson,
    Config,
    answer,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from datetime import datetime

    from qc_engine.core.place import Known
    from qc_engine.flow.standing import Standing

DEFAULT = Path("config.yaml")
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
app = typer.Typer(no_args_is_help=True, help="What this database is here: the installation, or a copy of it.")


@app.command()
def show(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Who this installation is and where it lives, as its database knows it.

    Exit code 1: the database comes from another place, and nothing leaves until a person says what it is.

    Example: qc installation show
    """
    from qc_engine.core.place import differs

    with _standing(config) as (standing, found, _):
        how = differs(found.place, standing.here)
    told = {"id": found.id, "address": found.place.address, "copy": found.is_trial, "differs": how}
    if as_json:
        answer(told)
    else:
        what = "a copy for trying" if found.is_trial else "the installation"
        say(f"{found.id}: {what}, at {found.place.address}")
    if how:
        complain(f"qc: another {how} here, {standing.here.address}: qc installation moved, or: copy")
        raise typer.Exit(FAULTS_FOUND)


@app.command()
def moved(config: Config = DEFAULT, yes: Yes = False) -> None:
    """This is the installation now: it has moved here, or got another public_url. It goes on at once.

    No other engine may go on with the former database: both would write to clients. Did it go on after the
    copy was taken? Then `qc hold --taken "2026-03-09 02:00"` first: what may have left is looked for.

    Example: qc installation moved
    """
    question = "This is the installation now, and no engine runs with the former database?"
    _declare(config, question if not yes else "", is_trial=False)
    say("noted: this is the installation; it goes on by itself")


@app.command()
def copy(config: Config = DEFAULT, yes: Yes = False) -> None:
    """This is a copy for trying: it speaks only with sandboxes of this machine, never with clients.

    Doors to a portal, a channel or mail elsewhere stay closed, whatever config.yaml says of them.

    Example: qc installation copy
    """
    _declare(config, "" if yes else "This is a copy, and nothing may ever leave it?", is_trial=True)
    say("noted: a copy for trying; only sandboxes of this machine are spoken with")


def _declare(config: Path, question: str, *, is_trial: bool) -> None:
    from qc_engine.store import place

    with _standing(config) as (standing, found, now):
        if question:
            typer.confirm(question, abort=True)
        with standing.database.transaction() as session:
            place.declare(session, found, standing.here, now, is_trial=is_trial)


@contextmanager
def _standing(config: Path) -> "Iterator[tuple[Standing, Known, datetime]]":
    """Exit code 1 where no engine has begun yet: there is nothing that could have been copied."""
    from qc_engine.store import place, schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, read_installation
    from qc_engine.wiring.place import standing_of

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        with database.reading() as session:
            found = place.known(session)
        if found is None:
            complain("qc: this database has not been started yet: its first start makes it known. qc run")
            raise typer.Exit(FAULTS_FOUND)
        yield standing_of(settings, database), found, clock_of(settings).now()

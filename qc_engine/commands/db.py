"""qc db: the schema of the database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, Config, complain, faults_explained, say

if TYPE_CHECKING:
    from qc_engine.store.database import Database

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="The schema of the database.")


@app.command()
def upgrade(config: Config = DEFAULT) -> None:
    """Bring the database to the schema that this program needs. Safe to repeat.

    Example: qc db upgrade
    """
    from qc_engine.store import schema

    with faults_explained():
        database = _database(config)
        before = schema.current(database)
        schema.upgrade(database)
        say(f"database: {before or 'empty'} -> {schema.current(database)}")


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


def _database(config: Path) -> "Database":
    from qc_engine.store.database import Database
    from qc_engine.wiring import read_installation

    return Database(read_installation(config, with_secrets=False).database_url)

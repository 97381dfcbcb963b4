"""qc secrets: the key that seals what is secret in the database, and its way to the next one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    FAULTS_FOUND,
    WRONG_USE,
    AsJson,
    Config,
    answer,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.store.resealing import Stand
    from qc_engine.wiring.keeping import Keeper

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="The key that seals tokens and secrets in the database.")


@app.command()
def status(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """How many secrets stand under the key of today, under former ones, under none that is given.

    Nothing secret is shown. Exit code 1: something is not under the key of today.

    Example: qc secrets status --json
    """
    with _keeper(config) as keeper:
        _tell(keeper.stand(), as_json)


@app.command()
def new(config: Config = DEFAULT) -> None:
    """Write a new key into the file beside the database; the former one stays under it and still opens.

    Then start the engine anew, `qc secrets rotate`, and at last `qc secrets drop`. Where QC_SECRET_KEY is
    configured, put the new key there yourself, and the former one into QC_PREVIOUS_SECRET_KEY.
    Exit code 1: the key is configured.

    Example: qc secrets new
    """
    with _keeper(config) as keeper:
        keeper.begin()
    say("a new key is in its file. Now start the engine anew, then: qc secrets rotate")


@app.command()
def rotate(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Seal everything anew with the key of today. The engine may go on; may be broken off and repeated.

    Refused while a worker still runs with the former key: it could not read what is sealed anew.
    Exit codes: 1 a worker runs with another key, or something opens with no key; 3 the key is wrong.

    Example: qc secrets rotate
    """
    with _keeper(config) as keeper:
        _tell(keeper.rotate(lambda done, of: complain(f"{done} of {of}")), as_json)


@app.command()
def drop(config: Config = DEFAULT) -> None:
    """Take former keys out of the file beside the database, when nothing is sealed with them any more.

    A backup opens with the key of its day: keep former keys as long as the backups of their time.
    Exit code 1: something is still sealed with one, or the key is configured.

    Example: qc secrets drop
    """
    with _keeper(config) as keeper:
        count = keeper.drop()
    say(f"former keys taken out: {count}")


@app.command(name="give-up")
def give_up(
    config: Config = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="The former key is lost for ever.")] = False,
) -> None:
    """Go on without a lost key. People who were erased are then not recognised any more.

    What the engine had begun at the vendors before may be made a second time: stop it, and look at
    `qc attention` first. Then connect the portal's application anew, and reset second steps.

    Example: qc secrets give-up --yes
    """
    if not yes:
        complain("qc: erased people would not be recognised any more. If the key is lost for ever: --yes")
        raise typer.Exit(WRONG_USE)
    with _keeper(config) as keeper:
        keeper.give_up()
    say("gone on with the key of today. Now: qc bitrix24 connect, qc console forget-two-steps, qc doctor")


@contextmanager
def _keeper(config: Path) -> "Iterator[Keeper]":
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, read_installation
    from qc_engine.wiring.keeping import CannotChange, Keeper

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.require_current(database)
        try:
            yield Keeper(settings, database, clock_of(settings))
        except CannotChange as why:
            complain(f"qc: {why}")
            raise typer.Exit(FAULTS_FOUND) from None


def _tell(now: "Stand", as_json: bool) -> None:
    if as_json:
        answer({"sealed_with_this_key": now.fresh, "with_a_former_key": now.old, "with_a_lost_key": now.lost})
    else:
        say(f"under the key of today: {now.fresh}; under a former one: {len(now.old)}")
        for name in now.lost:
            say(f"no given key opens: {name}")
    if now.old or now.lost:
        raise typer.Exit(FAULTS_FOUND)

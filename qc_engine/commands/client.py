"""qc client show, erase, answered, scrub: what is held about a person, and its end."""

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
    from datetime import datetime

    from qc_engine.telling.keeping import Archive

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="What is held about a person: show it, erase it.")
Phone = Annotated[str, typer.Argument(help="The person's phone, in any spelling.")]


@app.callback()
def client() -> None:
    """What is held about a person: show it, erase it."""


@app.command()
def show(phone: Phone, config: Config = DEFAULT) -> None:
    """Everything that is held about a person, as one JSON document to be handed out.

    Cases, messages, scores, words, clicks, what came in. Exit codes: 1 nothing is held, 2 no phone.

    Example: qc client show "+7 701 555 12 34" > person.json
    """
    archive, _ = _archive(config)
    told = archive.held(_digits(archive, phone))
    if told is None:
        complain("qc: nothing is held about this phone")
        raise typer.Exit(FAULTS_FOUND)
    answer(told)


@app.command()
def erase(
    phone: Phone,
    reason: Annotated[str, typer.Option("--reason", help="Why: kept in the record.")] = "",
    by: Annotated[str, typer.Option("--by", envvar="QC_BY", help="Who does it: kept in the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without it only what would go is told.")] = False,
    as_json: AsJson = False,
    config: Config = DEFAULT,
) -> None:
    """Erase everything about a person, for ever; scores stay, of nobody. They are never written to again.

    What has not been sent is cancelled, links lead nowhere. Copies in the CRM, the messenger and in backups
    are not reached. The record holds when, by whom and why, and a keyed fingerprint of the phone.
    Exit codes: 1 nothing is held, 2 wrong use.

    Example: qc client erase "+7 701 555 12 34" --reason "letter of 3 March" --by Maria --yes
    """
    archive, now = _archive(config)
    digits = _digits(archive, phone)
    told = archive.held(digits)
    if told is None:
        complain("qc: nothing is held about this phone")
        raise typer.Exit(FAULTS_FOUND)
    if not yes or not reason.strip() or not by.strip():
        complain(f"qc: {len(told['cases'])} case(s), {len(told['received'])} event(s) would go for ever")
        complain("qc: say --reason, --by and --yes")
        raise typer.Exit(WRONG_USE)
    done = archive.forget(digits, by.strip(), "", reason.strip(), now, however_large=True)
    if as_json:
        answer({"record": done.record, "erased": dict(done.counts), "rewritten": done.rewritten})
        return
    say(f"erased; record {done.record}: " + ", ".join(f"{name} {n}" for name, n in done.counts.items()))
    if not done.rewritten:
        say("the database was busy: its free space is still to be rewritten, by: qc client scrub")


@app.command()
def answered(
    case: Annotated[str, typer.Argument(help="The case that the alarm names, or event-NUMBER.")],
    config: Config = DEFAULT,
) -> None:
    """Who asked for the end of their data was answered otherwise, or did not mean it: the alarm goes.

    `qc client erase` clears it by itself. Exit code 1: there is no such request.

    Example: qc client answered K7Q2ABCD
    """
    from qc_engine.store import wishes

    archive, _ = _archive(config)
    with archive.teller.database.transaction() as session:
        stood = wishes.settle(session, [case])
    if not stood:
        complain("qc: nobody has asked for that; which there are: qc attention")
        raise typer.Exit(FAULTS_FOUND)
    say("noted: answered")


@app.command()
def scrub(config: Config = DEFAULT) -> None:
    """Write the database's file anew, so that nothing erased can be read from its free space.

    Whoever writes waits for it: at a quiet hour. Exit codes: 1 the database was busy, try again.

    Example: qc client scrub
    """
    from qc_engine.flow.forgetting import rewrite

    archive, _ = _archive(config)
    if not rewrite(archive.teller.database, however_large=True):
        complain("qc: the database was busy; try again")
        raise typer.Exit(FAULTS_FOUND)
    say("rewritten")


def _archive(config: Path) -> "tuple[Archive, datetime]":
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.telling.keeping import Archive
    from qc_engine.telling.teller import teller_of
    from qc_engine.wiring import clock_of, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        return Archive(teller_of(settings, database)), clock_of(settings).now()


def _digits(archive: "Archive", phone: str) -> str:
    digits = archive.phone_of(phone)
    if not digits:
        complain("qc: that is no phone; write it with the country's code, for example +7 701 555 12 34")
        raise typer.Exit(WRONG_USE)
    return digits

"""qc explain, attention, resolve, replay: what happened, what needs a person, and acting on it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, faults_explained, say

if TYPE_CHECKING:
    from qc_engine.store.database import Database
    from qc_engine.telling import Teller
    from qc_engine.wiring import Installation

DEFAULT = Path("config.yaml")
Language = Annotated[str, typer.Option("--language", "-l", help="ru, kk or en; default: from config.yaml.")]


class How(StrEnum):
    """What a person found out about an uncertain or refused effect."""

    HAPPENED = "happened"
    AGAIN = "again"
    DROP = "drop"


def explain(
    what: Annotated[str, typer.Argument(help="A case (K7Q2W9XR), a phone (+7 701 ...), or a deal (4312).")],
    config: Config = DEFAULT,
    language: Language = "",
    brief: Annotated[
        bool, typer.Option("--brief", "-b", help="Without the conditions that did not hold.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell the story of a case: every event, every condition with its verdict, everything sent.

    Also answers 'why did the bot not write'. Exit 1 when nothing is known about it.

    Examples: qc explain 4312 --brief        qc explain "+7 701 123 45 67" --json
    """
    from qc_engine.explain.printing import as_text

    with faults_explained():
        stories = _teller(config).stories(what, language)
    if as_json:
        answer({"cases": stories})
    elif stories:
        say("\n\n".join(as_text(one, brief=brief) for one in stories))
    if not stories:
        complain(f"Nothing is known about {what}: no case, deal or phone like that.")
        raise typer.Exit(FAULTS_FOUND)


def attention(config: Config = DEFAULT, language: Language = "", as_json: AsJson = False) -> None:
    """List what needs a person: uncertain and refused effects, unreadable webhooks, broken connections.

    Exit 1 when there is something.

    Example: qc attention
    """
    from qc_engine.explain.attention import as_text

    with faults_explained():
        found = _teller(config).attention(language)
    answer(found) if as_json else say(as_text(found))
    if found["count"]:
        raise typer.Exit(FAULTS_FOUND)


def resolve(
    effect: Annotated[int, typer.Argument(help="The number that `qc attention` shows.")],
    how: Annotated[How, typer.Argument(help="happened: it reached them; again: send it; drop: never.")],
    config: Config = DEFAULT,
) -> None:
    """Say what became of an uncertain or refused effect.

    Example: qc resolve 812 happened
    """
    from qc_engine.explain.attention import resolve as settle
    from qc_engine.wiring import clock_of

    with faults_explained():
        settings, database = _opened(config)
        try:
            with database.transaction() as session:
                settle(session, effect, how.value, clock_of(settings).now())
        except ValueError as reason:
            complain(f"qc: {reason}")
            raise typer.Exit(FAULTS_FOUND) from None
    say(f"effect {effect}: {how.value}")


def replay(
    event: Annotated[int, typer.Argument(help="The number of a quarantined event, from `qc attention`.")],
    config: Config = DEFAULT,
) -> None:
    """Run a quarantined event again, after the fault is mended.

    Example: qc replay 57
    """
    from qc_engine.store import inbox
    from qc_engine.wiring import clock_of

    with faults_explained():
        settings, database = _opened(config)
        with database.transaction() as session:
            if not inbox.release(session, event, clock_of(settings).now()):
                complain(f"qc: event {event} is not quarantined, or cannot be read at all.")
                raise typer.Exit(FAULTS_FOUND)
    say(f"event {event}: will be handled again")


def _teller(config: Path) -> "Teller":
    from qc_engine.telling import teller_of

    settings, database = _opened(config)
    return teller_of(settings, database)


def _opened(config: Path) -> "tuple[Installation, Database]":
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import read_installation

    settings = read_installation(config, with_secrets=False)
    database = Database(settings.database_url)
    schema.make_ready(database)
    return settings, database

"""qc why-not: why the bot did not write, or not yet."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, faults_explained, say

DEFAULT = Path("config.yaml")
Language = Annotated[str, typer.Option("--language", "-l", help="ru, kk or en; default: from config.yaml.")]


def why_not(
    what: Annotated[str, typer.Argument(help="A phone (+7 701 ...), a deal (4312), or a case (K7Q2W9XR).")],
    config: Config = DEFAULT,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Say why the bot did not write to a client, or not yet: the answer first, then the facts.

    Asks the database only; works while the engine runs. Exit 1 when there is no case.

    Examples: qc why-not 4312        qc why-not "+7 701 123 45 67" --json
    """
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.telling import teller_of
    from qc_engine.telling.why import as_text
    from qc_engine.wiring import clock_of, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        told = teller_of(settings, database).why_not(what, clock_of(settings).now(), language)
    answer(told) if as_json else say(as_text(told))
    if not told["cases"]:
        raise typer.Exit(FAULTS_FOUND)

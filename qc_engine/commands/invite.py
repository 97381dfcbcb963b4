"""qc invite: the links with which a client opens our chats in messengers."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, faults_explained, say

DEFAULT = Path("config.yaml")
Language = Annotated[str, typer.Option("--language", "-l", help="ru, kk or en; default: from config.yaml.")]


def invite(
    what: Annotated[str, typer.Argument(help="A phone (+7 701 ...), a deal (4312), or a case (K7Q2W9XR).")],
    config: Config = DEFAULT,
    language: Language = "",
    qr: Annotated[
        bool, typer.Option("--qr", help="Draw each link as a QR code, to be scanned at the desk.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show where a client can be met, and the links with which they open our chats in messengers.

    A bot may not write first: the client opens its chat by such a link, once. Exit 1 when there is no case.

    Examples: qc invite 4312        qc invite 4312 --qr        qc invite "+7 701 123 45 67" --json
    """
    from qc_engine.explain.voice import Voice
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.telling import teller_of
    from qc_engine.telling.inviting import as_text
    from qc_engine.wiring import read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        told = teller_of(settings, database).invitations(what)
    voice = Voice(language or settings.language, settings.timezone)
    answer(told) if as_json else say(as_text(told, voice))
    for link in told["links"] if qr and not as_json else ():
        _draw(link["link"])
    if not told["phone"]:
        raise typer.Exit(FAULTS_FOUND)


def _draw(link: str) -> None:
    import segno

    say(f"\n{link}")
    segno.make(link, micro=False).terminal(compact=True)

"""qc report: what somebody reads once a week."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.shared import WRONG_USE, Config, complain, faults_explained, say

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="Reports for people who do not open the console.")


@app.callback()
def report() -> None:
    """Reports for people who do not open the console."""


@app.command()
def week(
    out: Annotated[Path, typer.Option("--out", "-o", help="The HTML file to write.")] = Path("week.html"),
    which: Annotated[str, typer.Option("--week", help="As 2026-W09; without it, the last whole week.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="ru, kk or en.")] = "",
    config: Config = DEFAULT,
) -> None:
    """Write the owner's page of one week: response rate, averages by branch, reviews, complaints.

    It is one HTML file that needs nothing else; printed, it is one page.

    Example: qc report week --week 2026-W09 --out week.html
    """
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.telling import teller_of
    from qc_engine.telling.weekly import weekly_report
    from qc_engine.web.console.words import LANGUAGES
    from qc_engine.web.pages.analytics.week import NAMED
    from qc_engine.wiring import clock_of, read_installation

    if (which and not NAMED.fullmatch(which)) or (language and language not in LANGUAGES):
        complain("qc: --week is written as 2026-W09, --language is ru, kk or en")
        raise typer.Exit(WRONG_USE)
    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        page = weekly_report(teller_of(settings, database), clock_of(settings), which, language)
    out.write_text(page, "utf-8")
    say(f"{out}: written")

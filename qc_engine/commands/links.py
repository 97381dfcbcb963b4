"""qc links: how far review links come, and whether their pages are alive."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
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
    from qc_engine.store.funnel import Funnel

DEFAULT = Path("config.yaml")
NOTHING = """No review link has been prepared{since}.
A link is made when a case begins, one for each address in review_pages of its branch in config.yaml."""
app = typer.Typer(no_args_is_help=True, help="Review links: how far they come, are their pages alive.")


@app.command()
def funnel(
    config: Config = DEFAULT,
    since: Annotated[
        str, typer.Option("--since", help="Links prepared since: 2026-03-01, or a span such as '7 days'.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show by branch and platform: prepared, sent, delivered, previewed, clicked, verified.

    Previewed: a machine opened the link. Clicked: a person did. Verified: and a manager found the review.
    Only the database is asked; works while the engine runs.

    Examples:

      qc links funnel --since "7 days"

      qc links funnel --since 2026-03-01 --json
    """
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.store.funnel import funnel as funnel_of
    from qc_engine.wiring import clock_of, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
    begins = _moment(since, clock_of(settings).now(), settings.timezone)
    with database.reading() as session:
        rows = funnel_of(session, begins)
    if as_json:
        answer({"since": begins and begins.isoformat(), "funnel": [asdict(row) for row in rows]})
    elif not rows:
        say(NOTHING.format(since=f" since {since}" if since else ""))
    else:
        say(as_table(rows))


def as_table(rows: "Sequence[Funnel]") -> str:
    """With shares: delivered and clicked of what was sent, verified of what was clicked."""
    from qc_engine.store.funnel import STAGES

    several = len({row.portal for row in rows}) > 1
    head = [*(("portal",) if several else ()), "branch", "platform", *STAGES]
    body = [
        [*((row.portal,) if several else ()), row.branch or "-", row.platform, *_cells(row)] for row in rows
    ]
    table = [head, *body]
    widths = [max(len(line[place]) for line in table) for place in range(len(head))]
    numbers = len(head) - len(STAGES)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place >= numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def _cells(row: "Funnel") -> list[str]:
    return [
        str(row.prepared),
        str(row.sent),
        _share(row.delivered, row.sent),
        str(row.previewed),
        _share(row.clicked, row.sent),
        _share(row.verified, row.clicked),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else str(part)


def _moment(text: str, now: datetime, timezone: str) -> datetime | None:
    from zoneinfo import ZoneInfo

    from qc_engine.settings import parse_span

    if not text:
        return None
    try:
        begins = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - parse_span(text)
        except ValueError:
            complain(f"qc: --since {text}: write a day such as 2026-03-01, or a span such as '7 days'")
            raise typer.Exit(WRONG_USE) from None
    return begins if begins.tzinfo else begins.replace(tzinfo=ZoneInfo(timezone))


@app.command()
def check(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Open every review page of config.yaml now, as the engine does once a day. Exit 1 when one is dead.

    Only the address itself is sent to the platform; what it shows to people may still differ.

    Example: qc links check
    """
    import httpx

    from qc_engine.wiring import read_installation
    from qc_engine.wiring.links import review_pages
    from redirect.checking import ask_page
    from redirect.platforms import check_target

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
    found = []
    with httpx.Client(follow_redirects=False) as http:
        for (portal, branch), pages in review_pages(settings).items():
            for platform, url in pages.items():
                wrong = check_target(platform, url) or ask_page(http, url).wrong
                found.append(
                    {"portal": portal, "branch": branch, "platform": platform, "url": url, "wrong": wrong}
                )
    if as_json:
        answer({"pages": found})
    else:
        lines = [
            f"{one['branch']}, {one['platform']}: {one['wrong'] or 'alive'}  {one['url']}" for one in found
        ]
        say("\n".join(lines) or "config.yaml has no review_pages.")
    if any(one["wrong"] for one in found):
        raise typer.Exit(FAULTS_FOUND)

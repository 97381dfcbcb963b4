"""qc demo: the product at work, on a page, as a fixed cast, or as a whole season."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
Examples:

  qc demo                      a page to play with; Ctrl-C ends it

  qc demo --headless           a fixed cast plays by itself; a table at the end

  qc demo --headless --json    the same for machines: one JSON object, exit 0 only if all is as expected

  qc demo --season             7,500 clients of 12 branches under a fast clock, with a progress bar

Exit codes: 0 all as expected, 1 something is not, 3 it could not start.
"""
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
NOT_AS_EXPECTED, CANNOT_START = 1, 3


@cli.command(epilog=EXAMPLES)
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No page: a fixed cast plays by itself.")
    ] = False,
    season: Annotated[bool, typer.Option("--season", help="No page: a whole season of clients.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    clients: Annotated[int, typer.Option(min=12, help="How many clients a season has.")] = 7500,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the page; taken: any free one.")
    ] = 8800,
    seed: Annotated[int, typer.Option(help="Another seed gives another season.")] = 1,
    events: Annotated[
        bool, typer.Option("--events/--no-events", help="Without the portal's events polling must do it all.")
    ] = True,
    keep: Annotated[
        Path | None, typer.Option(help="Keep database and logs in this folder; default: thrown away.")
    ] = None,
) -> None:
    """Show the engine beside a simulated Bitrix24 portal, a Chat2Desk account and a phone.

    Nothing leaves this machine: both run as processes of their own and speak over real HTTP.
    """
    from sandbox.demo.processes import CannotStart

    with tempfile.TemporaryDirectory(prefix="qc-demo-") as thrown_away:
        folder = (keep or Path(thrown_away)).resolve()
        try:
            if season:
                well = _season(folder, clients, seed, events, as_json)
            elif headless or as_json:
                well = _headless(folder, events, as_json)
            else:
                well = _page(folder, port)
        except CannotStart as trouble:
            sys.stderr.write(f"qc demo: {trouble}\n")
            raise typer.Exit(CANNOT_START) from None
    if not well:
        raise typer.Exit(NOT_AS_EXPECTED)


def _page(folder: Path, port: int) -> bool:
    from sandbox.demo.page import show

    return show(folder, port)


def _headless(folder: Path, events: bool, as_json: bool) -> bool:
    from sandbox.demo.headless import perform

    return perform(folder, events, as_json)


def _season(folder: Path, clients: int, seed: int, events: bool, as_json: bool) -> bool:
    from sandbox.demo.season import perform

    return perform(folder, clients, seed, events, as_json)


if __name__ == "__main__":
    # The engine beside us has its own name; here the visitor typed `qc demo`.
    cli(prog_name=f"{os.environ.get('QC_STARTED_BY', 'qc-engine')} demo")

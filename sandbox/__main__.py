"""qc sandbox: a pretend Bitrix24 portal, a pretend Chat2Desk account and a page to play with them."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.control.defaults import SECRET, TOKEN

EXAMPLES = """
Examples:

  qc sandbox

  qc sandbox --port 9100 --branches 5 --json

  qc sandbox --clock-file /tmp/clock.json --start 2026-03-02T09:00:00+05:00
"""

cli = typer.Typer(add_completion=False)


@cli.command(epilog=EXAMPLES)
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    secret: Annotated[str, typer.Option(help="Secret of the portal's incoming webhook.")] = SECRET,
    token: Annotated[str, typer.Option(help="Token of the Chat2Desk account.")] = TOKEN,
    clock_file: Annotated[
        Path | None, typer.Option(help="File that tells other processes the sandbox's time.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="When the sandbox's time begins, ISO with offset; default now.")
    ] = None,
    company: Annotated[
        str,
        typer.Option(help="tyres, none (a bare portal), or a YAML file with a list `branches` of names."),
    ] = "tyres",
    branches: Annotated[int, typer.Option(min=1, max=12, help="How many tyre centres.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one line of JSON.")] = False,
) -> None:
    """Serves the sandbox until it is stopped; everything lives in memory."""
    import uvicorn

    from sandbox.app import make_app
    from sandbox.clock import SandboxClock

    clock = SandboxClock(clock_file, _start(start))
    app = make_app(clock, secret=secret, token=token, company=_company(company, branches))
    _announce(f"http://{host}:{port}", secret, token, as_json)
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning", timeout_graceful_shutdown=2)


def _start(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--start") from None
    if moment.tzinfo is None:
        raise typer.BadParameter("needs an offset, like 2026-03-02T09:00:00+05:00", param_hint="--start")
    return moment


def _company(wanted: str, branches: int) -> Any:
    from ruamel.yaml import YAML

    from sandbox.bitrix24.company import bare_portal, tyre_chain

    if wanted == "none":
        return bare_portal()
    if wanted in ("tyres", "tyres.yaml"):
        return tyre_chain(branches)
    try:
        names = YAML(typ="safe").load(Path(wanted))["branches"]
        return tyre_chain(names=[str(name) for name in names])
    except (OSError, TypeError, KeyError, ValueError) as problem:
        raise typer.BadParameter(f"{wanted}: {problem}", param_hint="--company") from None


def _announce(base: str, secret: str, token: str, as_json: bool) -> None:
    addresses = {
        "portal_url": f"{base}/rest/1/{secret}/",
        "chat2desk_url": f"{base}/chat2desk",
        "chat2desk_token": token,
        "control_url": f"{base}/sandbox",
        "page_url": f"{base}/",
    }
    if as_json:
        typer.echo(json.dumps(addresses))
        return
    for name, value in addresses.items():
        typer.echo(f"{name.replace('_', ' '):<16} {value}")


if __name__ == "__main__":
    cli(prog_name=f"{os.environ.get('QC_STARTED_BY', 'qc-engine')} sandbox")

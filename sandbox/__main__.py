"""qc sandbox: a pretend Bitrix24 portal, pretend channels to its clients and a page to play with them."""

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.control.defaults import Keys

EXAMPLES = """
Examples:

  qc sandbox

  qc sandbox --port 9100 --branches 5 --json

  qc sandbox --tls-port 9443 --certificate /tmp/portal.pem --state /tmp/portal.json

  qc sandbox --clock-file /tmp/clock.json --start 2026-03-02T09:00:00+05:00
"""

KEYS = Keys()
cli = typer.Typer(add_completion=False)


@cli.command(epilog=EXAMPLES)
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    secret: Annotated[str, typer.Option(help="Secret of the portal's incoming webhook.")] = KEYS.portal,
    token: Annotated[str, typer.Option(help="Token of the Chat2Desk account.")] = KEYS.chat2desk,
    telegram_token: Annotated[
        str, typer.Option(help="Token of the bot of Telegram, like 123456:AA...")
    ] = KEYS.telegram,
    max_token: Annotated[str, typer.Option(help="Token of the bot of MAX.")] = KEYS.max,
    sms_key: Annotated[str, typer.Option(help="API key of both SMS gateways.")] = KEYS.sms,
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
    branch_kind: Annotated[
        str,
        typer.Option(help="Kind of the deals' branch field: string, enumeration, iblock_element or crm."),
    ] = "string",
    tls_port: Annotated[
        int | None, typer.Option(help="Serve https on this port too, for clients that insist on it.")
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="Where the TLS certificate lies (PEM, its key beside it as FILE.key); made when missing."
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="File with the portal: loaded at the start when it exists, saved at the end. "
            "Chats of Chat2Desk are not in it. It holds tokens."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as one line of JSON.")] = False,
) -> None:
    """Serves the sandbox until it is stopped; everything lives in memory."""
    from sandbox.app import make_app
    from sandbox.bitrix24.state import CannotLoad
    from sandbox.clock import SandboxClock
    from sandbox.serving import serve as serve_app

    clock = SandboxClock(clock_file, _start(start))
    keys = Keys(secret, token, _bot_token(telegram_token), max_token, sms_key)
    try:
        app = make_app(clock, keys=keys, company=_company(company, branches, branch_kind), state=state)
    except (CannotLoad, OSError) as problem:
        raise typer.BadParameter(str(problem), param_hint="--state") from None
    plain = _listen(host, port, "--port")
    tls = None if tls_port is None else _tls(_listen(host, tls_port, "--tls-port"), certificate, host)
    _announce(f"http://{host}:{plain.getsockname()[1]}", keys, host, tls, as_json)
    serve_app(app, plain, tls)


def _listen(host: str, port: int, option: str) -> Any:
    from sandbox.serving import listen

    try:
        return listen(host, port)
    except OSError as problem:
        raise typer.BadParameter(f"{host}:{port}: {problem.strerror}", param_hint=option) from None


def _tls(door: Any, certificate: Path | None, host: str) -> Any:
    from sandbox.serving import Tls
    from sandbox.tls import certificate_at

    path = certificate or Path(tempfile.mkdtemp(prefix="qc-sandbox-")) / "certificate.pem"
    try:
        return Tls(door, *certificate_at(path, datetime.now(UTC), host))
    except OSError as problem:
        raise typer.BadParameter(str(problem), param_hint="--certificate") from None


def _bot_token(text: str) -> str:
    if not text.partition(":")[0].isdecimal():
        raise typer.BadParameter(
            "begins with the bot's number, like 123456:AA...", param_hint="--telegram-token"
        )
    return text


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


def _company(wanted: str, branches: int, branch_kind: str) -> Any:
    from ruamel.yaml import YAML

    from sandbox.bitrix24.company import bare_portal, tyre_chain

    if wanted == "none":
        return bare_portal()
    try:
        if wanted in ("tyres", "tyres.yaml"):
            return tyre_chain(branches, branch_kind=branch_kind)
        names = YAML(typ="safe").load(Path(wanted))["branches"]
        return tyre_chain(names=[str(name) for name in names], branch_kind=branch_kind)
    except (OSError, TypeError, KeyError, ValueError) as problem:
        raise typer.BadParameter(f"{wanted}: {problem}", param_hint="--company") from None


def _announce(base: str, keys: Any, host: str, tls: Any, as_json: bool) -> None:
    from sandbox.max.account import NICK as MAX_BOT
    from sandbox.sms.account import LOGIN, PASSWORD
    from sandbox.telegram.account import NICK as TELEGRAM_BOT

    addresses = {
        "portal_url": f"{base}/rest/1/{keys.portal}/",
        "chat2desk_url": f"{base}/chat2desk",
        "chat2desk_token": keys.chat2desk,
        "telegram_url": f"{base}/telegram",
        "telegram_token": keys.telegram,
        "telegram_bot": TELEGRAM_BOT,
        "max_url": f"{base}/max",
        "max_token": keys.max,
        "max_bot": MAX_BOT,
        "sms_url": f"{base}/sms",
        "sms_login": LOGIN,
        "sms_password": PASSWORD,
        "sms_key": keys.sms,
        "control_url": f"{base}/sandbox",
        "page_url": f"{base}/",
    }
    if tls is not None:
        addresses["tls_portal_url"] = f"https://{host}:{tls.port}/rest/1/{keys.portal}/"
        addresses["certificate"] = str(tls.certificate)
    if as_json:
        typer.echo(json.dumps(addresses))
        return
    for name, value in addresses.items():
        typer.echo(f"{name.replace('_', ' '):<16} {value}")


def main() -> None:
    cli(prog_name=f"{os.environ.get('QC_STARTED_BY', 'qc-engine')} sandbox")


if __name__ == "__main__":
    main()

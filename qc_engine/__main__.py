"""The commands of qc-engine."""

import importlib.util
import os
import subprocess
import sys
from typing import Annotated

import typer

from qc_engine.commands import (
    answers,
    backup,
    bitrix24,
    case,
    check,
    client,
    console,
    db,
    doctor,
    installation,
    invite,
    links,
    redirect,
    report,
    review,
    run,
    secrets,
    simulate,
    status,
    stories,
    why,
)
from qc_engine.commands.scenario import app as scenario

PROGRAM = os.environ.get("QC_STARTED_BY", "qc-engine")
EPILOG = """Exit codes: 0 all is well · 1 faults or something that needs a person were found ·
2 wrong use of the command · 3 cannot run (wrong schema, already running, port taken)."""

app = typer.Typer(
    name=PROGRAM,
    help="Closes the quality loop after a service visit: asks the client, writes to the CRM, acts.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
BENCHMARKS = (
    *("redirect", "hooks", "waiting", "load", "crm", "answers", "decide", "simulate", "console"),
    "all",
)
PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}

app.command()(run.run)
app.command()(check.check)
app.command()(check.schemas)
app.command()(simulate.simulate)
app.command()(doctor.doctor)
app.command()(stories.explain)
app.command(name="why-not")(why.why_not)
app.command()(invite.invite)
app.command()(stories.attention)
app.command()(stories.resolve)
app.command()(stories.replay)
app.command()(review.review)
app.command()(status.status)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.hold)
app.command()(backup.release)
app.command()(status.reconcile)
app.add_typer(answers.app, name="answers")
app.add_typer(bitrix24.app, name="bitrix24")
app.add_typer(console.app, name="console")
app.add_typer(case.app, name="case")
app.add_typer(client.app, name="client")
app.add_typer(db.app, name="db")
app.add_typer(installation.app, name="installation")
app.add_typer(links.app, name="links")
app.add_typer(redirect.app, name="redirect")
app.add_typer(report.app, name="report")
app.add_typer(scenario.app, name="scenario")
app.add_typer(secrets.app, name="secrets")


@app.command(context_settings=PASSED_ON)
def demo(context: typer.Context) -> None:
    """Show the product at work beside a simulated portal, channel and phone (see `qc demo --help`)."""
    _hand_over("sandbox.demo", context.args)


@app.command(context_settings=PASSED_ON)
def sandbox(context: typer.Context) -> None:
    """Run only the simulated Bitrix24 portal, Chat2Desk account and phone (see `qc sandbox --help`)."""
    _hand_over("sandbox", context.args)


@app.command(context_settings=PASSED_ON)
def test() -> None:
    """Run all checks of a checkout: ./qc test (it installs what they need)."""
    raise typer.Exit(2)


@app.command(context_settings=PASSED_ON)
def bench(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="redirect, hooks, waiting, load, crm, answers, decide, simulate, console, or all in turn; "
            "each has its own --help."
        ),
    ],
) -> None:
    """Measure a part against a named baseline in the same run; in a checkout only.

    Example: ./qc bench crm --quick
    """
    if what not in BENCHMARKS or importlib.util.find_spec("benchmarks") is None:
        typer.echo(
            f"qc: there is no benchmark '{what}' here; in a checkout: {', '.join(BENCHMARKS)}", err=True
        )
        raise typer.Exit(2)
    _hand_over(f"benchmarks.{what}", context.args)


def _hand_over(module: str, arguments: list[str]) -> None:
    # Another process: the product never imports its sandbox.
    raise typer.Exit(subprocess.call([sys.executable, "-m", module, *arguments]))  # noqa: S603


def main() -> None:
    from qc_engine import logs

    logs.set_up("WARNING")  # on stderr: stdout belongs to the answer
    app(prog_name=PROGRAM)


if __name__ == "__main__":
    main()

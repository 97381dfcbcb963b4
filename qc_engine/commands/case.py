"""qc case start: a person begins a case for a deal, beside a running engine or before its next start."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands import case_acts
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
    from qc_engine.ports import Asking, Taken

DEFAULT = Path("config.yaml")
SOURCE = "command"  # of our rows in the inbox
app = typer.Typer(no_args_is_help=True, help="Begin a case by hand, or act on one.")
for act in (case_acts.stop, case_acts.pause, case_acts.resume, case_acts.score):
    app.command()(act)


@app.callback()
def case() -> None:
    """Begin a case by hand, or act on one."""


@app.command()
def start(
    scenario: Annotated[str, typer.Argument(help="The scenario, as its line 'scenario:' calls it.")],
    deal: Annotated[int, typer.Option("--deal", min=1, help="Number of the deal in the portal.")],
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value", help="What the scenario learns (from_start), as name=value; may be repeated."
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", envvar="QC_BY", help="Who says so: it is kept and shown.")] = "",
    portal: Annotated[
        str, typer.Option("--portal", help="Whose deal; not needed when one portal has the scenario.")
    ] = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Begin a case of a scenario for a deal, wherever the deal stands.

    A deal that was asked before is asked again, unless a case of this scenario is under way for it. Quiet
    hours, limits and 'stop' hold as always. It begins once the engine has read the deal; see `qc explain`.
    Exit codes: 1 no such scenario or portal, 2 wrong use.

    Example: qc case start date_changed --deal 4312 --value old=2026-03-05 --value new=2026-03-07 --by Maria
    """
    from qc_engine.ports import Asking

    asking = Asking(deal, scenario=scenario, portal=portal, by=by.strip(), values=_values(value or []))
    taken, where = _take(config, asking)
    if as_json:
        answer({"portal": where, "deal": deal, "scenario": scenario, "new": taken.new})
    else:
        say(f"deal {deal}: '{scenario}' begins once the deal has been read; see: qc explain {deal}")


def _values(pairs: list[str]) -> dict[str, str]:
    import re

    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name.strip()):
            complain(f"qc: --value {name!r}: write name=value, the name in small latin letters")
            raise typer.Exit(WRONG_USE)
        values[name.strip()] = value.strip()
    return values


def _take(config: Path, asking: "Asking") -> "tuple[Taken, str]":
    from dataclasses import replace

    from qc_engine.flow.starts.requests import Requests
    from qc_engine.ids import RandomIds
    from qc_engine.ports import NobodyBegins
    from qc_engine.scenario_files.similar import unknown
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, libraries_in_force, read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        libraries = libraries_in_force(settings, database)
        has_it = [name for name, one in libraries.items() if asking.scenario in one.active]
        meant = replace(asking, portal=asking.portal or next(iter(has_it), next(iter(libraries))))
        if not asking.portal and len(has_it) > 1:
            complain(f"qc: portals {', '.join(has_it)} have '{asking.scenario}'; say --portal")
            raise typer.Exit(WRONG_USE)
        requests = Requests(database, clock_of(settings), lambda: libraries, RandomIds(), SOURCE)
        try:
            return requests.take(meant), meant.portal
        except NobodyBegins as nobody:
            if nobody.what == "scenario" and asking.scenario in libraries[meant.portal].active:
                complain(
                    f"qc: '{asking.scenario}' begins no cases now: it is paused, or another stands for it"
                )
            else:
                complain(f"qc: {unknown(nobody.what, nobody.word, nobody.known)}")
            raise typer.Exit(FAULTS_FOUND) from None

"""qc scenario activate, pause, resume: which version takes new cases, and whether there are any."""

from pathlib import Path
from typing import Annotated

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    Because,
    By,
    InPortal,
    Name,
    explained,
    opened,
    who,
)
from qc_engine.commands.scenario.testing import WithoutTests, passed_over, refuse_failing, say_why
from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, say


def activate(
    name: Name,
    version: Annotated[
        str, typer.Option("--version", help="An older kept version; otherwise what the file holds now.")
    ] = "",
    by: By = "",
    because: Because = "",
    without_tests: WithoutTests = False,
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let new cases begin with a version: the file's, or an older one. Running cases stay on theirs.

    The whole folder is checked first, and the tests of the scenario are played. The engine takes it up
    within seconds. As long as the file does not change again, an older version stays in force.

    Examples:

      qc scenario activate tyre_centre --by Maria

      qc scenario activate tyre_centre --version 3fa2b1c9 --by Maria --because "fewer answers since Monday"
    """
    from qc_engine.telling.scenarios.switching import from_file, older, put

    say_why(because, without_tests=without_tests)
    with explained():
        one, said_by = opened(config, name, portal), who(by)
        library = older(one, version) if version else from_file(one)
        scenario = library.active[name]
        if not without_tests:
            refuse_failing(one, library)
        with one.database.transaction() as session:
            before = put(session, one, library, said_by, because, passed_over(without_tests=without_tests))
    if as_json:
        answer({"scenario": name, "portal": one.portal, "before": before, "version": scenario.version})
    else:
        what = (
            "was in force already"
            if before == scenario.version
            else f"is in force (before: {before[:SHORT]})"
        )
        say(f"{name}: {scenario.version[:SHORT]} {what}")


def pause(
    name: Name,
    by: By = "",
    because: Because = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Begin no new cases; those that run go on. To stop everything at once: qc scenario freeze.

    Example: qc scenario pause tyre_centre --by Maria --because "the texts are being rewritten"
    """
    _switch(config, name, portal, "pause", by, because, as_json=as_json)


def resume(
    name: Name,
    by: By = "",
    because: Because = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Begin new cases again. Deals that came meanwhile and are not too late have theirs at the next scan.

    Example: qc scenario resume tyre_centre --by Maria
    """
    _switch(config, name, portal, "resume", by, because, as_json=as_json)


def _switch(config: Path, name: str, portal: str, do: str, by: str, because: str, *, as_json: bool) -> None:
    from qc_engine.telling.scenarios.switching import SWITCHES, switch

    with explained():
        one, said_by = opened(config, name, portal), who(by)
        with one.database.transaction() as session:
            switch(session, one, do, said_by, because)
            state = one.row(session).state
        if state != SWITCHES[do][1]:
            complain(f"qc: {name} is {state}: qc scenario thaw {name}")
            raise typer.Exit(FAULTS_FOUND)
    answer({"scenario": name, "state": state}) if as_json else say(f"{name}: {state}")

"""qc scenario activate, pause, resume: which version takes new cases, and whether there are any."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    Because,
    By,
    InPortal,
    Name,
    Opened,
    explained,
    opened,
    version_meant,
    who,
)
from qc_engine.commands.scenario.testing import WithoutTests, passed_over, refuse_failing, say_why
from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, say

if TYPE_CHECKING:
    from qc_engine.core.scenario import Scenario
    from qc_engine.flow.library import Library


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
    say_why(because, without_tests=without_tests)
    with explained():
        one, said_by = opened(config, name, portal), who(by)
        library = _older(one, version) if version else _from_file(one)
        scenario = library.active[name]
        if not without_tests:
            refuse_failing(one, library)
        before = _put(one, library, scenario, said_by, because, without_tests=without_tests)
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
    _switch(config, name, portal, ("active", "paused"), "paused", by, because, as_json=as_json)


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
    _switch(config, name, portal, ("paused", "active"), "resumed", by, because, as_json=as_json)


def _switch(
    config: Path,
    name: str,
    portal: str,
    states: tuple[str, str],
    what: str,
    by: str,
    because: str,
    *,
    as_json: bool,
) -> None:
    from qc_engine.store import scenarios

    with explained():
        one, said_by = opened(config, name, portal), who(by)
        with one.database.transaction() as session:
            row = one.row(session)
            if row.state not in states:
                complain(f"qc: {name} is {row.state}: qc scenario thaw {name}")
                raise typer.Exit(FAULTS_FOUND)
            if row.state != states[1]:
                row.state = states[1]
                now, version = one.now(), row.version
                scenarios.note(
                    session, row, what, said_by, now, before=version, after=version, reason=because
                )
    answer({"scenario": name, "state": states[1]}) if as_json else say(f"{name}: {states[1]}")


# --- activating -------------------------------------------------------------------------------


def _from_file(one: Opened) -> "Library":
    from qc_engine.scenario_files.load import BadScenarios
    from qc_engine.scenario_files.source import Problem

    fresh = one.fresh()
    if one.name not in fresh.active:
        gone = f"no file here holds scenario {one.name}; an older version: --version"
        raise BadScenarios([Problem(str(one.folder), 1, 1, gone)])
    return fresh


def _older(one: Opened, said: str) -> "Library":
    with one.database.reading() as session:
        return one.alone(session, version_meant(session, one, said))


def _put(
    one: Opened, library: "Library", scenario: "Scenario", by: str, because: str, *, without_tests: bool
) -> str:
    """The version that was in force until now."""
    from qc_engine.store import scenarios

    with one.database.transaction() as session:
        row, now = one.row(session), one.now()
        library.remember(session, scenario, now)
        before, row.version = row.version, scenario.version
        if library.files:
            row.file_version = scenario.version
        if row.candidate == scenario.version:
            row.candidate, row.mode = "", ""
        scenarios.note(session, row, "activated", by, now, before=before, after=row.version, reason=because,
                       details=passed_over(without_tests=without_tests))  # fmt: skip
    return before

"""qc check: every fault of config.yaml and of all scenarios at once, with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, faults_explained, say

if TYPE_CHECKING:
    from qc_engine.commands.platforms import OfPlatforms
    from qc_engine.flow.versions.library import Library
    from qc_engine.store.database import Database
    from qc_engine.wiring import Installation
    from qc_engine.wiring.playing import OfTests

DEFAULT = Path("config.yaml")


def check(
    config: Config = DEFAULT,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Missing secrets are faults too, as they are for `qc run`.")
    ] = False,
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask the portal first what it calls its stages, fields and people."),
    ] = False,
) -> None:
    """Check config.yaml and all scenarios; every fault with file:line:column. Changes nothing.

    When there are none, all tests of the scenarios are played: those in their own files ('tests') and those
    beside them in NAME.tests.yaml. A test that does not hold is a fault at its line, with the story so far.

    Names of stages, fields and people are compared with what the portal called them when it was last read.
    Where a scenario goes against the published rules of a review platform, that is a warning: the exit code
    stays 0, and whoever decides so writes it under 'acknowledged' in config.yaml.

    Example: qc check --config config.yaml --online
    """
    with faults_explained():
        report = examine(config, with_secrets=with_secrets or online, online=online)
    if as_json:
        answer(report.document())
    elif report.problems:
        for one in report.problems:
            complain("\n".join([str(one), *report.story_of(one)]))
        complain(f"{len(report.problems)} fault(s)")
    elif not quiet:
        say(f"{config}: no faults; scenarios: {', '.join(report.scenarios)}")
        say("\n".join([*report.summary(), *report.about_names()]))
    if not as_json:
        for one in report.warnings:
            complain(str(one))
    if not as_json and report.platforms:
        for line in report.platforms.lines(quiet=quiet):
            complain(line)
    if report.problems:
        raise typer.Exit(FAULTS_FOUND)


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where the schemas go.")] = Path("schemas"),
) -> None:
    """Write the JSON schemas that let an editor complete and check scenarios, their tests and config.yaml.

    Example: qc schemas
    """
    from qc_engine.scenario_files.reference.schema import (
        config_schema,
        scenario_schema,
        tests_schema,
        written,
    )
    from qc_engine.wiring import Installation

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.json").write_text(written(scenario_schema()), encoding="utf-8")
    (folder / "tests.json").write_text(written(tests_schema()), encoding="utf-8")
    (folder / "config.json").write_text(written(config_schema(Installation)), encoding="utf-8")
    say(f"{folder}: scenario.json, tests.json, config.json")


@dataclass
class Report:
    """The problems in order of file and line, and what is fine."""

    problems: Sequence[Any] = ()
    scenarios: Sequence[str] = ()
    read_at: Mapping[str, datetime | None] = field(default_factory=dict)  # by portal
    platforms: "OfPlatforms | None" = None  # their rules; None when the files could not be read
    tests: "OfTests | None" = None  # those of the scenarios; None when something else is wrong
    warnings: Sequence[Any] = ()  # what somebody may have forgotten; no reason to stop

    def about_names(self) -> list[str]:
        """How far the names in the files can be trusted, a line per portal."""
        return [
            f"portal {name}: names compared with those of {at:%d.%m.%Y %H:%M} UTC"
            if at
            else f"portal {name}: its names were never read, so they are not compared: qc check --online"
            for name, at in self.read_at.items()
        ]

    def summary(self) -> list[str]:
        """How many tests of each scenario hold, a line each."""
        return list(self.tests.summary()) if self.tests else []

    def story_of(self, problem: Any) -> list[str]:
        """If a test does not hold: what had happened in it."""
        return self.tests.story_of(problem) if self.tests else []

    def document(self) -> dict[str, Any]:
        read_at = {name: at.isoformat() if at else None for name, at in self.read_at.items()}
        problems = [_as_row(one) for one in self.problems]
        told, warnings = (self.platforms.told, self.platforms.warnings) if self.platforms else ((), ())
        return {
            "ok": not problems,
            "problems": problems,
            "warnings": [_as_row(one) for one in (*self.warnings, *warnings)],
            "platform_rules": [one.row() for one in told],
            "tests": [one.row() for one in self.tests.played] if self.tests else [],
            "names_read_at": read_at,
        }


def examine(config: Path, *, with_secrets: bool, online: bool = False) -> Report:
    """Raises NamesUnread, WrongSchema."""
    from qc_engine import wiring
    from qc_engine.commands.platforms import look_at_platforms
    from qc_engine.commands.trials import look_at_tests, mistakes_in_tests
    from qc_engine.config_files.load import BadConfig
    from qc_engine.scenario_files.load import BadScenarios
    from qc_engine.wiring.links import unfit_pages

    try:
        settings = wiring.read_installation(config, with_secrets=with_secrets)
        database = _read_names(settings) if online else _database(settings)
        unfit = [*wiring.unknown_people(settings, config, database), *unfit_pages(settings, config)]
        libraries = wiring.libraries_of(settings, database)
    except BadConfig as faults:
        return Report(list(faults.problems))
    except BadScenarios as faults:
        return Report(sorted({*faults.problems, *mistakes_in_tests(settings)}))
    platforms = look_at_platforms(settings, config, libraries)
    scenarios = [one for library in libraries.values() for one in _by_state(library)]
    problems = [*unfit, *platforms.faults]
    tests = None if problems else look_at_tests(settings, libraries)
    problems = sorted(tests.failures() if tests else problems)
    read_at, forgotten = wiring.names_read_at(settings, database), _forgotten(settings, libraries)
    return Report(problems, scenarios, read_at, platforms, tests, forgotten)


def _forgotten(settings: "Installation", libraries: "Mapping[str, Library]") -> list[Any]:
    """Languages in which some texts of a scenario speak and others do not."""
    from qc_engine.scenario_files.load import warnings_of
    from qc_engine.scenario_files.names import Names
    from qc_engine.wiring import portals_of

    portals = portals_of(settings)
    return [
        warning
        for name, library in libraries.items()
        for warning in warnings_of(portals[name].scenarios, Names(**library.names))
    ]


def _by_state(library: "Library") -> list[str]:
    begin = {one.name for one in library.beginning}
    return [name if name in begin else f"{name} (begins nothing)" for name in library.active]


def _database(settings: "Installation") -> "Database | None":
    """Where the names were kept, if it is at hand: checking makes nothing."""
    from sqlalchemy.exc import SQLAlchemyError

    from qc_engine.store import schema
    from qc_engine.store.database import Database

    database = Database(settings.database_url)
    if database.path and not database.path.exists():
        return None
    try:
        schema.current(database)
    except SQLAlchemyError:
        complain("qc: the database does not answer, so names are not compared with those of the portal")
        return None
    return database


def _read_names(settings: "Installation") -> "Database":
    from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import NamesUnread, clock_of, portal_tools, portals_of

    database = Database(settings.database_url)
    schema.make_ready(database)
    for name in portals_of(settings):
        try:
            portal_tools(settings, database, clock_of(settings), name).read_directory()
        except (TryLater, Refused, Broken, OutcomeUnknown) as failure:
            raise NamesUnread(f"the names of portal {name} could not be read: {failure}") from None
    return database


def _as_row(problem: Any) -> dict[str, Any]:
    return {name: getattr(problem, name, None) for name in ("file", "line", "column", "message")}

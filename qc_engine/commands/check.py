"""qc check: every fault of config.yaml and of all scenarios at once, with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, faults_explained, say

if TYPE_CHECKING:
    from qc_engine.store.database import Database
    from qc_engine.wiring import Installation

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

    Names of stages, fields and people are compared with what the portal called them when it was last read.

    Example: qc check --config config.yaml --online
    """
    with faults_explained():
        report = examine(config, with_secrets=with_secrets or online, online=online)
    if as_json:
        answer(report.document())
    elif report.problems:
        for one in report.problems:
            complain(str(one))
        complain(f"{len(report.problems)} fault(s)")
    elif not quiet:
        say(f"{config}: no faults; scenarios: {', '.join(report.scenarios)}")
        say("\n".join(report.about_names()))
    if report.problems:
        raise typer.Exit(FAULTS_FOUND)


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where scenario.json and config.json go.")] = Path("schemas"),
) -> None:
    """Write the JSON schemas that let an editor complete and check scenarios and config.yaml.

    Example: qc schemas
    """
    from qc_engine.scenario_files.schema import config_schema, scenario_schema, written
    from qc_engine.wiring import Installation

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.json").write_text(written(scenario_schema()), encoding="utf-8")
    (folder / "config.json").write_text(written(config_schema(Installation)), encoding="utf-8")
    say(f"{folder}: scenario.json, config.json")


@dataclass
class Report:
    """The problems in order of file and line, and what is fine."""

    problems: Sequence[Any] = ()
    scenarios: Sequence[str] = ()
    read_at: Mapping[str, datetime | None] = field(default_factory=dict)  # by portal

    def about_names(self) -> list[str]:
        """How far the names in the files can be trusted, a line per portal."""
        return [
            f"portal {name}: names compared with those of {at:%d.%m.%Y %H:%M} UTC"
            if at
            else f"portal {name}: its names were never read, so they are not compared: qc check --online"
            for name, at in self.read_at.items()
        ]

    def document(self) -> dict[str, Any]:
        read_at = {name: at.isoformat() if at else None for name, at in self.read_at.items()}
        problems = [_as_row(one) for one in self.problems]
        return {"ok": not problems, "problems": problems, "names_read_at": read_at}


def examine(config: Path, *, with_secrets: bool, online: bool = False) -> Report:
    """Raises NamesUnread, WrongSchema."""
    from qc_engine import wiring
    from qc_engine.config_files.load import BadConfig
    from qc_engine.scenario_files.load import BadScenarios

    try:
        settings = wiring.read_installation(config, with_secrets=with_secrets)
        database = _read_names(settings) if online else _database(settings)
        people = wiring.unknown_people(settings, config, database)
        scenarios = list(wiring.read_scenarios(settings, database))
    except (BadConfig, BadScenarios) as faults:
        return Report(list(faults.problems))
    return Report(people, scenarios, wiring.names_read_at(settings, database))


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

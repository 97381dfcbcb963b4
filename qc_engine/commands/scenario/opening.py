"""What all commands of `qc scenario` share: which scenario of which portal is meant, and who says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, complain, faults_explained

if TYPE_CHECKING:
    from sqlmodel import Session

    from qc_engine.clock import Clock
    from qc_engine.store.database import Database
    from qc_engine.telling.scenarios.opened import Opened
    from qc_engine.wiring import Installation

DEFAULT = Path("config.yaml")
Name = Annotated[str, typer.Argument(help="The scenario, as its line 'scenario:' calls it.")]
InPortal = Annotated[str, typer.Option("--portal", help="Whose scenario, when several have the name.")]
By = Annotated[str, typer.Option("--by", envvar="QC_BY", help="Who says so: it is kept and shown.")]
Because = Annotated[str, typer.Option("--because", help="Why: it is kept and shown.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it; without it only what would be done is shown.")]
_OPEN: list["Database"] = []  # of the command under way
SHORT = 8  # letters of a version that people need


def opened(config: Path, name: str, portal: str = "") -> "Opened":
    """Raises what `faults_explained` explains; an unknown name ends the command."""
    settings, database, clock = installed(config)
    from qc_engine.scenario_files.similar import unknown
    from qc_engine.store import scenarios
    from qc_engine.telling.scenarios.opened import Opened
    from qc_engine.wiring import portals_of

    portals = list(portals_of(settings))
    if portal and portal not in portals:
        complain(f"qc: {unknown('portal', portal, portals)}")
        raise typer.Exit(WRONG_USE)
    with database.reading() as session:
        known = {one: scenarios.of_portal(session, one) for one in ([portal] if portal else portals)}
    found = [one for one, rows in known.items() if name in rows]
    if not found:
        names = {word: None for rows in known.values() for word in rows}
        complain(f"qc: {unknown('scenario', name, names)}")
        raise typer.Exit(FAULTS_FOUND)
    if len(found) > 1:
        complain(f"qc: portals {', '.join(found)} have '{name}'; say --portal")
        raise typer.Exit(WRONG_USE)
    return Opened(settings, database, clock, found[0], name)


def installed(config: Path) -> "tuple[Installation, Database, Clock]":
    """Before a first start of the engine the folders are taken down here, if their tests hold."""
    from qc_engine.store import scenarios, schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, portals_of, read_installation

    settings = read_installation(config, with_secrets=False)
    database, clock = Database(settings.database_url), clock_of(settings)
    _OPEN.append(database)
    schema.make_ready(database)
    for portal in portals_of(settings):
        with database.reading() as session:
            is_known = bool(scenarios.of_portal(session, portal))
        if not is_known:
            _take_down(settings, database, clock, portal)
    return settings, database, clock


def _take_down(settings: "Installation", database: "Database", clock: "Clock", portal: str) -> None:
    from qc_engine.scenario_files.load import BadScenarios
    from qc_engine.wiring import portals_of
    from qc_engine.wiring.offline import library_at
    from qc_engine.wiring.playing import look_at_folder
    from qc_engine.wiring.versions import take_note

    fresh = library_at(settings, portal, database)
    # What is written down here is in force when the engine starts: nobody plays its tests then.
    if faults := look_at_folder(portals_of(settings)[portal].scenarios, fresh, settings.language).failures():
        raise BadScenarios(faults)
    with database.transaction() as session:
        take_note(session, fresh, clock.now(), by_hand=False)


@contextmanager
def explained() -> Iterator[None]:
    """Also a version that nobody keeps; afterwards the database is closed."""
    from qc_engine.flow.versions.library import VersionLost
    from qc_engine.store.cases import SomebodyWasQuicker
    from qc_engine.telling.scenarios.opened import NoSuchVersion

    try:
        with faults_explained():
            yield
    except (NoSuchVersion, VersionLost) as lost:
        complain(f"qc: {lost}")
        raise typer.Exit(FAULTS_FOUND) from None
    except SomebodyWasQuicker as quicker:
        complain(f"qc: case {quicker} has just changed; nothing was done, call it again")
        raise typer.Exit(FAULTS_FOUND) from None
    finally:
        while _OPEN:
            _OPEN.pop().close()


def who(by: str) -> str:
    """Changes have a name beside them."""
    if not by.strip():
        complain("qc: say who changes it: --by NAME (or set QC_BY)")
        raise typer.Exit(WRONG_USE)
    return by.strip()


def version_meant(session: "Session", one: "Opened", said: str) -> str:
    """The whole one from its beginning, as `qc scenario list` and `show` print it. Raises NoSuchVersion."""
    from qc_engine.telling.scenarios.opened import version_meant

    return version_meant(session, one, said)

"""For commands that speak with nobody outside: scenarios by the names that were last read."""

from collections.abc import Mapping

from connectors.bitrix24.directory import Directory, load
from connectors.bitrix24.resolving import Resolver
from connectors.bitrix24.watching_names import NOTE
from qc_engine.clock import SystemClock
from qc_engine.core.scenario import Scenario
from qc_engine.flow.library import Library
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from qc_engine.wiring.installation import Installation, connector_name, portals_of
from qc_engine.wiring.naming import library_of, names_of


def read_scenarios(settings: Installation, database: Database | None = None) -> Mapping[str, Scenario]:
    """The scenarios of all portals. Raises BadScenarios with every fault of every file."""
    libraries = libraries_of(settings, database)
    return {name: one for library in libraries.values() for name, one in library.active.items()}


def libraries_of(settings: Installation, database: Database | None = None) -> Mapping[str, Library]:
    """By portal. Without a database, or before the portal was first read, its names stand for themselves.

    Raises BadScenarios.
    """
    found = {}
    for name, portal in portals_of(settings).items():
        directory = _known(database, name) if database else None
        resolver = Resolver(portal.bitrix24, directory)
        names = names_of(resolver, complete=directory is not None)
        found[name] = library_of(name, portal.scenarios, names, resolver.titles())
    return found


def _known(database: Database, portal: str) -> Directory | None:
    if schema.current(database) != schema.newest():
        return None
    memory = DatabaseMemory(database, SystemClock(), "", f"{connector_name(portal)}:")
    return load(memory.read(NOTE))

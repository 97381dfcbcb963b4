"""For commands that speak with nobody outside: scenarios by the names that were last read."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from connectors.bitrix24.names.directory import Directory, load
from connectors.bitrix24.names.resolving import Resolver, UnknownName
from connectors.bitrix24.names.watching import NOTE
from qc_engine.clock import SystemClock
from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.store import schema
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from qc_engine.wiring.channels import known
from qc_engine.wiring.installation import Installation, PortalSettings, connector_name, portals_of
from qc_engine.wiring.naming import branch_of, empty_library, holidays_of, library_of, names_of
from qc_engine.wiring.versions import has_last_good, put_in_force


def read_scenarios(settings: Installation, database: Database | None = None) -> Mapping[str, Scenario]:
    """The scenarios of all portals. Raises BadScenarios with every fault of every file."""
    libraries = libraries_of(settings, database)
    return {name: one for library in libraries.values() for name, one in library.active.items()}


def libraries_of(settings: Installation, database: Database | None = None) -> Mapping[str, Library]:
    """By portal. Without a database, or before the portal was first read, its names stand for themselves.

    Raises BadScenarios.
    """
    return {name: library_at(settings, name, database) for name in portals_of(settings)}


def library_at(
    settings: Installation, name: str, database: Database | None, folder: Path | None = None
) -> Library:
    """The folder of one portal, or another `folder` in its stead. Raises BadScenarios."""
    portal = portals_of(settings)[name]
    names = names_now(settings, name, database)
    titles = Resolver(portal.bitrix24, _known(database, name)).titles()
    library = library_of(name, folder or portal.scenarios, names, titles)
    library.holidays, library.channels = holidays_of(portal), known(settings)
    return library


def names_now(settings: Installation, name: str, database: Database | None) -> Names:
    """All that the scenarios of this portal may call by name, as far as it was read."""
    directory = _known(database, name)
    portal = portals_of(settings)[name]
    resolver = Resolver(portal.bitrix24, directory)
    names = names_of(resolver, known(settings), portal.branches, complete=directory is not None)
    return replace(names, webhooks=tuple(settings.webhooks))


def libraries_in_force(settings: Installation, database: Database) -> Mapping[str, Library]:
    """What leads cases now: the versions that the database says; before a first start, the folders.

    Raises BadScenarios where there is neither.
    """
    found = {}
    for name, portal in portals_of(settings).items():
        fresh, broken = _folder(settings, name, database)
        found[name] = _in_force(settings, name, portal, fresh, broken, database)
    return found


def _folder(
    settings: Installation, name: str, database: Database
) -> tuple[Library | None, BadScenarios | None]:
    try:
        return library_at(settings, name, database), None
    except BadScenarios as broken:
        return None, broken


def _in_force(
    settings: Installation,
    name: str,
    portal: PortalSettings,
    fresh: Library | None,
    broken: BadScenarios | None,
    database: Database,
) -> Library:
    if schema.current(database) == schema.newest():
        with database.reading() as session:
            if has_last_good(session, name):
                resolver = Resolver(portal.bitrix24, _known(database, name))
                library = replace(fresh) if fresh else empty_library(name, resolver.titles())
                library.holidays, library.channels = holidays_of(portal), known(settings)
                put_in_force(session, library, fresh, asdict(names_now(settings, name, database)))
                return library
    if broken:
        raise broken
    assert fresh is not None
    return fresh


def names_read_at(settings: Installation, database: Database | None) -> Mapping[str, datetime | None]:
    """When each portal last told its names; None: never."""
    known = {name: _known(database, name) for name in portals_of(settings)}
    return {name: one.read_at if one else None for name, one in known.items()}


def unknown_people(settings: Installation, path: Path, database: Database | None) -> list[Problem]:
    """Heads, managers and departments of branches that a portal does not have, with their places."""
    source = read_file(path)
    return [
        source.problem(keys, f"{keys[-1]}: {fault}")
        for name, portal in portals_of(settings).items()
        if (directory := _known(database, name))
        for keys, fault in _faults(name, portal, Resolver(portal.bitrix24, directory))
    ]


def _faults(
    name: str, portal: PortalSettings, resolver: Resolver
) -> Iterator[tuple[tuple[str | int, ...], UnknownName]]:
    above: tuple[str, ...] = () if name == MAIN else ("portals", name)
    for number, branch in enumerate(portal.branches):
        try:
            branch_of(branch, resolver)
        except UnknownName as fault:
            words = {str(branch.head): "head", str(branch.manager): "manager"}
            yield (*above, "branches", number, words.get(fault.word, "department")), fault


def _known(database: Database | None, portal: str) -> Directory | None:
    if database is None or schema.current(database) != schema.newest():
        return None
    memory = DatabaseMemory(database, SystemClock(), "", f"{connector_name(portal)}:")
    return load(memory.read(NOTE))

"""Where `qc simulate` takes the past from: the installation's own database, or a file without names."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from qc_engine.commands.shared import CANNOT_RUN, WRONG_USE, complain
from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.similar import unknown
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.trying import exports
from qc_engine.trying.candidates import candidate, candidate_for, name_in
from qc_engine.trying.past import Person, Season
from qc_engine.trying.reading import days_with_cases, looking, people_of, season_beside
from qc_engine.trying.spans import span_of
from qc_engine.trying.trial import Versions
from qc_engine.wiring import (
    Installation,
    clock_of,
    libraries_in_force,
    libraries_of,
    portals_of,
    read_installation,
)

LAST, CONFIG = "last-30d", Path("config.yaml")


@dataclass(frozen=True)
class Asked:
    """What a person wants to know."""

    file: Path
    config: Path = CONFIG
    against: str = LAST
    since: str = ""
    until: str = ""
    export: Path | None = None
    portal: str = ""
    branch: str = ""
    case_id: str = ""
    own_version: bool = False
    language: str = ""

    @property
    def command(self) -> str:
        """The same question once more, as a person types it."""
        told = {
            "config": str(self.config) if self.config != CONFIG else "",
            "against": self.against if self.against != LAST else "",
            "since": self.since,
            "until": self.until,
            "export": str(self.export or ""),
            "portal": self.portal,
        }
        options = [word for name, value in told.items() if value for word in (f"--{name}", value)]
        own = ["--own-version"] if self.own_version else []
        return shlex.join(["qc", "simulate", str(self.file), *options, *own])


@dataclass(frozen=True)
class Matter:
    """All that a trial needs."""

    season: Season
    new: Scenario
    people: Iterable[Person]
    language: str
    zone: str
    old_file: str  # where the rules of the old side stand
    days: tuple[datetime, datetime] | None = None  # with the first and the last case, when there is none here


@contextmanager
def from_database(asked: Asked) -> Iterator[Matter]:
    """Raises BadConfig, BadScenarios, BadSpan, WrongSchema."""
    settings = read_installation(asked.config, with_secrets=False)
    database = _opened(settings)
    libraries = libraries_in_force(settings, database)
    portal = _portal(asked, libraries)
    library, folder = libraries[portal], portals_of(settings)[portal].scenarios
    name, now = name_in(asked.file, library.active), clock_of(settings).now()
    span = span_of(asked.against, asked.since, asked.until, now, settings.timezone)
    fresh = candidate(
        asked.file, name, folder, lambda there: libraries_of(_at(settings, portal, there), database)[portal]
    )
    with looking(database) as session:
        season = season_beside(session, library, fresh, name, span, now)
        yield Matter(
            season,
            Versions(season).ready(fresh.active[name]),
            people_of(session, season, asked.branch, asked.case_id),
            asked.language or settings.language,
            settings.timezone,
            library.files.get(name, ""),
            None if season.count else days_with_cases(session, season),
        )


@contextmanager
def from_export(asked: Asked, path: Path) -> Iterator[Matter]:
    """Needs neither a database nor a portal. Raises NotASeason, BadScenarios, OSError."""
    if asked.since or asked.until or asked.against != LAST or asked.portal:
        complain("qc: an export has its own days and portal: no --against, --since, --until, --portal")
        raise typer.Exit(WRONG_USE)
    season = exports.read_season(path)
    settings = read_installation(asked.config, with_secrets=False) if asked.config.exists() else None
    language = asked.language or (settings.language if settings else "ru")
    new = Versions(season).ready(candidate_for(season, asked.file))
    everybody = exports.read_people(path)
    people = (one for one in everybody if _is_meant(one, asked))
    zone = settings.timezone if settings else "UTC"
    yield Matter(
        season, new, people, language, zone, f"{season.scenario}@{season.active[:8]}"
    )  # fmt: skip


def _is_meant(person: Person, asked: Asked) -> bool:
    return any(
        asked.branch in ("", one.case.branch.name) and asked.case_id in ("", one.case.id)
        for one in person.cases
    )


def _opened(settings: Installation) -> Database:
    """Only an existing one: a trial makes nothing."""
    database = Database(settings.database_url)
    if database.path and not database.path.exists():
        complain(f"qc: there is no database at {database.path}: nothing has happened here yet")
        raise typer.Exit(CANNOT_RUN)
    schema.require_current(database)
    return database


def _portal(asked: Asked, libraries: Mapping[str, Library]) -> str:
    """The one that was named; else the first one that has this scenario, the main one before the others."""
    if asked.portal and asked.portal not in libraries:
        complain(f"qc: {unknown('portal', asked.portal, libraries)}")
        raise typer.Exit(WRONG_USE)
    if asked.portal:
        return asked.portal
    name = name_in(asked.file, {name: None for one in libraries.values() for name in one.active})
    return next(portal for portal, library in libraries.items() if name in library.active)


def _at(settings: Installation, portal: str, folder: Path) -> Installation:
    """The same installation with another folder of scenarios for this portal."""
    if portal not in settings.portals:
        return settings.model_copy(update={"scenarios": folder})
    moved = settings.portals[portal].model_copy(update={"scenarios": folder})
    return settings.model_copy(update={"portals": {**settings.portals, portal: moved}})

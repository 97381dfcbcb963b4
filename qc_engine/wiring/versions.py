"""Which versions of the scenarios are in force: what their folder says, and what people said by commands."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from qc_engine.core.channel import Channel
from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions.candidates import Candidate
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.store import notebook, scenarios, schema
from qc_engine.store.database import Database
from qc_engine.store.scenarios import ACTIVE, BY_FILE
from qc_engine.store.tables import ScenarioRow, VersionRow
from qc_engine.wiring.naming import empty_library, in_own_words, names_unread

Channels = Mapping[str, Channel]
NamesNow = Mapping[str, Any]  # all that scenarios may call by name, as a version keeps it


def take_note(session: Session, fresh: Library, now: datetime, *, by_hand: bool) -> None:
    """Write down what the folder holds now: a change is in force at once, or waits for a person."""
    rows = scenarios.of_portal(session, fresh.portal)
    for name, scenario in fresh.active.items():
        row = rows.get(name) or scenarios.add(session, fresh.portal, name, now)
        if row.file_version != scenario.version:
            fresh.remember(session, scenario, now)
            row.file_version = scenario.version
            # The very first folder of an installation is what people mean; later a new file may wait.
            _changed(session, row, now, waits=by_hand and bool(rows))
    for name, row in rows.items():
        if name not in fresh.active and row.file_version:
            _gone(session, row, now, by_hand=by_hand)


def take_effect(session: Session, fresh: Library, *, by_hand: bool) -> set[str]:
    """Whose version would be in force at once after `take_note`, and was not written down before."""
    rows = scenarios.of_portal(session, fresh.portal)
    if by_hand and rows:
        return set()
    known = {name: row.file_version for name, row in rows.items()}
    return {name for name, one in fresh.active.items() if one.version != known.get(name)}


def _changed(session: Session, row: ScenarioRow, now: datetime, *, waits: bool) -> None:
    if waits and scenarios.waits(row):
        scenarios.note(session, row, "waiting", BY_FILE, now, before=row.version, after=row.file_version)
    elif row.version != row.file_version and not waits:
        before, row.version = row.version, row.file_version
        scenarios.note(session, row, "activated", BY_FILE, now, before=before, after=row.version)
    session.add(row)


def _gone(session: Session, row: ScenarioRow, now: datetime, *, by_hand: bool) -> None:
    """Its file is not there any more: running cases go on by the kept text."""
    row.file_version = ""
    before = row.version
    if not by_hand:
        row.version = ""
    scenarios.note(session, row, "file_gone", BY_FILE, now, before=before, after=row.version)


# --- in force ---------------------------------------------------------------------------------


def put_in_force(session: Session, library: Library, fresh: Library | None, names: NamesNow) -> None:
    """Let `library` lead by what the database says; texts come from the folder, or from those that are kept.

    Raises BadScenarios and VersionLost, and then nothing has changed but who rests.
    """
    rows = scenarios.of_portal(session, library.portal)
    named = {row.name: row for row in rows.values() if row.version}
    # First: whoever pauses one must not wait until another one can be read.
    library.resting = frozenset(name for name, row in named.items() if row.state != ACTIVE)
    active, sources, files = dict[str, Scenario](), dict[str, str](), dict[str, str]()
    for name, row in named.items():
        if fresh and name in fresh.active and fresh.active[name].version == row.version:
            active[name], sources[name] = fresh.active[name], fresh.sources[name]
            files[name] = fresh.files.get(name, "")
        else:
            active[name] = kept(session, library, name, row.version, names)
            sources[name] = _text(session, library.portal, name, row.version)
            files[name] = _called(name, row.version)
    candidates = {
        name: _candidate(kept(session, library, name, row.candidate, names), row)
        for name, row in named.items() if row.candidate
    }  # fmt: skip
    library.candidates = candidates
    library.sources, library.files = sources, files
    library.names = fresh.names if fresh else names
    library.titles = fresh.titles if fresh else library.titles
    library.active = active


def kept(session: Session, library: Library, name: str, version: str, names: NamesNow) -> Scenario:
    """A version that is not the folder's, by the names of now; where they no longer fit, by those of then.

    Raises VersionLost, and BadScenarios when it fits neither.
    """
    text = _text(session, library.portal, name, version)
    try:
        return library.parse(text, _called(name, version), names)
    except BadScenarios:
        row = notebook.version(session, library.portal, version)
        assert row is not None
        return library.parse(text, _called(name, version), row.names)


def _text(session: Session, portal: str, name: str, version: str) -> str:
    row = notebook.version(session, portal, version)
    if row is None:
        raise VersionLost(f"scenario {name}, version {version}: its text is not in the database")
    return row.source


def _called(name: str, version: str) -> str:
    return f"{name}@{version[:8]}"


def _candidate(scenario: Scenario, row: ScenarioRow) -> Candidate:
    return Candidate(scenario, row.mode, row.share, tuple(row.branches))


def own_words(portal: str, folder: Path, channels: Channels, database: Database) -> list[Scenario]:
    """The active scenarios with words instead of ids; of a broken folder the last good versions.

    Raises BadScenarios when there are none.
    """
    try:
        return in_own_words(folder, channels)
    except BadScenarios:
        if not (good := _last_good(portal, database)):
            raise
    names = asdict(names_unread(channels))
    library = empty_library(portal)
    read = (library.parse(row.source, _called(row.name, row.version), names) for row in good)
    return [one for one in read if one.active]


def _last_good(portal: str, database: Database) -> list[VersionRow]:
    if schema.current(database) != schema.newest():
        return []
    with database.reading() as session:
        rows = scenarios.of_portal(session, portal).values()
        found = [notebook.version(session, portal, row.version) for row in rows if row.version]
        return [one for one in found if one]


def has_last_good(session: Session, portal: str) -> bool:
    """Is there anything to go on with while the folder is broken?"""
    return any(row.version for row in scenarios.of_portal(session, portal).values())


def stamp(session: Session, portal: str) -> object:
    """Differs when anything in force does."""
    return [
        (row.name, row.state, row.version, row.candidate, row.mode, row.share, tuple(row.branches))
        for row in scenarios.of_portal(session, portal).values()
    ]

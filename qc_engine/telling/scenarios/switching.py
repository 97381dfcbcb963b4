"""Which version takes new cases, and whether there are any."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.store import scenarios
from qc_engine.store.scenarios import ACTIVE, PAUSED
from qc_engine.telling.scenarios.opened import Opened, version_meant

# What is done: from which state, to which, and how the log calls it.
SWITCHES: Mapping[str, tuple[str, str, str]] = {
    "pause": (ACTIVE, PAUSED, "paused"),
    "resume": (PAUSED, ACTIVE, "resumed"),
}


def switch(session: Session, one: Opened, do: str, by: str, because: str) -> bool:
    """False when it stands otherwise: it may be that state already, or another one altogether."""
    before, after, what = SWITCHES[do]
    row = one.row(session)
    if row.state != before:
        return False
    row.state, version = after, row.version
    scenarios.note(session, row, what, by, one.now(), before=version, after=version, reason=because)
    return True


# --- activating -------------------------------------------------------------------------------


def from_file(one: Opened) -> Library:
    """The whole folder as it is now. Raises BadScenarios, also when this scenario is not in it."""
    fresh = one.fresh()
    if one.name not in fresh.active:
        gone = f"no file here holds scenario {one.name}; an older version: --version"
        raise BadScenarios([Problem(str(one.folder), 1, 1, gone)])
    return fresh


def older(one: Opened, said: str) -> Library:
    """That kept version alone, by the names of now. Raises NoSuchVersion, BadScenarios, VersionLost."""
    with one.database.reading() as session:
        return one.alone(session, version_meant(session, one, said))


def put(
    session: Session, one: Opened, library: Library, by: str, because: str,
    details: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """In force from this commit on; the version that was it until now."""
    row, now, scenario = one.row(session), one.now(), library.active[one.name]
    library.remember(session, scenario, now)
    before, row.version = row.version, scenario.version
    if library.files:
        row.file_version = scenario.version
    if row.candidate == scenario.version:
        ramping.end(row)
    scenarios.note(session, row, "activated", by, now, before=before, after=row.version, reason=because,
                   details=details)  # fmt: skip
    return before

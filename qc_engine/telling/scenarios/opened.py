"""One scenario of one portal, beside a running engine or in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.scenario import Scenario
from qc_engine.explain.called import outcomes, steps
from qc_engine.explain.voice import Voice
from qc_engine.flow.versions.library import Library
from qc_engine.store import notebook, scenarios
from qc_engine.store.database import Database
from qc_engine.store.tables import ScenarioRow
from qc_engine.trying.reading import titles
from qc_engine.wiring import Installation, libraries_in_force, portals_of
from qc_engine.wiring.naming import empty_library
from qc_engine.wiring.offline import library_at, names_now
from qc_engine.wiring.versions import kept

SHORT = 8  # letters of a version that people need


class NoSuchVersion(Exception):
    """Nothing that is kept begins so, or several do; the text says what there is."""


@dataclass(frozen=True)
class Opened:
    """Where it is and who it is; everything else is asked when it is needed."""

    settings: Installation
    database: Database
    clock: Clock
    portal: str
    name: str
    libraries: Mapping[str, Library] | None = None  # of the running engine, if this is one

    @property
    def folder(self) -> Path:
        return portals_of(self.settings)[self.portal].scenarios

    def row(self, session: Session) -> ScenarioRow:
        """Locked until the end of the transaction."""
        row = scenarios.get(session, self.portal, self.name)
        assert row is not None
        return row

    def fresh(self, folder: Path | None = None) -> Library:
        """The folder as it is now, or another one in its stead. Raises BadScenarios."""
        return library_at(self.settings, self.portal, self.database, folder)

    def library(self) -> Library:
        """What is in force."""
        libraries = self.libraries or libraries_in_force(self.settings, self.database)
        return libraries[self.portal]

    def read(self, session: Session, version: str) -> Scenario:
        """A kept version by the names of now. Raises BadScenarios, VersionLost."""
        names = asdict(names_now(self.settings, self.portal, self.database))
        return kept(session, empty_library(self.portal), self.name, version, names)

    def alone(self, session: Session, version: str) -> Library:
        """A library of this kept version alone, by the names of now. Raises BadScenarios, VersionLost."""
        scenario, row = self.read(session, version), notebook.version(session, self.portal, version)
        assert row is not None
        return replace(
            empty_library(self.portal), active={self.name: scenario}, sources={self.name: row.source},
            names=asdict(names_now(self.settings, self.portal, self.database)),
            channels=self.library().channels,
        )  # fmt: skip

    def voice(self, library: Library | None = None, language: str = "") -> Voice:
        """With the `library` also by the titles of stages, fields and steps."""
        called, language = titles(library) if library else {}, language or self.settings.language
        scenario = library.active.get(self.name) if library else None
        if scenario is None:
            return Voice(language, self.settings.timezone, called)
        named, ends = steps(scenario, language), outcomes(scenario, language)
        return Voice(language, self.settings.timezone, called, steps=named, outcomes=ends)

    def now(self) -> datetime:
        return self.clock.now()


def version_meant(session: Session, one: Opened, said: str) -> str:
    """The whole version from its beginning. Raises NoSuchVersion."""
    found = [row.version for row in notebook.versions_of(session, one.portal, one.name)]
    matching = [version for version in found if version.startswith(said)]
    if len(matching) == 1:
        return matching[0]
    what = "no version" if not matching else "several versions"
    known = ", ".join(version[:SHORT] for version in found) or "none"
    raise NoSuchVersion(f"{what} of {one.name} begin with '{said}'; kept are: {known}")

"""The scenarios of one portal: the active ones, and the versions that running cases began with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.core.calendar import NO_HOLIDAYS, Holidays
from qc_engine.core.case import Case
from qc_engine.core.channel import Channel
from qc_engine.core.scenario import Scenario, beginning, standing_for
from qc_engine.store import notebook
from qc_engine.store.cases import MAIN


class VersionLost(Exception):
    """A case stands on a version that can no longer be read: a person must look."""


@dataclass
class Library:
    """Scenarios by name and by version. `active` are those of the folder now, `sources` their texts.

    A version is kept with the names of its time: renaming a stage in config.yaml disturbs no running case.
    """

    active: Mapping[str, Scenario]
    sources: Mapping[str, str]
    names: Mapping[str, Any]  # what stages, fields and people are called here now
    parse: Callable[[str, str, Mapping[str, Any]], Scenario]  # (text, file name, names then) -> Scenario
    files: Mapping[str, str] = field(default_factory=dict)  # name of a scenario -> its file
    portal: str = MAIN
    titles: Mapping[str, str] = field(default_factory=dict)  # id of a stage or field -> what people see
    holidays: Holidays = NO_HOLIDAYS  # those of config.yaml now: a new one holds for running cases too
    channels: Mapping[str, Channel] = field(default_factory=dict)  # likewise
    _read: dict[str, Scenario] = field(default_factory=dict)

    @property
    def beginning(self) -> list[Scenario]:
        """Those with which new cases begin; the others only lead those that run to their end."""
        return beginning(self.active.values())

    def starting_at(self, stage: str) -> list[Scenario]:
        return [one for one in self.beginning if one.start.stage == stage]

    def asked_already(self, scenario: Scenario, known: Collection[str]) -> bool:
        """Whether a deal with cases of these scenarios was asked by this one, or by one in its stead."""
        return not standing_for(scenario.name, self.active.values()).isdisjoint(known)

    @property
    def start_stages(self) -> set[str]:
        return {one.start.stage for one in self.beginning}

    def remember(self, session: Session, scenario: Scenario, now: datetime) -> None:
        """Keep the text with which a case begins, for as long as the case may live."""
        text = self.sources[scenario.name]
        notebook.remember_version(
            session, self.portal, scenario.version, scenario.name, text, self.names, now
        )

    def of(self, session: Session, name: str, version: str) -> Scenario:
        """The very version that a case began with, by today's calendar and channels. Raises VersionLost."""
        scenario = self._version(session, name, version)
        if not (self.holidays or self.channels):
            return scenario
        contact = replace(scenario.contact, holidays=self.holidays, known=self.channels)
        return replace(scenario, contact=contact)

    def _version(self, session: Session, name: str, version: str) -> Scenario:
        current = self.active.get(name)
        if current is not None and current.version == version:
            return current
        if version not in self._read:
            row = notebook.version(session, self.portal, version)
            if row is None:
                raise VersionLost(f"scenario {name}, version {version}: its text is not in the database")
            self._read[version] = self.parse(row.source, f"{name}@{version}", row.names)
        return self._read[version]


def scenario_of(session: Session, libraries: Mapping[str, Library], case: Case) -> Scenario:
    """What this case goes by, in its own portal. Raises VersionLost."""
    library = libraries.get(case.portal)
    if library is None:
        raise VersionLost(f"portal {case.portal} is no longer in config.yaml, but case {case.id} is of it")
    return library.of(session, case.scenario, case.version)

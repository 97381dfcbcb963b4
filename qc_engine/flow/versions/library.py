"""The scenarios of one portal: the active ones, and the versions that running cases began with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.core.calendar import NO_HOLIDAYS, Holidays
from qc_engine.core.case import Case
from qc_engine.core.channel import Channel
from qc_engine.core.events import StartAsked
from qc_engine.core.scenario import Scenario, beginning, everywhere, standing_for
from qc_engine.flow.versions.candidates import Candidate
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
    resting: frozenset[str] = frozenset()  # paused or frozen by a person: they begin no case
    candidates: Mapping[str, Candidate] = field(default_factory=dict)  # by the name of the scenario
    _read: dict[str, Scenario] = field(default_factory=dict)

    @property
    def beginning(self) -> list[Scenario]:
        """Those with which new cases begin; the others only lead those that run to their end."""
        return [one for one in beginning(self.active.values()) if one.name not in self.resting]

    def version_for(self, scenario: Scenario, deal_id: int, branch: str) -> Scenario:
        """With which version a new case begins: the active one, or the one that is tried on its deal."""
        tried = self.candidates.get(scenario.name)
        return tried.scenario if tried and tried.takes(self.portal, deal_id, branch) else scenario

    def starting_at(self, stage: str) -> list[Scenario]:
        return [one for one in self.beginning if one.start.stage == stage]

    def asked_already(self, scenario: Scenario, known: Collection[str]) -> bool:
        """Whether a deal with cases of these scenarios was asked by this one, or by one in its stead."""
        return not standing_for(scenario.name, self.active.values()).isdisjoint(known)

    def resting_at(self, stage: str) -> list[str]:
        """The names of those that would begin a case there, but rest."""
        every = beginning(self.active.values())
        return sorted(one.name for one in every if one.start.stage == stage and one.name in self.resting)

    @property
    def watched_stages(self) -> set[str]:
        """Also those of scenarios that rest: a deal that comes there may begin a case when they go on."""
        return {one.start.stage for one in beginning(self.active.values()) if one.start.stage}

    @property
    def start_stages(self) -> set[str]:
        return {one.start.stage for one in self.beginning if one.start.stage}

    @property
    def users(self) -> Mapping[str, int]:
        """The people of this portal by name, as far as the CRM has told them."""
        known: Mapping[str, int] = self.names.get("users", {})
        return known

    @property
    def settling_stages(self) -> frozenset[str]:
        """Where the deals of complaints stand that are settled."""
        return frozenset(one.complaints.resolved_in for one in self._every) - {""}

    def starting_with(self, asked: StartAsked) -> list[Scenario]:
        """Those that begin when this is asked for: the one that is named, or all of that event."""
        if asked.scenario:
            return [one for one in self.beginning if one.name == asked.scenario]
        return [one for one in self.beginning if one.start.event and one.start.event == asked.event]

    @property
    def watched_fields(self) -> frozenset[str]:
        """The deal fields (ids) whose changes start something."""
        return frozenset(one.start.changed_field for one in self.beginning if one.start.changed_field)

    @property
    def fields_read(self) -> frozenset[str]:
        """The deal fields (ids) whose values scenarios need, those of running cases too as far as known."""
        every = self._every
        of_values = {value.deal_field for one in every for value in one.values.values()}
        return self.watched_fields | (of_values | {one.contact.language_field for one in every}) - {""}

    @property
    def contact_fields_read(self) -> frozenset[str]:
        """The fields of clients' cards (ids) that say in which language somebody is written to."""
        return frozenset(one.contact.language_of_contact for one in self._every) - {""}

    @property
    def _every(self) -> list[Scenario]:
        """In force, tried beside it, or of running cases as far as known; each as it is at every branch."""
        tried = (one.scenario for one in self.candidates.values())
        known = (*self.active.values(), *tried, *self._read.values())
        return [variant for one in known for variant in everywhere(one)]

    def remember(self, session: Session, scenario: Scenario, now: datetime) -> None:
        """Keep the text with which a case begins, for as long as the case may live."""
        # What came into force while the engine ran was written down before.
        if (row := notebook.version(session, self.portal, scenario.version)) is not None:
            # By a command perhaps, before the portal was first read: its words still stood for themselves.
            if self.names.get("complete") and not row.names.get("complete"):
                row.names = dict(self.names)
            return
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
        current, tried = self.active.get(name), self.candidates.get(name)
        if current is not None and current.version == version:
            return current
        if tried is not None and tried.scenario.version == version:
            return tried.scenario
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
    return library.of(session, case.scenario, case.version).at_branch(case.branch.name)

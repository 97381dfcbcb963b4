"""What the engine tells people of itself: stories of cases, and what waits for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.events import Event
from qc_engine.core.scenario import Scenario
from qc_engine.explain.attention import attention
from qc_engine.explain.called import outcomes, questions, steps, voice_of
from qc_engine.explain.story import find_cases, story
from qc_engine.explain.voice import Voice
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.store import codec
from qc_engine.store.casebook import Branches
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.telling.complaining import causes, outlook
from qc_engine.telling.doable import doable
from qc_engine.telling.dossier import dossier
from qc_engine.telling.foretelling import foretold
from qc_engine.telling.inviting import invitations
from qc_engine.telling.why import Asked, why_not
from qc_engine.web.pages.cases.doable import Doable
from qc_engine.web.pages.dissatisfied.outlook import Outlook
from qc_engine.wiring import Installation, libraries_in_force


@dataclass(frozen=True)
class Teller:
    """Reads only; every text in one language."""

    settings: Installation
    database: Database
    libraries: Mapping[str, Library]  # by portal

    def stories(self, what: str, language: str = "") -> Sequence[Mapping[str, Any]]:
        """All cases that `what` (a case, a deal or a phone) means; the best match first."""
        with self.database.reading() as session:
            return [self._story(session, one, language) for one in find_cases(session, what)]

    def _story(self, session: Session, case_id: str, language: str) -> Mapping[str, Any]:
        row = session.get_one(CaseRow, case_id)
        library = self.libraries.get(row.portal)
        return story(
            session,
            case_id,
            language or self.settings.language,
            _names(library),
            scenario=self._scenario(session, row),
            scenario_file=library.files.get(row.scenario, "") if library else "",
            users=library.users if library else None,
        )

    def why_not(self, what: str, now: datetime, language: str = "") -> dict[str, Any]:
        """Why the bot did not write (yet) to whom `what` (a phone, a deal, a case) means."""
        with self.database.reading() as session:
            names = {portal: _names(library) for portal, library in self.libraries.items()}
            language = language or self.settings.language
            asked = Asked(session, language, now, self.libraries, names, self.settings.timezone)
            return {"language": language, **why_not(asked, what, find_cases(session, what))}

    def dossier(self, case_id: str, now: datetime, language: str = "") -> dict[str, Any] | None:
        """All that there is to one case; None when there is no such case."""
        with self.database.reading() as session:
            if session.get(CaseRow, case_id) is None:
                return None
            names = {portal: _names(library) for portal, library in self.libraries.items()}
            language = language or self.settings.language
            asked = Asked(session, language, now, self.libraries, names, self.settings.timezone, on_page=True)
            return dossier(asked, case_id, self._story(session, case_id, language))

    def follows(
        self, session: Session, case: Case, event: Event, language: str, now: datetime
    ) -> Sequence[str]:
        """What would come of this event; nothing happens."""
        row = session.get(CaseRow, case.id)
        voice = self._voice(case, language, self._scenario(session, row) if row else None)
        return foretold(session, self.libraries, case, event, voice, now)

    def _voice(self, case: Case, language: str, scenario: Scenario | None) -> Voice:
        library = self.libraries.get(case.portal)
        return voice_of(case, language, _names(library), scenario, library.users if library else None)

    def doable(self, session: Session, row: CaseRow) -> Doable:
        """What may be done to this case by hand."""
        return doable(session, self.libraries, row, self.questions(session, row))

    def causes(self, language: str) -> Mapping[str, str]:
        """What people call the causes of complaints, by their words."""
        return causes(self.libraries.values(), language)

    def outlook(self, session: Session, row: CaseRow, language: str, now: datetime) -> Outlook:
        """What may be said about a case's complaint, and what the client would be sent."""
        voice = self._voice(codec.load_case(row.body), language, None)
        return outlook(session, self.libraries, row, voice, now)

    def questions(self, session: Session, row: CaseRow) -> Mapping[str, str]:
        """What people call the questions of a case, by their names in its scenario."""
        library = self.libraries.get(row.portal)
        return questions(self._scenario(session, row), _names(library))

    def step(self, language: str, scenario: str, step: str) -> str:
        """What people call a step by the scenarios of now; of whatever scenario, where none is named."""
        named = (library.active.get(scenario) for library in self.libraries.values())
        every = (one for library in self.libraries.values() for one in library.active.values())
        found = [one for one in (named if scenario else every) if one and step in one.steps]
        return steps(found[0], language)[step] if found else Voice(language).word("step", step)

    def word(self, language: str, group: str, word: str) -> str:
        """As people call it; an outcome by the title that a scenario of now gives it."""
        every = (one for library in self.libraries.values() for one in library.active.values())
        titled = (one for one in every if group == "outcome" and word in one.outcomes)
        found = next((outcomes(one, language)[word] for one in titled), "")
        return found or Voice(language).word(group, word)

    def _scenario(self, session: Session, row: CaseRow) -> Scenario | None:
        library = self.libraries.get(row.portal)
        try:
            return library.of(session, row.scenario, row.version) if library else None
        except VersionLost:
            return None

    def invitations(self, what: str) -> dict[str, Any]:
        """Where the client can be met whom `what` means, and the links of their newest case."""
        with self.database.reading() as session:
            return invitations(session, find_cases(session, what))

    def attention(self, language: str = "", branches: Branches = None) -> dict[str, Any]:
        """Uncertain and refused effects of these branches, unreadable events, broken connections."""
        with self.database.reading() as session:
            return attention(
                session,
                language or self.settings.language,
                stage_names=self._all_names(),
                zone=self.settings.timezone,
                branches=branches,
            )

    def names_of(self, portal: str) -> Mapping[str, str]:
        """What people of this portal call its stages and fields, by their ids."""
        return _names(self.libraries.get(portal))

    def _all_names(self) -> Mapping[str, str]:
        """Of every portal; where two call one id differently, the main one's word."""
        names: dict[str, str] = {}
        for portal in sorted(self.libraries, key=lambda one: one == MAIN):
            names |= _names(self.libraries[portal])
        return names


def _names(library: Library | None) -> Mapping[str, str]:
    """What people of this portal call its stages and fields, by their ids; the scenario's own words first."""
    if library is None:
        return {}
    kinds = ("fields", "contact_fields", "stages")
    said = {id_: name for kind in kinds for name, id_ in library.names.get(kind, {}).items()}
    return {**library.titles, **said}


def teller_of(settings: Installation, database: Database) -> Teller:
    """For commands, which have no running engine. Raises BadScenarios."""
    return Teller(settings, database, libraries_in_force(settings, database))

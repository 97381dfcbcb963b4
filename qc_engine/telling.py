"""What the engine tells people of itself: stories of cases, and what waits for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from qc_engine.explain.attention import attention
from qc_engine.explain.story import find_cases, story
from qc_engine.flow.library import Library, VersionLost
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.wiring import Installation, library_of


@dataclass(frozen=True)
class Teller:
    """Reads only; every text in one language."""

    settings: Installation
    database: Database
    library: Library

    def stories(self, what: str, language: str = "") -> Sequence[Mapping[str, Any]]:
        """All cases that `what` (a case, a deal or a phone) means; the best match first."""
        with self.database.reading() as session:
            return [self._story(session, one, language) for one in find_cases(session, what)]

    def _story(self, session: Session, case_id: str, language: str) -> Mapping[str, Any]:
        row = session.get_one(CaseRow, case_id)
        try:
            scenario = self.library.of(session, row.scenario, row.version)
        except VersionLost:
            scenario = None
        return story(
            session,
            case_id,
            language or self.settings.language,
            self._names(),
            scenario=scenario,
            scenario_file=self.library.files.get(row.scenario, ""),
        )

    def attention(self, language: str = "") -> dict[str, Any]:
        """Uncertain and refused effects, unreadable events, broken connections."""
        with self.database.reading() as session:
            return attention(
                session,
                language or self.settings.language,
                stage_names=self._names(),
                zone=self.settings.timezone,
            )

    def _names(self) -> Mapping[str, str]:
        """What people call stages and fields, by their ids."""
        crm = self.settings.bitrix24
        return {
            id_: name for names in (crm.fields, crm.contact_fields, crm.stages) for name, id_ in names.items()
        }


def teller_of(settings: Installation, database: Database) -> Teller:
    """For commands, which have no running engine. Raises BadScenarios."""
    return Teller(settings, database, library_of(settings))

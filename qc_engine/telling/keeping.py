"""What is held about people, and its end: for the console and for commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qc_engine.clock import SystemClock
from qc_engine.explain.voice import Voice
from qc_engine.flow.forgetting import forget
from qc_engine.phones import normalise
from qc_engine.store import erasure
from qc_engine.store.bare import without
from qc_engine.store.persons import person
from qc_engine.store.tables import CaseRow
from qc_engine.telling.holding import held, is_nothing
from qc_engine.telling.teller import Teller
from qc_engine.web.pages.privacy.keeping import Outcome, Record
from qc_engine.wiring.portals import fingerprints


@dataclass(frozen=True)
class Archive:
    """Of one installation."""

    teller: Teller

    def phone_of(self, text: str) -> str:
        return normalise(text)

    def fingerprint(self, phone: str) -> str:
        return fingerprints(self.teller.settings, self.teller.database, SystemClock())(phone)

    def plain(self, phone: str, text: str) -> str:
        with self.teller.database.reading() as session:
            return without(text, person(session, phone))

    def held(self, phone: str, language: str = "") -> dict[str, Any] | None:
        zone = self.teller.settings.timezone

        def voice_of(row: CaseRow) -> Voice:
            names = self.teller.names_of(row.portal)
            return Voice(language or self.teller.settings.language, zone, names)

        with self.teller.database.reading() as session:
            told = held(session, phone, voice_of)
        return None if is_nothing(told) else told

    def forget(
        self, phone: str, by: str, user_id: str, reason: str, now: datetime, *, however_large: bool = False
    ) -> Outcome:
        mark = self.fingerprint(phone)
        done = forget(
            self.teller.database, phone, mark, by, user_id, reason, now, however_large=however_large
        )
        return Outcome(done.record, done.counts, done.rewritten)

    def records(self) -> Sequence[Record]:
        with self.teller.database.reading() as session:
            rows = erasure.records(session)
        return [Record(row.id or 0, row.at, row.by, row.reason, row.details.get("cases", 0)) for row in rows]

    def erased_at(self, phone: str) -> datetime | None:
        with self.teller.database.reading() as session:
            return erasure.erased_at(session, [self.fingerprint(phone)])

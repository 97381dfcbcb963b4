"""The candidate's cases beside the real ones: kept, fed with the same events, and never in their way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.draft import Decision
from qc_engine.core.events import Event
from qc_engine.core.scenario import Scenario
from qc_engine.flow import truth
from qc_engine.flow.contact import informed
from qc_engine.flow.versions import shadowing
from qc_engine.flow.versions.library import Library, scenario_of
from qc_engine.flow.versions.shadowing import FAILED, FOLLOWS, PARTED, Shadow
from qc_engine.store import cases, codec, scenarios
from qc_engine.store.tables import ShadowRow

log = structlog.get_logger()
AT_ONCE = 50


@dataclass
class Shadows:
    """Whatever goes wrong with a candidate is counted and shown; the real decision stands."""

    libraries: Mapping[str, Library]

    def follow(self, session: Session, before: Case, event: Event, decision: Decision, now: datetime) -> None:
        """The real case has decided; `before` is what it was decided about."""
        row = self._row(session, before)
        if row is None or row.state != FOLLOWS:
            return

        def going() -> Shadow:
            candidate = self._candidate(session, before, row.version)
            known = informed(session, before, candidate.contact)
            return shadowing.follow(load(row), known, event, decision, candidate, now)

        self._harmless(session, row, going, now)

    def wake_due(self, session: Session, now: datetime) -> int:
        """How many candidates' timers rang."""
        due = select(ShadowRow).where(col(ShadowRow.wake_at).is_not(None), col(ShadowRow.wake_at) <= now)
        due = due.order_by(col(ShadowRow.wake_at)).limit(AT_ONCE).with_for_update(skip_locked=True)
        rows = session.exec(due).all()
        for row in rows:
            self._ring(session, row, now)
        return len(rows)

    def _ring(self, session: Session, row: ShadowRow, now: datetime) -> None:
        real = cases.get(session, row.case_id)
        row.wake_at = None
        if real is None or row.state != FOLLOWS or self._row(session, real) is None:
            return

        def ringing() -> Shadow:
            candidate, shadow = self._candidate(session, real, row.version), load(row)
            known = informed(session, real, candidate.contact)
            return shadowing.ring(shadow, candidate, _question_is(session, shadow, real), now, known)

        self._harmless(session, row, ringing, now)

    def _row(self, session: Session, case: Case) -> ShadowRow | None:
        """Only while the candidate is still tried."""
        library = self.libraries.get(case.portal)
        tried = library.candidates.get(case.scenario) if library else None
        if tried is None or not tried.is_shadow:
            return None
        return session.get(ShadowRow, (case.id, tried.scenario.version))

    def _candidate(self, session: Session, case: Case, version: str) -> Scenario:
        return scenario_of(session, self.libraries, replace(case, version=version))

    def _harmless(self, session: Session, row: ShadowRow, work: Callable[[], Shadow], now: datetime) -> None:
        # What is real is written down before: a fault in it must not be taken for the candidate's.
        session.flush()
        try:
            with session.begin_nested():
                keep(row, work(), now)
        except Exception as bug:
            log.exception("a candidate failed", case_id=row.case_id, version=row.version)
            row.state, row.wake_at, row.updated_at = FAILED, None, now
            row.body = {**row.body, "error": f"{type(bug).__name__}: {bug}"[:300]}
            session.add(row)
            if scenario := scenarios.get(session, row.portal, row.scenario):
                scenario.errors += 1
                session.add(scenario)


def begin(session: Session, case: Case, candidate: Scenario, now: datetime) -> None:
    """A case has just begun: the candidate gets its own copy."""
    shadow = shadowing.begin(case, candidate)
    row = ShadowRow(case_id=case.id, version=candidate.version, portal=case.portal, scenario=case.scenario,
                    body={}, created_at=now, updated_at=now)  # fmt: skip
    keep(row, shadow, now)
    session.add(row)


def of_version(session: Session, portal: str, scenario: str, version: str) -> Sequence[ShadowRow]:
    """All cases beside which this candidate decided, the oldest first."""
    found = select(ShadowRow).where(ShadowRow.portal == portal, ShadowRow.scenario == scenario)
    found = found.where(ShadowRow.version == version)
    return session.exec(found.order_by(col(ShadowRow.created_at), col(ShadowRow.case_id))).all()


def shadow_due(session: Session, now: datetime) -> bool:
    """Has the time of some candidate's case come?"""
    due = select(ShadowRow.case_id).where(col(ShadowRow.wake_at).is_not(None), col(ShadowRow.wake_at) <= now)
    return session.exec(due.limit(1)).first() is not None


def load(row: ShadowRow) -> Shadow:
    shadow: Shadow = codec.load(row.body, Shadow)
    return shadow


def keep(row: ShadowRow, shadow: Shadow, now: datetime) -> None:
    row.body, row.updated_at = codec.dump(shadow, Shadow), now
    row.state = PARTED if shadow.parted else FOLLOWS
    row.differs = ",".join(shadow.kinds)[:200]
    row.wake_at = shadow.case.wake_at


def _question_is(session: Session, shadow: Shadow, real: Case) -> str:
    question = shadow.case.question
    key = shadowing.real_key(shadow, question.effect_key) if question else ""
    if question is None or not key:
        return ""
    return truth.whereabouts(session, replace(real, question=replace(question, effect_key=key)))

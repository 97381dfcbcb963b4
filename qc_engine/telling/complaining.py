"""What the console asks about complaints: the causes to choose from, and the question that would follow."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.decide import decide
from qc_engine.core.decision import Decision
from qc_engine.core.effects import MoveDeal, SendMessage
from qc_engine.core.events import ComplaintReopened, ComplaintResolved, TimerDue
from qc_engine.core.scenario import CAUSES, Scenario
from qc_engine.explain.voice import Voice
from qc_engine.flow.contact import informed
from qc_engine.flow.versions.library import Library, VersionLost, scenario_of
from qc_engine.store import cases
from qc_engine.store.tables import CaseRow
from qc_engine.web.pages.dissatisfied.outlook import AsksAgain, Outlook

MOST_WAITS = 5  # a gate may put the moment off: by manners, by a holiday


def causes(libraries: Iterable[Library], language: str) -> Mapping[str, str]:
    """Those of every scenario in force, by their words; the usual ones too."""
    active = [one for library in libraries for one in library.active.values()]
    known = {word: title for one in active for word, title in one.complaints.known_causes.items()}
    return {word: title.said_in(language).body for word, title in {**CAUSES, **known}.items()}


def outlook(
    session: Session, libraries: Mapping[str, Library], row: CaseRow, voice: Voice, now: datetime
) -> Outlook:
    """Of a case whose version is lost nothing can be foretold."""
    case = cases.load(session, row)
    try:
        scenario = scenario_of(session, libraries, case)
    except VersionLost:
        return Outlook()
    known = scenario.complaints.known_causes
    titles = {word: title.said_in(voice.language).body for word, title in known.items()}
    asks, why = _asked(_as_if_settled(session, case, scenario), scenario, voice, now)
    return Outlook(titles, asks, _moves_to(case, scenario, voice, now), why)


def _moves_to(case: Case, scenario: Scenario, voice: Voice, now: datetime) -> str:
    """Of what may be said now: that it is settled, or that it is not."""
    is_open = case.complaint is not None and case.complaint.settled_at is None
    event = ComplaintResolved(case.id, "", now) if is_open else ComplaintReopened(case.id, "", "", now)
    effects = (one.effect for one in decide(case, event, scenario, now).effects)
    moved = (one.stage for one in effects if isinstance(one, MoveDeal) and one.deal_id != case.deal_id)
    return voice.stage(next(moved, ""))


def _as_if_settled(session: Session, case: Case, scenario: Scenario) -> Case:
    """Its own complaint will hold nothing back by then; those of the person's other cases still may."""
    known = informed(session, case, scenario.contact)
    if known.client.complained_at is None:
        return known
    elsewhere = cases.complained_at(session, known.client.phone, but=case.id)
    return replace(known, client=replace(known.client, complained_at=elsewhere))


def _asked(case: Case, scenario: Scenario, voice: Voice, now: datetime) -> tuple[AsksAgain | None, str]:
    """By the engine's own decisions, of which nothing is kept."""
    settled = _after(case, decide(case, ComplaintResolved(case.id, "", now), scenario, now))
    for _ in range(MOST_WAITS):
        waiting = settled.complaint.waiting if settled.complaint else None
        if waiting is None:
            return None, ""
        decision = decide(settled, TimerDue(case.id, waiting.due_at), scenario, waiting.due_at)
        if text := _question(decision):
            return AsksAgain(waiting.due_at, text), ""
        settled = _after(settled, decision)
        if not (settled.complaint and settled.complaint.waiting):
            return None, _told(decision, voice)
    return None, ""


def _after(before: Case, decision: Decision) -> Case:
    return replace(decision.case, rev=before.rev + 1)


def _question(decision: Decision) -> str:
    messages = (one.effect for one in decision.effects if isinstance(one.effect, SendMessage))
    return next((one.in_words for one in messages if one.question), "")


def _told(decision: Decision, voice: Voice) -> str:
    return "; ".join(voice.phrase({"key": one.key, "values": one.values}) for one in decision.notes)

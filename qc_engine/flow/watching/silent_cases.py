"""Which cases should have been asked and were not: held back by nobody, and yet no question has left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.core.case import State
from qc_engine.store import outbox, scenarios, watching
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow

MOST = 200  # enough to judge by; nobody needs the exact number of a disaster
# A manager moved or deleted the deal, a person dropped the message: somebody decided, nothing is broken.
BY_HAND = frozenset({"deal_elsewhere", "deal_gone", "dropped"})


@dataclass(frozen=True)
class Unasked:
    """A case whose first question is due and has not left."""

    case_id: str
    due_at: datetime
    why: str  # what the outbox says: a vendor's words, or ''
    heard: bool = True  # False: the timer itself rang unheard


def last_question(session: Session, portal: str, since: datetime) -> datetime | None:
    """When a first question of this portal last left, if that was since then."""
    for told in watching.told_done_since(session, since):
        effect = outbox.of_key(session, told.event["effect_key"])
        if effect and _begins_a_survey(session, effect, portal):
            return told.received_at
    return None


def _begins_a_survey(session: Session, effect: EffectRow, portal: str) -> bool:
    if not effect.payload.get("question"):
        return False
    first = watching.first_question(session, effect.case_id)
    return first is not None and first.id == effect.id and _of_portal(session, effect.case_id, portal)


def _of_portal(session: Session, case_id: str, portal: str) -> bool:
    row = session.get(CaseRow, case_id)
    return row is not None and row.portal == portal


def unasked(session: Session, portal: str, now: datetime, span: timedelta) -> Sequence[Unasked]:
    """Those that became due within the span, the newest first, up to a number that is plenty."""
    found: list[Unasked] = []
    for one in _due(session, portal, now, span):
        found.append(one)
        if len(found) == MOST:
            break
    return found


def _due(session: Session, portal: str, now: datetime, span: timedelta) -> Iterator[Unasked]:
    for row in watching.overdue(session, portal, now - span, now, MOST):
        assert row.wake_at is not None
        yield Unasked(row.id, row.wake_at, "", heard=False)
    seen: set[str] = set()
    for timer in watching.timers_since(session, now - span):
        case_id = timer.event["case_id"]
        if case_id not in seen and (one := _judged(session, portal, case_id, timer, now)):
            yield one
        seen.add(case_id)


def _judged(session: Session, portal: str, case_id: str, timer: InboxRow, now: datetime) -> Unasked | None:
    row = session.get(CaseRow, case_id)
    if row is None or row.portal != portal or row.still_since:
        return None
    if scenarios.is_frozen(session, portal, row.scenario):
        return None
    if row.state == State.WAITING:
        # It looked and chose a better moment, unless nobody has told it yet.
        heard = timer.processed_at is not None
        return None if heard else Unasked(case_id, timer.received_at, "", heard=False)
    question = watching.first_question(session, case_id)
    if question is None or question.state == outbox.DONE:
        return None
    needed = outbox.of_key(session, question.waits_for) if question.waits_for else None
    blocking = needed if needed and needed.state != outbox.DONE else question
    if _held_back(blocking, now) or _held_back(question, now):
        return None
    since = question.run_at if _by_a_gate(question) else question.created_at
    return Unasked(case_id, since, blocking.error)


def _held_back(effect: EffectRow, now: datetime) -> bool:
    """By manners, by consent, or by a person's hand: nothing is broken here."""
    if effect.state == outbox.CANCELLED and not effect.error.startswith("prevented: "):
        return True
    if effect.state in (outbox.CANCELLED, outbox.FAILED):
        return _by_a_gate(effect) or effect.error.partition(": ")[0] in BY_HAND
    return _by_a_gate(effect) and effect.run_at > now


def _by_a_gate(effect: EffectRow) -> bool:
    code, _, reason = effect.error.partition(": ")
    return (reason or code).startswith("gate.")

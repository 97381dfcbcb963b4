"""Why each decision came out as it did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.draft import Decision
from qc_engine.core.events import Event
from qc_engine.core.trace import Phrase
from qc_engine.store import codec
from qc_engine.store.tables import TraceRow


def add(session: Session, before: Case, decision: Decision, event: Event, now: datetime) -> None:
    session.add(
        TraceRow(
            case_id=before.id,
            rev=before.rev + 1,
            at=now,
            version=before.version,
            step=before.step,
            body=body_of(decision, event),
        )
    )


def body_of(decision: Decision, event: Event) -> dict[str, Any]:
    """What is kept of a decision beside when it was taken."""
    after = decision.case
    return {
        "event": {"kind": type(event).__name__, "data": codec.dump_event(event)},
        "checked": [_checked(one) for one in decision.trace],
        "notes": [_phrase(one) for one in decision.notes],
        "effects": [one.key for one in decision.effects],
        "state": after.state,
        "step": after.step,
        "outcome": after.outcome,
        "ended_why": _phrase(after.ended_why) if after.ended_why else None,
        "wake_at": after.wake_at.isoformat() if after.wake_at else None,
    }


def add_by_hand(
    session: Session,
    before: Case,
    after: Case,
    kind: str,
    told: Mapping[str, str],
    notes: Sequence[Phrase],
    effects: Sequence[str],
    now: datetime,
) -> None:
    """A person changed the case itself: no event of the outside. `kind`: 'Undone', 'Migrated'."""
    session.add(
        TraceRow(
            case_id=before.id,
            rev=before.rev + 1,
            at=now,
            version=after.version,
            step=before.step,
            body={
                "event": {"kind": kind, "data": dict(told)},
                "checked": [],
                "notes": [_phrase(one) for one in notes],
                "effects": list(effects),
                "state": after.state,
                "step": after.step,
                "outcome": after.outcome,
                "ended_why": _phrase(after.ended_why) if after.ended_why else None,
                "wake_at": after.wake_at.isoformat() if after.wake_at else None,
            },
        )
    )


def _checked(one: Any) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "line": one.line,
        "passed": one.verdict.passed,
        "why": _phrase(one.verdict.why),
    }


def _phrase(one: Any) -> dict[str, Any]:
    return {"key": one.key, "values": dict(one.values)}


def of_case(session: Session, case_id: str) -> Sequence[TraceRow]:
    return session.exec(select(TraceRow).where(TraceRow.case_id == case_id).order_by(col(TraceRow.rev))).all()

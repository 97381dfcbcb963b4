"""Why each decision came out as it did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.draft import Decision
from qc_engine.core.events import Event
from qc_engine.store import codec
from qc_engine.store.tables import TraceRow


def add(session: Session, before: Case, decision: Decision, event: Event, now: datetime) -> None:
    after = decision.case
    session.add(
        TraceRow(
            case_id=before.id,
            rev=before.rev + 1,
            at=now,
            version=before.version,
            step=before.step,
            body={
                "event": {"kind": type(event).__name__, "data": codec.dump_event(event)},
                "checked": [_checked(one) for one in decision.trace],
                "notes": [_phrase(one) for one in decision.notes],
                "effects": [one.key for one in decision.effects],
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

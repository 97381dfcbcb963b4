"""Running cases to another version, knowingly: which can go by it, which cannot and why."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session

from qc_engine.core.scenario import Scenario
from qc_engine.flow.versions import migrating
from qc_engine.flow.versions.migrating import Move
from qc_engine.store import scenarios
from qc_engine.telling.scenarios.opened import Opened


def judged(
    session: Session, one: Opened, to: Scenario, ids: Collection[str] = (), step: str = ""
) -> Sequence[Move]:
    """Every case that is not over and goes by another version, the oldest first."""
    rows = migrating.running(session, one.portal, one.name, to.version, ids, step)
    return [migrating.judged(session, row, to) for row in rows]


def move(
    session: Session, one: Opened, to: Scenario, moves: Sequence[Move], by: str, because: str
) -> int:  # fmt: skip
    """How many go by it from now on: those that can. Raises SomebodyWasQuicker."""
    going = [each for each in moves if each.hindrance is None]
    for each in going:
        migrating.migrate(session, each, to, by, because, one.now())
    if going:
        details = {"cases": [each.case.id for each in going]}
        scenarios.note(session, one.row(session), "migrated", by, one.now(), after=to.version, reason=because,
                       details=details)  # fmt: skip
    return len(going)


def told(
    one: Opened, version: str, moves: Sequence[Move], *, really: bool, language: str = ""
) -> dict[str, Any]:
    """With the reason beside each that stays."""
    voice = one.voice(language=language)
    rows = [
        {
            "case_id": move.case.id,
            "deal_id": move.case.deal_id,
            "step": move.case.step,
            "version": move.case.version,
            "can": move.hindrance is None,
            "why_not": voice.say(move.hindrance.key, **move.hindrance.values) if move.hindrance else "",
        }
        for move in moves
    ]
    can = sum(row["can"] is True for row in rows)
    return {
        "scenario": one.name, "portal": one.portal, "to": version, "done": really, "can": can,
        "cannot": len(rows) - can, "cases": rows,
    }  # fmt: skip

"""How a scenario stands: what is in force since when and by whom, what waits, what is tried, its cases."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.shadowing import FAILED, PARTED
from qc_engine.flow.versions.shadows import of_version
from qc_engine.store import deeds, scenarios
from qc_engine.store.tables import ScenarioLogRow, ScenarioRow
from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]


def told(session: Session, row: ScenarioRow, titles: Mapping[str, str]) -> Told:
    """`titles`: what the scenarios are called, by their names."""
    since = scenarios.last(session, row.portal, row.name, "activated", "promoted", "file_gone")
    return {
        "name": row.name,
        "portal": row.portal,
        "title": titles.get(row.name, ""),
        "state": row.state,
        "version": row.version,
        "since": since.at.isoformat() if since else None,
        "by": since.by if since else "",
        "reason": row.reason,
        "waiting": row.file_version if scenarios.waits(row) else "",
        "file_gone": not row.file_version,
        "cases": [
            {"version": version, "state": state, "count": count}
            for version, state, count in deeds.count_by_version(session, row.portal, row.name)
        ],
        "candidate": _candidate(row) if row.candidate else None,
    }


def _candidate(row: ScenarioRow) -> Told:
    return {
        "version": row.candidate,
        "mode": row.mode,
        "share": row.share,
        "branches": row.branches,
        "stop_if": row.stop_if,
        "since": row.tried_since.isoformat() if row.tried_since else None,
        "errors": row.errors,
    }


def entry(row: ScenarioLogRow) -> Told:
    """One line of the log."""
    return {
        "at": row.at.isoformat(),
        "by": row.by,
        "what": row.what,
        "from": row.from_version,
        "to": row.to_version,
        "changes": row.from_version != row.to_version,
        "reason": row.reason,
        "details": row.details,
    }


# --- what is tried ----------------------------------------------------------------------------


def compared(session: Session, row: ScenarioRow, one: Opened) -> Told:
    """The figures of a candidate that takes new cases, beside those of the version in force."""
    candidate, active = ramping.both(session, row, one.now())
    return {
        "scenario": one.name,
        "portal": one.portal,
        "candidate": row.candidate,
        "active": row.version,
        "since": row.tried_since.isoformat() if row.tried_since else None,
        "share": row.share,
        "branches": list(row.branches),
        "stop_if": list(row.stop_if),
        "after": row.stop_after,
        "candidate_figures": candidate.document(),
        "active_figures": active.document(),
    }


def beside(session: Session, one: Opened, version: str) -> Told:
    """How often a candidate that decides silently would have done otherwise."""
    rows = of_version(session, one.portal, one.name, version)
    return {
        "cases": len(rows),
        "same": sum(not row.differs and row.state != FAILED for row in rows),
        "differing": sum(bool(row.differs) for row in rows),
        "by_kind": dict(Counter(kind for row in rows for kind in row.differs.split(",") if kind)),
        "comparison_ended": sum(row.state == PARTED for row in rows),
        "failed": sum(row.state == FAILED for row in rows),
    }

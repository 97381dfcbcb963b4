"""How the scenarios stand: which version is in force, who said so, and what must stand still."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from qc_engine.store.tables import CaseRow, ScenarioLogRow, ScenarioRow

ACTIVE, PAUSED, FROZEN = "active", "paused", "frozen"
SHADOW, RAMP = "shadow", "ramp"
BY_FILE, BY_ENGINE = "file", "engine"  # who changed something, when no person did


def of_portal(session: Session, portal: str) -> dict[str, ScenarioRow]:
    """Every scenario that this portal ever had, by its name."""
    rows = session.exec(select(ScenarioRow).where(ScenarioRow.portal == portal)).all()
    return {row.name: row for row in sorted(rows, key=lambda row: row.name)}


def everywhere(session: Session) -> Sequence[ScenarioRow]:
    """Of all portals."""
    order = (col(ScenarioRow.portal), col(ScenarioRow.name))
    return session.exec(select(ScenarioRow).order_by(*order)).all()


def get(session: Session, portal: str, name: str) -> ScenarioRow | None:
    """Locked until the end of the transaction: two people may change it at one moment."""
    return session.get(ScenarioRow, (portal, name), with_for_update=True)


def add(session: Session, portal: str, name: str, now: datetime) -> ScenarioRow:
    row = ScenarioRow(portal=portal, name=name, changed_at=now)
    session.add(row)
    return row


def waiting(session: Session, portal: str) -> Sequence[ScenarioRow]:
    """Those whose file holds a version that nobody has activated yet."""
    return [row for row in of_portal(session, portal).values() if waits(row)]


def waits(row: ScenarioRow) -> bool:
    return bool(row.file_version) and row.file_version not in (row.version, row.candidate)


# --- the log ----------------------------------------------------------------------------------


def note(
    session: Session,
    row: ScenarioRow,
    what: str,
    by: str,
    now: datetime,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down a change that was just made to `row`; `before` and `after` are versions."""
    row.changed_by, row.changed_at, row.reason = by[:80], now, reason
    session.add(row)
    session.add(
        ScenarioLogRow(
            portal=row.portal, name=row.name, at=now, by=by[:80], what=what, from_version=before,
            to_version=after, reason=reason, details=dict(details or {}),
        )
    )  # fmt: skip


def log_of(session: Session, portal: str, name: str, limit: int = 0) -> Sequence[ScenarioLogRow]:
    """The newest first."""
    found = select(ScenarioLogRow).where(ScenarioLogRow.portal == portal, ScenarioLogRow.name == name)
    found = found.order_by(col(ScenarioLogRow.id).desc())
    return session.exec(found.limit(limit) if limit else found).all()


def last(session: Session, portal: str, name: str, *what: str) -> ScenarioLogRow | None:
    found = select(ScenarioLogRow).where(ScenarioLogRow.portal == portal, ScenarioLogRow.name == name)
    found = found.where(col(ScenarioLogRow.what).in_(what))
    return session.exec(found.order_by(col(ScenarioLogRow.id).desc()).limit(1)).first()


# --- what stands still ------------------------------------------------------------------------


def any_frozen(session: Session) -> bool:
    """Mostly not: then nothing need be asked case by case."""
    return session.exec(select(ScenarioRow.name).where(ScenarioRow.state == FROZEN)).first() is not None


def anything_stands_still(session: Session) -> bool:
    """The same, and single cases."""
    alone = select(CaseRow.id).where(col(CaseRow.still_since).is_not(None)).limit(1)
    return any_frozen(session) or session.exec(alone).first() is not None


def is_frozen(session: Session, portal: str, name: str) -> bool:
    row = session.get(ScenarioRow, (portal, name))
    return row is not None and row.state == FROZEN


def frozen_case(case_id: ColumnElement[str] | Mapped[str]) -> ColumnElement[bool]:
    """Does this case stand still, by itself or with its scenario?"""
    return (
        select(CaseRow.id)
        .where(CaseRow.id == case_id, or_(col(CaseRow.still_since).is_not(None), frozen_scenario()))
        .correlate_except(CaseRow)
        .exists()
    )


def frozen_scenario() -> ColumnElement[bool]:
    """The same beside a row of `cases` that is at hand."""
    return (
        select(ScenarioRow.name)
        .where(ScenarioRow.portal == CaseRow.portal, ScenarioRow.name == CaseRow.scenario)
        .where(ScenarioRow.state == FROZEN)
        .exists()
    )

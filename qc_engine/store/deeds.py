"""What the cases of one scenario did outside, and what of theirs is still to be done."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from qc_engine.store import inbox, outbox
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow

Deed = tuple[EffectRow, CaseRow]


def done_since(session: Session, portal: str, scenario: str, since: datetime) -> Sequence[Deed]:
    """In the order in which it was done; what took something back is no deed."""
    found = (
        select(EffectRow, CaseRow)
        .join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id))
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario)
        .where(EffectRow.state == outbox.DONE, col(EffectRow.done_at) >= since)
        .where(EffectRow.priority != outbox.UNDO)
    )
    return session.exec(found.order_by(col(EffectRow.done_at), col(EffectRow.id))).all()


def open_now(session: Session, portal: str, scenario: str) -> Sequence[EffectRow]:
    """What has not left yet, or is on its way."""
    found = (
        select(EffectRow)
        .join(CaseRow, col(CaseRow.id) == col(EffectRow.case_id))
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario)
        .where(col(EffectRow.state).in_(outbox.BLOCKING), EffectRow.priority != outbox.UNDO)
    )
    return session.exec(found.order_by(col(EffectRow.id))).all()


def undone_tasks(session: Session, case_id: str) -> set[int]:
    """Those that somebody has already taken back."""
    rows = session.exec(
        select(EffectRow).where(EffectRow.case_id == case_id, EffectRow.priority == outbox.UNDO)
    ).all()
    return {row.payload["task_id"] for row in rows if row.kind == "CloseTask"}


def writes_of(session: Session, case_id: str) -> Sequence[EffectRow]:
    """All that it has written into deals, in that order; also what was taken back."""
    found = (
        select(EffectRow)
        .where(EffectRow.case_id == case_id, EffectRow.state == outbox.DONE)
        .where(col(EffectRow.kind).in_(("SetFields", "MoveDeal")))
    )
    return session.exec(found.order_by(col(EffectRow.done_at), col(EffectRow.id))).all()


def timers_due(session: Session, portal: str, scenario: str, now: datetime) -> int:
    """How many of its cases are late for what they were waiting for."""
    due = col(CaseRow.wake_at).is_not(None) & (col(CaseRow.wake_at) <= now)
    return session.exec(
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario, due)
    ).one()


def events_put_aside(session: Session, portal: str, scenario: str) -> int:
    theirs = select(CaseRow.id).where(CaseRow.portal == portal, CaseRow.scenario == scenario)
    return session.exec(
        select(func.count())
        .select_from(InboxRow)
        .where(col(InboxRow.processed_at).is_(None), InboxRow.reason == inbox.STANDS_STILL)
        .where(col(InboxRow.case_id).in_(theirs))
    ).one()


def count_by_version(session: Session, portal: str, scenario: str) -> Sequence[tuple[str, str, int]]:
    """(version, state, how many cases)."""
    rows = session.execute(
        select(CaseRow.version, CaseRow.state, func.count())
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario)
        .group_by(CaseRow.version, CaseRow.state)
    ).all()
    return [(str(version), str(state), count) for version, state, count in rows]


def begun_since(
    session: Session, portal: str, scenario: str, since: datetime
) -> tuple[dict[str, int], datetime | None]:
    """How many cases of any version began since then, by branch, and when the first of them did."""
    rows = session.execute(
        select(col(CaseRow.branch), func.count(), func.min(col(CaseRow.created_at)))
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario, col(CaseRow.created_at) >= since)
        .group_by(col(CaseRow.branch))
    ).all()
    return {branch: count for branch, count, _ in rows}, min((first for _, _, first in rows), default=None)

"""What waits for a person beside effects and alarms: read by partial indexes, however much lies beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, text, update
from sqlmodel import Session, col, select

from qc_engine.store import inbox
from qc_engine.store.casebook import Branches, within
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow

MOST = 200  # rows of one kind: a longer queue is a fault of its own
UNMATCHED_FOR = timedelta(days=14)  # what nobody has looked at for longer is no news
NOBODYS = "it belongs to no case"
# Written as text, because a partial index is used only for the very words of its condition.
ACTIVE = text("cases.state = 'active'")
UNMATCHED = text("inbox.result = 'ignored' AND inbox.kind = 'AnswerReceived'")


def unclear(session: Session, branches: Branches) -> Sequence[CaseRow]:
    """Cases whose client was given a hint and has not answered clearly since."""
    hints = col(CaseRow.body)["question"]["hints"].as_integer()
    return session.exec(select(CaseRow).where(ACTIVE, within(branches), hints > 0).limit(MOST)).all()


def review_awaited(session: Session, branches: Branches) -> Sequence[CaseRow]:
    """Cases in which somebody is to look for a review; when it is due stands in their body."""
    due_at = col(CaseRow.body)["check"]["due_at"].as_string()
    return session.exec(
        select(CaseRow).where(ACTIVE, within(branches), due_at.is_not(None)).order_by(due_at).limit(MOST)
    ).all()


def unmatched(session: Session, now: datetime) -> Sequence[InboxRow]:
    """Clients' words that belong to no case, the newest first."""
    nobodys = or_(col(InboxRow.reason) == NOBODYS, col(InboxRow.reason).startswith("nobody"))
    return session.exec(
        select(InboxRow)
        .where(UNMATCHED, nobodys, InboxRow.received_at > now - UNMATCHED_FOR)
        .order_by(col(InboxRow.id).desc())
        .limit(MOST)
    ).all()


def dismiss(session: Session, row_id: int, who: str) -> bool:
    """A person has looked at a quarantined event and nothing is to come of it; the row itself stays."""
    done = session.execute(
        update(InboxRow)
        .where(inbox.QUARANTINED, col(InboxRow.id) == row_id)
        .values(result="ignored", reason=f"dismissed by {who}")
    )
    return bool(getattr(done, "rowcount", 0))


def branch_of_effect(session: Session, effect_id: int) -> tuple[str, str] | None:
    """(portal, branch) of the case that an effect belongs to."""
    return session.exec(
        select(CaseRow.portal, CaseRow.branch)
        .join(EffectRow, col(EffectRow.case_id) == col(CaseRow.id))
        .where(EffectRow.id == effect_id)
    ).first()

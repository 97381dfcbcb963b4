"""What the page of yes and no shows of a case: what was asked, about whom, and who has answered."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from qc_engine.core.approval.links import ANY, read_approval_link
from qc_engine.core.case import Approval, Case, State
from qc_engine.core.events import ApprovalGiven
from qc_engine.store import cases

ANSWERED_FOR = timedelta(days=60)


@dataclass(frozen=True)
class ApprovalView:
    """Nobody's full name or phone stands in it; times are in the branch's zone."""

    case_id: str
    name: str
    asked_at: datetime
    title: str
    text: str
    client: str  # masked: 'Иван, …4567'
    branch: str
    deal_id: int
    due_at: datetime
    chosen: str = ANY  # yes, no, or any: what the link names
    given: bool | None = None
    answered_at: datetime | None = None
    by: str = ""
    over: bool = False  # the case has ended without an answer
    closed: bool = False  # nothing is taken any more
    language: str = "ru"

    @property
    def is_open(self) -> bool:
        return self.given is None and not self.over and not self.closed


def approval_view(
    session: Session,
    code: str,
    name: str,
    brought: str,
    now: datetime,
    *,
    answered_for: timedelta = ANSWERED_FOR,
    language: str = "ru",
) -> ApprovalView | None:
    """None where this link leads to nothing. `brought`: what stands behind 'answer=' in it."""
    row = cases.of_answer_code(session, code)
    case = cases.load(session, row) if row else None
    approval = next((one for one in case.approvals if one.name == name), None) if case else None
    chosen = read_approval_link(case, approval, brought) if case and approval else None
    if case is None or approval is None or chosen is None:
        return None
    return _view(case, approval, chosen, now > approval.due_at + answered_for, language)


def answered(view: ApprovalView, event: ApprovalGiven) -> ApprovalView:
    """As it will stand once the case has heard of this answer."""
    at = event.at.astimezone(view.due_at.tzinfo)
    return replace(view, given=event.given, answered_at=at, by=event.by)


def _view(case: Case, approval: Approval, chosen: str, closed: bool, language: str) -> ApprovalView:
    zone = ZoneInfo(case.branch.timezone)
    return ApprovalView(
        case_id=case.id,
        name=approval.name,
        asked_at=approval.asked_at,
        title=approval.title,
        text=approval.text,
        client=_client(case),
        branch=case.branch.name,
        deal_id=case.deal_id,
        due_at=approval.due_at.astimezone(zone),
        chosen=chosen,
        given=approval.given,
        answered_at=approval.answered_at.astimezone(zone) if approval.answered_at else None,
        by=approval.by,
        over=case.state is State.ENDED and approval.given is None,
        closed=closed and approval.given is None,
        language=language,
    )


def _client(case: Case) -> str:
    first = (case.client_name.split() or ["•••"])[0]
    return f"{first}, …{case.client.phone[-4:]}" if case.client.phone else first

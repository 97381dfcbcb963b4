"""Where in the CRM the work on a complaint is written down."""

from qc_engine.core.case import Case
from qc_engine.core.draft import Draft
from qc_engine.core.effects import AddComment


def deal_of(case: Case) -> int:
    """The complaint's own deal, once its number is known; the visit's until then."""
    return (case.complaint and case.complaint.deal_id) or case.deal_id


def comment(lines: list[str], by: str, draft: Draft) -> None:
    signed = [*lines, f"({by})"] if by else lines
    draft.add(AddComment(deal_of(draft.case), "\n".join(signed)))

"""The complaint's own deal follows what is said of the complaint; our own moves of it are no news."""

from datetime import datetime

from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import MoveDeal
from qc_engine.core.recovery.complaints import Complaint


def put_away(draft: Draft, *, is_there: bool) -> None:
    """Into the stage of settled ones, wherever it stands; `is_there`: somebody has put it there."""
    complaint, stage = draft.case.complaint, draft.scenario.complaints.resolved_in
    if complaint is None or not stage:
        return
    if is_there:
        draft.change(complaint=changed(complaint, {"put_away": True}))
    elif complaint.deal_id:
        _moved(MoveDeal(complaint.deal_id, stage, (), from_anywhere=True), draft, put_away=True)


def take_back(stage: str, draft: Draft) -> None:
    """Out of the stage of settled ones, if it is there; without a stage to where it was opened."""
    complaint, settled = draft.case.complaint, draft.scenario.complaints.resolved_in
    if complaint is None or not (complaint.put_away and complaint.deal_id):
        return
    back = stage or complaint.opened_in
    if back and settled and back != settled:
        _moved(MoveDeal(complaint.deal_id, back, (settled,)), draft, put_away=False)


def is_old_news(complaint: Complaint, at: datetime) -> bool:
    """Of an open complaint: its deal came to that stage before our own last move of it was over."""
    if complaint.turns and at <= complaint.turns[-1].at:
        return True  # it stands there since before the complaint was opened again
    return bool(complaint.moves) and (complaint.moved_at is None or at <= complaint.moved_at)


def _moved(move: MoveDeal, draft: Draft, *, put_away: bool) -> None:
    key, complaint = draft.add(move), draft.case.complaint
    assert complaint is not None
    told = {"put_away": put_away, "moves": (*complaint.moves, key), "moved_at": None}
    draft.change(complaint=changed(complaint, told))

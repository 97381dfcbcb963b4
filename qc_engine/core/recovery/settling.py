"""A complaint begins, is settled, and is opened again."""

from datetime import datetime

from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import AddComment, CreateTask, ReopenTask
from qc_engine.core.events import ComplaintReopened, ComplaintResolved, TaskClosed
from qc_engine.core.recovery import words
from qc_engine.core.recovery.complaints import (
    DEAL,
    NOT_ASKED,
    PAGE,
    RATING,
    REOPENED,
    SETTLED,
    TASK,
    Complaint,
    SecondRating,
    Turn,
)
from qc_engine.core.recovery.deal import is_old_news, put_away, take_back
from qc_engine.core.recovery.timeline import comment, deal_of
from qc_engine.core.scenario import ReopenComplaint


def begin_complaint(deal_key: str, stage: str, draft: Draft) -> None:
    """A deal is opened for it; a client who is still unhappy when asked again has the same complaint."""
    complaint = draft.case.complaint
    if complaint is None or not complaint.under_way:
        draft.change(complaint=Complaint(draft.now, deal_key=deal_key, opened_in=stage))
        return
    if complaint.settled_at:
        draft.note("note.complaint_reopened_rating")
        open_again(Turn(REOPENED, draft.now, RATING), draft)
    anew = {"deal_key": deal_key, "deal_id": None, "task_key": "", "task_id": None, "due_at": None}
    another = {"opened_in": stage, "put_away": False, "moves": (), "moved_at": None}
    draft.change(complaint=changed(_complaint(draft), anew | another))


# --- settled ----------------------------------------------------------------------------------


def task_settles(closed: TaskClosed, draft: Draft) -> None:
    """Whoever had the complaint is done with it: from now on the client may be asked again."""
    complaint = draft.case.complaint
    if complaint and complaint.task_id == closed.task_id and not complaint.settled_at:
        draft.note("note.complaint_settled")
        _settle(Turn(SETTLED, closed.at, TASK, words=closed.result), draft)


def deal_settles(stage: str, at: datetime, draft: Draft) -> None:
    """The complaint's own deal was put where settled ones stand."""
    complaint = draft.case.complaint
    wanted = draft.scenario.complaints.resolved_in
    if complaint is None or complaint.settled_at or not wanted or stage != wanted:
        return
    if is_old_news(complaint, at):
        return
    draft.note("note.complaint_settled_deal", stage=stage)
    _settle(Turn(SETTLED, at, DEAL), draft)


def resolve(event: ComplaintResolved, draft: Draft) -> None:
    """A person says so on the page. `event.ask`: the client may be asked again, if the scenario does."""
    complaint = draft.case.complaint
    if complaint is None or complaint.settled_at:
        draft.note("note.complaint_stands")
        return
    draft.note("note.complaint_settled_page", by=event.by, words=event.words)
    _settle(Turn(SETTLED, event.at, PAGE, event.by, event.words), draft, ask=event.ask)
    said = words.line(draft.scenario.language, words.SETTLED)
    comment([f"{said}: {event.words}" if event.words else said], event.by, draft)


def _settle(turn: Turn, draft: Draft, *, ask: bool = True) -> None:
    complaint = _complaint(draft)
    turns = (*complaint.turns, turn)
    draft.change(complaint=changed(complaint, {"settled_at": turn.at, "turns": turns}))
    if turn.way != TASK:
        draft.close_task(complaint.task_id)
    put_away(draft, is_there=turn.way == DEAL)
    if ask:
        _plan_second_rating(draft)


def _plan_second_rating(draft: Draft) -> None:
    rules, complaint = draft.scenario.complaints.re_rate, _complaint(draft)
    asked = sum(one.began_at is not None for one in complaint.ratings)
    if rules is None or asked >= rules.times:
        return
    planned = SecondRating(draft.now + rules.after)
    draft.change(complaint=changed(complaint, {"ratings": (*complaint.ratings, planned)}))
    draft.note("note.complaint_asked_later", at=planned.due_at)


# --- open again -------------------------------------------------------------------------------


def reopen(event: ComplaintReopened, draft: Draft) -> None:
    """A person takes it back that the complaint is settled; not while the client is being asked."""
    complaint = draft.case.complaint
    if complaint is None or not complaint.settled_at or complaint.under_way:
        draft.note("note.complaint_stands")
        return
    draft.note("note.complaint_reopened", by=event.by, reason=event.reason)
    open_again(Turn(REOPENED, event.at, PAGE, event.by, event.reason), draft)
    if complaint.task_id:
        draft.add(ReopenTask(complaint.task_id))
    take_back("", draft)
    said = words.line(draft.scenario.language, words.REOPENED, event.reason)
    comment([said], event.by, draft)


def open_again(turn: Turn, draft: Draft) -> None:
    """Whoever was to be asked later is not asked."""
    dont_ask(draft)
    complaint = _complaint(draft)
    anew = {"settled_at": None, "recovered_at": None, "turns": (*complaint.turns, turn)}
    draft.change(complaint=changed(complaint, anew))


def dont_ask(draft: Draft) -> None:
    """The client will not be asked again after all."""
    complaint = draft.case.complaint
    if complaint and complaint.waiting:
        draft.change(complaint=complaint.with_rating(ended_at=draft.now, result=NOT_ASKED))


def reopen_by_score(action: ReopenComplaint, draft: Draft) -> None:
    """Nothing where there is no complaint, or where it is open anyway."""
    complaint = draft.case.complaint
    if complaint is None or not complaint.settled_at:
        draft.note("note.complaint_stands")
        return
    draft.note("note.complaint_reopened_rating")
    open_again(Turn(REOPENED, draft.now, RATING), draft)
    _new_task(action, draft)
    if action.comment:
        draft.add(AddComment(deal_of(draft.case), draft.render(action.comment)))
    take_back(action.stage, draft)


def _new_task(action: ReopenComplaint, draft: Draft) -> None:
    task = CreateTask(
        title=draft.render(action.title),
        text=draft.render(action.text),
        responsible=draft.user(action.person),
        deadline=draft.now + action.due,
        deal_id=draft.case.deal_id,
    )
    anew = {"task_key": draft.add(task), "task_id": None, "due_at": task.deadline}
    draft.change(complaint=changed(_complaint(draft), anew))


def _complaint(draft: Draft) -> Complaint:
    assert draft.case.complaint is not None
    return draft.case.complaint

"""What the outcome of our own effects, and a manager's words, mean for the case."""

from qc_engine.core.approval.approving import approval_task_made
from qc_engine.core.changing import changed
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.events import EffectDone, EffectFailed
from qc_engine.core.review.reviewing import renew_task
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.rules.starting import home_stage
from qc_engine.core.talk.asking import other_way_at
from qc_engine.core.talk.cascade import another_way
from qc_engine.core.talk.channel_news import not_reached
from qc_engine.core.talk.comments import is_comment, skip_comment
from qc_engine.core.talk.gate import COMPLAINT, overtaken
from qc_engine.core.talk.ways import channel
from qc_engine.core.trace import phrase


def effect_done(done: EffectDone, draft: Draft) -> None:
    """The question has left: its clock starts. The task exists: its closing will be an answer."""
    question = draft.case.question
    number = int(done.result) if done.result.isdigit() else 0
    if question and question.effect_key == done.effect_key:
        receipts = channel(question.channel, draft.scenario.contact).receipts
        look_at = other_way_at(question.channel, done.at, draft) if receipts else None
        left = {"asked_at": done.at, "message_id": number, "other_way_at": look_at}
        draft.change(question=changed(question, left))
        draft.note("note.question_left")
    if draft.case.task_key == done.effect_key and number:
        draft.change(task_id=number)
        draft.note("note.task_created", task=number)
        renew_task(draft)  # it may have been answered 'not yet' before we knew its number
    complaint_task(done, draft)
    approval_task_made(done, draft)


def complaint_task(done: EffectDone, draft: Draft) -> None:
    """The number of the task with which somebody settles the complaint of this case."""
    complaint = draft.case.complaint
    if complaint and complaint.task_key == done.effect_key and done.result.isdigit():
        draft.change(complaint=changed(complaint, {"task_key": "", "task_id": int(done.result)}))
        draft.note("note.task_created", task=done.result)


def effect_failed(failed: EffectFailed, draft: Draft) -> None:
    """A manager's hand ends the case; a message that cannot be delivered is the scenario's business."""
    draft.note("note.effect_failed", kind=failed.kind, code=failed.code, reason=failed.reason)
    if draft.case.complaint and failed.effect_key in draft.case.complaint.moves:
        return  # it was about the complaint's own deal: the case goes on
    if failed.kind == "MoveDeal" and failed.code in _hindering(draft):
        draft.cancel = OURS_TO_DROP
        draft.end("stopped_by_hand", phrase("end.deal_elsewhere", reason=failed.reason))
    elif failed.kind == "SendMessage":
        _not_sent(failed, draft)


def _hindering(draft: Draft) -> tuple[str, ...]:
    """Where a case may go on wherever its deal stands, only a deal that is gone hinders it."""
    return ("deal_elsewhere", "deal_gone") if home_stage(draft.case, draft.scenario) else ("deal_gone",)


def _not_sent(failed: EffectFailed, draft: Draft) -> None:
    """Without its question a case cannot go on; without a comment or a request for a review it can."""
    asked = draft.case.question is not None and draft.case.question.effect_key == failed.effect_key
    survey = survey_of(draft.scenario.steps[draft.case.step]) if asked else None
    if failed.code == "opted_out" or overtaken(failed.effect_key, failed.message, draft.case):
        return
    if another_way(failed.message, failed.code, draft):
        return
    if survey and is_comment(draft):
        skip_comment(survey, draft)
    elif asked or failed.code != COMPLAINT:
        not_reached(draft, certainly=asked)

"""What the outcome of our own effects, and a manager's words, mean for the case."""

from dataclasses import replace

from qc_engine.core.comments import is_comment, skip_comment
from qc_engine.core.conditions import FAILED, survey_of
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.events import EffectDone, EffectFailed, TaskClosed
from qc_engine.core.gate import COMPLAINT
from qc_engine.core.trace import phrase

NOT_FOUND = (
    "не найден",
    "не нашл",
    "нет отзыв",
    "отзыва нет",
    "отсутству",
    "табылмад",
    "not found",
    "no review",
)
FOUND = ("найден", "нашл", "есть отзыв", "отзыв есть", "подтвержд", "табылды", "found", "confirmed")


def effect_done(done: EffectDone, draft: Draft) -> None:
    """The question has left: its clock starts. The task exists: its closing will be an answer."""
    question = draft.case.question
    number = int(done.result) if done.result.isdigit() else 0
    if question and question.effect_key == done.effect_key:
        draft.change(question=replace(question, asked_at=done.at, message_id=number))
        draft.note("note.question_left")
    if draft.case.task_key == done.effect_key and number:
        draft.change(task_id=number)
        draft.note("note.task_created", task=number)
    complaint_task(done, draft)


def complaint_task(done: EffectDone, draft: Draft) -> None:
    """The number of the task with which somebody settles the complaint of this case."""
    complaint = draft.case.complaint
    if complaint and complaint.task_key == done.effect_key and done.result.isdigit():
        draft.change(complaint=replace(complaint, task_key="", task_id=int(done.result)))
        draft.note("note.task_created", task=done.result)


def settled(closed: TaskClosed, draft: Draft) -> None:
    """Whoever had the complaint is done with it: from now on the client may be asked again."""
    complaint = draft.case.complaint
    if complaint and complaint.task_id == closed.task_id and not complaint.settled_at:
        draft.change(complaint=replace(complaint, settled_at=closed.at))
        draft.note("note.complaint_settled")


def effect_failed(failed: EffectFailed, draft: Draft) -> None:
    """A manager's hand ends the case; a message that cannot be delivered is the scenario's business."""
    draft.note("note.effect_failed", kind=failed.kind, code=failed.code, reason=failed.reason)
    if failed.kind == "MoveDeal" and failed.code in ("deal_elsewhere", "deal_gone"):
        draft.cancel = OURS_TO_DROP
        draft.end("stopped_by_hand", phrase("end.deal_elsewhere", reason=failed.reason))
    elif failed.kind == "SendMessage":
        _not_sent(failed, draft)


def _not_sent(failed: EffectFailed, draft: Draft) -> None:
    """Without its question a case cannot go on; without a comment or a request for a review it can."""
    asked = draft.case.question is not None and draft.case.question.effect_key == failed.effect_key
    survey = survey_of(draft.scenario.steps[draft.case.step]) if asked else None
    if failed.code == "opted_out":
        return
    if survey and is_comment(draft):
        skip_comment(survey, draft)
    elif asked or failed.code != COMPLAINT:
        draft.facts.add(FAILED)


def review_from_words(text: str) -> str:
    """'Отзыв найден' -> found; 'нет отзыва' -> not_found; anything else -> '' (ask the manager)."""
    words = text.casefold().replace("ё", "е")
    if any(part in words for part in NOT_FOUND):
        return "not_found"
    return "found" if any(part in words for part in FOUND) else ""

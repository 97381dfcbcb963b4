"""What the outcome of our own effects, and a manager's words, mean for the case."""

from dataclasses import replace

from qc_engine.core.conditions import FAILED
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.events import EffectDone, EffectFailed
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


def effect_failed(failed: EffectFailed, draft: Draft) -> None:
    """A manager's hand ends the case; a message that cannot be delivered is the scenario's business."""
    draft.note("note.effect_failed", kind=failed.kind, code=failed.code, reason=failed.reason)
    if failed.kind == "MoveDeal" and failed.code in ("deal_elsewhere", "deal_gone"):
        draft.cancel = OURS_TO_DROP
        draft.end("stopped_by_hand", phrase("end.deal_elsewhere", reason=failed.reason))
    elif failed.kind == "SendMessage" and failed.code != "opted_out":
        draft.facts.add(FAILED)


def review_from_words(text: str) -> str:
    """'Отзыв найден' -> found; 'нет отзыва' -> not_found; anything else -> '' (ask the manager)."""
    words = text.casefold().replace("ё", "е")
    if any(part in words for part in NOT_FOUND):
        return "not_found"
    return "found" if any(part in words for part in FOUND) else ""

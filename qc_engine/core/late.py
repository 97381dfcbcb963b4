"""What still means something to a case that is over."""

from qc_engine.core.approval.approving import approval_task_made
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CloseTask, SendMessage
from qc_engine.core.events import AnswerReceived, DealSeen, EffectDone, FormAnswered
from qc_engine.core.meanings import heed_stop
from qc_engine.core.rules.conditions import STOP
from qc_engine.core.rules.facts import complaint_task
from qc_engine.core.talk.form import late_form as keep_late
from qc_engine.core.talk.hearing import hear


def late_form(form: FormAnswered, draft: Draft) -> None:
    keep_late(form, draft)
    if STOP in draft.facts:
        heed_stop(draft, silently=True)


def late_done(done: EffectDone, draft: Draft) -> None:
    if done.effect_key == draft.case.task_key and done.result.isdigit():
        # The task was made while the case ended: nobody needs its answer any more.
        draft.add(CloseTask(int(done.result)))
        return
    complaint_task(done, draft)
    approval_task_made(done, draft)


def late_deal(seen: DealSeen, draft: Draft) -> None:
    """The last words of a case may still wait for the morning."""
    if seen.deal.do_not_disturb:
        draft.cancel = (SendMessage,)


def late_words(answer: AnswerReceived, draft: Draft) -> None:
    """Late words are kept and shown; 'stop' holds for ever, the CRM shows it, and the client is told once."""
    known = draft.case.client.opted_out_at is not None
    hear(answer, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        heed_stop(draft, silently=known)

"""What still means something to a case that is over."""

from qc_engine.core.approval.approving import approval_task_made
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CloseTask, SendMessage
from qc_engine.core.events import AnswerReceived, DealMoved, DealSeen, EffectDone, FormAnswered
from qc_engine.core.meanings import heed_stop
from qc_engine.core.recovery.settling import deal_settles, dont_ask
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
    """The last words of a case may still wait for the morning, and a question about what was settled."""
    if seen.deal.deal_id != draft.case.deal_id:
        deal_settles(seen.deal.stage, seen.deal.entered_at, draft)
    if seen.deal.do_not_disturb:
        draft.cancel = (SendMessage,)
        dont_ask(draft)


def late_move(moved: DealMoved, draft: Draft) -> None:
    """Only the complaint's own deal still means something."""
    if moved.deal_id != draft.case.deal_id:
        deal_settles(moved.stage, moved.at, draft)


def late_words(answer: AnswerReceived, draft: Draft) -> None:
    """Late words are kept and shown; 'stop' holds for ever, the CRM shows it, and the client is told once."""
    known = draft.case.client.opted_out_at is not None
    hear(answer, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        heed_stop(draft, silently=known)

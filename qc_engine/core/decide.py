"""The heart: what becomes of a case when something happens. Pure: same input, same answer."""

from datetime import datetime
from typing import assert_never

from qc_engine.core.actions import apply
from qc_engine.core.approving import approval_task_closed, approval_task_made, take_approval
from qc_engine.core.bonuses import take_back
from qc_engine.core.cascade import joined
from qc_engine.core.case import Case, State
from qc_engine.core.channel_news import message_refused, somebody_wrote
from qc_engine.core.checking import ReviewAnswer
from qc_engine.core.conditions import CLICKED, STOP
from qc_engine.core.conversation import hear
from qc_engine.core.correcting import correct
from qc_engine.core.deal_moves import deal_is_at
from qc_engine.core.draft import OURS_TO_DROP, Decision, Draft
from qc_engine.core.effects import CloseTask, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    ApprovalGiven,
    BonusTakenBack,
    ChannelJoined,
    ChannelLeft,
    Deal,
    DealChanged,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    Event,
    FormAnswered,
    LinkClicked,
    MessageRefused,
    MessageSeen,
    MessageStatus,
    ReviewChecked,
    ReviewCorrected,
    StaffWrote,
    StartAsked,
    TaskChanged,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.facts import complaint_task, effect_done, effect_failed, settled
from qc_engine.core.following import follow_rules, matches
from qc_engine.core.form import late_form, take_form
from qc_engine.core.reviewing import PAGE, note_click, take_answer, task_closed
from qc_engine.core.scenario import Say, Scenario, WriteContact
from qc_engine.core.timing import plan_wake, time_came
from qc_engine.core.trace import phrase


def decide(case: Case, event: Event, scenario: Scenario, now: datetime) -> Decision:
    """Take the event in, follow the first rule that matches, and say when to look again."""
    draft = Draft(case, event, scenario, now)
    if case.state is State.ENDED and not isinstance(event, ReviewCorrected):
        _after_the_end(draft)
        return draft.decision()
    _take_in(draft)
    if draft.case.state is State.ACTIVE:
        follow_rules(case, draft)
        plan_wake(draft)
    return draft.decision()


# --- what an event means by itself ------------------------------------------------------------


def _take_in(draft: Draft) -> None:  # noqa: C901 (one line per event)
    match draft.event:
        case DealSeen(deal):
            deal_is_at(draft, deal.stage, deal.entered_at, deal)
            _if_not_to_be_disturbed(deal, draft)
        case DealMoved(stage=stage, at=at):
            deal_is_at(draft, stage, at, None)
        case DealDeleted():
            draft.cancel = OURS_TO_DROP
            draft.end("deal_gone", phrase("end.deal_gone"))
        case AnswerReceived() as answer:
            _hear(answer, draft)
        case FormAnswered() as form:
            take_form(form, draft)
        case ChannelJoined() as event:
            joined(event, draft)
        case StaffWrote() as wrote:
            somebody_wrote(wrote, draft)
        case MessageRefused() as refused:
            message_refused(refused, draft)
        case LinkClicked() as click:
            draft.facts.add(CLICKED)
            note_click(click, draft)
        case ReviewChecked(answer=said, at=at, by=by):
            take_answer(ReviewAnswer(said, at, PAGE, by), draft)
        case ReviewCorrected() as correction:
            correct(correction, draft)
        case BonusTakenBack() as taken:
            _take_bonus_back(taken, draft)
        case TaskClosed() as closed:
            settled(closed, draft)
            approval_task_closed(closed, draft)
            task_closed(closed, draft)
        case TimerDue():
            time_came(draft)
        case EffectDone() as done:
            effect_done(done, draft)
        case EffectFailed() as failed:
            effect_failed(failed, draft)
        case ApprovalGiven() as given:
            take_approval(given, draft)
        case MessageSeen() | MessageStatus() | ChannelLeft() | DealChanged() | TaskChanged() | StartAsked():
            pass
        case _:
            assert_never(draft.event)


def _if_not_to_be_disturbed(deal: Deal, draft: Draft) -> None:
    """The client's card forbids us to write: not even a farewell. What we learned still goes to the CRM."""
    if deal.do_not_disturb:
        draft.cancel = (*draft.cancel, SendMessage)
        draft.end("do_not_disturb", phrase("end.do_not_disturb"))


def _hear(answer: AnswerReceived, draft: Draft) -> None:
    known = draft.case.client.opted_out_at is not None
    hear(answer, draft)
    # Before the first question a client's words are for the people there, but 'stop' is for us.
    if draft.case.state is State.WAITING and STOP in draft.facts:
        _heed_stop(draft, silently=known)
        draft.end("opted_out", phrase("end.opted_out"))


def _take_bonus_back(taken: BonusTakenBack, draft: Draft) -> None:
    meant = [one for one in draft.case.bonuses if taken.rule in ("", one.rule)]
    take_back(meant, taken.reason, taken.by, draft)


# --- after the end ----------------------------------------------------------------------------


def _after_the_end(draft: Draft) -> None:  # noqa: C901 (one line per event)
    match draft.event:
        case AnswerReceived() as answer:
            _late_words(answer, draft)
        case FormAnswered() as form:
            late_form(form, draft)
            if STOP in draft.facts:
                _heed_stop(draft, silently=True)
        case ChannelJoined() as event:
            joined(event, draft)
        case EffectDone(key, result) if key == draft.case.task_key and result.isdigit():
            # The task was made while the case ended: nobody needs its answer any more.
            draft.add(CloseTask(int(result)))
        case DealSeen(deal) if deal.do_not_disturb:
            # The last words of a case may still wait for the morning.
            draft.cancel = (SendMessage,)
        case EffectDone() as done:
            complaint_task(done, draft)
            approval_task_made(done, draft)
        case TaskClosed() as closed:
            settled(closed, draft)
            approval_task_closed(closed, draft)
            task_closed(closed, draft)
        case ApprovalGiven() as given:
            take_approval(given, draft)
        case ReviewChecked(answer=said, at=at, by=by):
            take_answer(ReviewAnswer(said, at, PAGE, by), draft)
        case BonusTakenBack() as taken:
            _take_bonus_back(taken, draft)
        case LinkClicked() as click:
            note_click(click, draft)
        case _:
            pass


def _late_words(answer: AnswerReceived, draft: Draft) -> None:
    """Late words are kept and shown; 'stop' holds for ever, the CRM shows it, and the client is told once."""
    known = draft.case.client.opted_out_at is not None
    hear(answer, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        _heed_stop(draft, silently=known)


def _heed_stop(draft: Draft, *, silently: bool) -> None:
    """Outside a survey too the card shows it; before one the client reads once that we understood."""
    actions = [one for rule in draft.scenario.anytime if matches(rule, draft) for one in rule.do]
    for action in actions:
        if isinstance(action, WriteContact) or (isinstance(action, Say) and not silently):
            apply(action, draft)

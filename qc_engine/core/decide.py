"""The heart: what becomes of a case when something happens. Pure: same input, same answer."""

from datetime import datetime
from typing import assert_never

from qc_engine.core.actions import apply, run
from qc_engine.core.case import Case, State
from qc_engine.core.channel_news import message_refused, somebody_wrote
from qc_engine.core.conditions import CLICKED, MOVED, STOP, UNANSWERED, check, is_aside
from qc_engine.core.conversation import hear
from qc_engine.core.deal_moves import deal_is_at
from qc_engine.core.draft import OURS_TO_DROP, Decision, Draft
from qc_engine.core.effects import CloseTask, SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    Deal,
    DealChanged,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    EffectFailed,
    Event,
    LinkClicked,
    MessageRefused,
    MessageSeen,
    MessageStatus,
    ReviewChecked,
    StaffWrote,
    TaskChanged,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.facts import complaint_task, effect_done, effect_failed, review_from_words, settled
from qc_engine.core.scenario import Rule, Say, Scenario, WriteContact
from qc_engine.core.timing import plan_wake, time_came
from qc_engine.core.trace import Checked, phrase


def decide(case: Case, event: Event, scenario: Scenario, now: datetime) -> Decision:
    """Take the event in, follow the first rule that matches, and say when to look again."""
    draft = Draft(case, event, scenario, now)
    if case.state is State.ENDED:
        _after_the_end(draft)
        return draft.decision()
    _take_in(draft)
    if draft.case.state is State.ACTIVE:
        _follow_rules(draft)
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
        case StaffWrote() as wrote:
            somebody_wrote(wrote, draft)
        case MessageRefused() as refused:
            message_refused(refused, draft)
        case LinkClicked(platform=platform):
            draft.facts.add(CLICKED)
            draft.note("note.clicked", platform=platform)
        case ReviewChecked(answer=answer_word):
            _review(draft, answer_word)
        case TaskClosed() as closed:
            _task_closed(closed, draft)
        case TimerDue():
            time_came(draft)
        case EffectDone() as done:
            effect_done(done, draft)
        case EffectFailed() as failed:
            effect_failed(failed, draft)
        case MessageSeen() | MessageStatus() | DealChanged() | TaskChanged():
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


def _review(draft: Draft, answer: str) -> None:
    draft.change(review=answer)
    draft.note(f"note.review_{answer}")
    if draft.case.task_id and isinstance(draft.event, ReviewChecked):
        draft.add(CloseTask(draft.case.task_id))
    draft.change(task_id=None)


def _task_closed(closed: TaskClosed, draft: Draft) -> None:
    settled(closed, draft)
    if closed.task_id != draft.case.task_id:
        return
    answer = review_from_words(closed.result)
    draft.note("note.task_closed", result=closed.result)
    if answer:
        _review(draft, answer)
    else:
        draft.facts.add(UNANSWERED)


# --- rules ------------------------------------------------------------------------------------


def _follow_rules(draft: Draft) -> None:
    rules = (*draft.scenario.anytime, *draft.scenario.steps[draft.case.step].rules)
    if not _asides(rules, draft):
        return
    in_turn = (rule for rule in rules if not is_aside(rule))
    matching = next((rule for rule in in_turn if _matches(rule, draft)), None)
    if matching:
        draft.note("note.rule", rule=matching.name)
        run(matching.do, draft)
    _if_nobody_answered_for_it(draft, matching)


def _asides(rules: tuple[Rule, ...], draft: Draft) -> bool:
    """What is done beside the road of the case; False when such a rule led it elsewhere after all."""
    step = draft.case.step
    for rule in (rule for rule in rules if is_aside(rule)):
        if _matches(rule, draft):
            draft.note("note.rule", rule=rule.name)
            run(rule.do, draft)
        if draft.ended or draft.case.step != step:
            return False
    return True


def _matches(rule: Rule, draft: Draft) -> bool:
    """All conditions, in their order, up to the first that fails; each one leaves its reason."""
    for condition in rule.when:
        verdict = check(condition, draft)
        draft.trace.append(Checked(rule.name, verdict, rule.line))
        if not verdict.passed:
            return False
    return True


def _if_nobody_answered_for_it(draft: Draft, matching: Rule | None) -> None:
    """Two things end a case even if no rule speaks of them: 'stop', and a manager's hand."""
    if draft.ended:
        return
    if STOP in draft.facts:
        draft.end("opted_out", phrase("end.opted_out"))
    elif MOVED in draft.facts and matching is None:
        draft.cancel = OURS_TO_DROP
        draft.end("stopped_by_hand", phrase("end.moved_by_hand", stage=draft.case.deal_stage))


# --- after the end ----------------------------------------------------------------------------


def _after_the_end(draft: Draft) -> None:
    match draft.event:
        case AnswerReceived() as answer:
            _late_words(answer, draft)
        case EffectDone(key, result) if key == draft.case.task_key and result.isdigit():
            # The task was made while the case ended: nobody needs its answer any more.
            draft.add(CloseTask(int(result)))
        case DealSeen(deal) if deal.do_not_disturb:
            # The last words of a case may still wait for the morning.
            draft.cancel = (SendMessage,)
        case EffectDone() as done:
            complaint_task(done, draft)
        case TaskClosed() as closed:
            settled(closed, draft)
        case _:
            pass


def _late_words(answer: AnswerReceived, draft: Draft) -> None:
    """Late words are kept and shown; 'stop' holds for ever, and the CRM shows it."""
    hear(answer, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        _heed_stop(draft, silently=True)  # nothing is sent after the end, not even a farewell


def _heed_stop(draft: Draft, *, silently: bool) -> None:
    """Outside a survey too the card shows it; before one the client reads once that we understood."""
    actions = [one for rule in draft.scenario.anytime if _matches(rule, draft) for one in rule.do]
    for action in actions:
        if isinstance(action, WriteContact) or (isinstance(action, Say) and not silently):
            apply(action, draft)

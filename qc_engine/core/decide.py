"""The heart: what becomes of a case when something happens. Pure: same input, same answer."""

from datetime import datetime, timedelta
from typing import assert_never

from qc_engine.core.actions import apply, enter, remind, run
from qc_engine.core.case import Case, State
from qc_engine.core.conditions import CLICKED, FAILED, MOVED, STOP, UNANSWERED, check, due, survey_of
from qc_engine.core.conversation import hear
from qc_engine.core.draft import OURS_TO_DROP, Decision, Draft
from qc_engine.core.effects import CloseTask
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
    ReviewChecked,
    StaffWrote,
    TaskChanged,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.facts import effect_done, effect_failed, review_from_words
from qc_engine.core.gate import Open, Shut, Wait, may_begin, quiet_until
from qc_engine.core.scenario import Rule, Scenario, WriteContact
from qc_engine.core.trace import Checked, phrase

# The CRM's history and its item may differ by seconds about the same moment.
SAME_MOMENT = timedelta(seconds=5)


def decide(case: Case, event: Event, scenario: Scenario, now: datetime) -> Decision:
    """Take the event in, follow the first rule that matches, and say when to look again."""
    draft = Draft(case, event, scenario, now)
    if case.state is State.ENDED:
        _after_the_end(draft)
        return draft.decision()
    _take_in(draft)
    if draft.case.state is State.ACTIVE:
        _follow_rules(draft)
        _plan_wake(draft)
    return draft.decision()


# --- what an event means by itself ------------------------------------------------------------


def _take_in(draft: Draft) -> None:  # noqa: C901 (one line per event)
    match draft.event:
        case DealSeen(deal):
            _deal_is_at(draft, deal.stage, deal.entered_at, deal)
        case DealMoved(stage=stage, at=at):
            _deal_is_at(draft, stage, at, None)
        case DealDeleted():
            draft.cancel = OURS_TO_DROP
            draft.end("deal_gone", phrase("end.deal_gone"))
        case AnswerReceived() as answer:
            _hear(answer, draft)
        case StaffWrote(at=at):
            draft.change_client(operator_at=max(at, draft.case.client.operator_at or at))
            draft.note("note.operator_wrote")
        case MessageRefused(reason=reason):
            draft.facts.add(FAILED)
            draft.note("note.message_refused", reason=reason)
        case LinkClicked(platform=platform):
            draft.facts.add(CLICKED)
            draft.note("note.clicked", platform=platform)
        case ReviewChecked(answer=answer_word):
            _review(draft, answer_word)
        case TaskClosed() as closed:
            _task_closed(closed, draft)
        case TimerDue():
            _time(draft)
        case EffectDone() as done:
            effect_done(done, draft)
        case EffectFailed() as failed:
            effect_failed(failed, draft)
        case MessageSeen() | DealChanged() | TaskChanged():
            pass
        case _:
            assert_never(draft.event)


def _deal_is_at(draft: Draft, stage: str, at: datetime, deal: Deal | None) -> None:
    if _read_late(draft.case, stage, at, draft.scenario.start.stage):
        return
    if draft.case.state is State.WAITING:
        _deal_while_waiting(draft, stage, at, deal)
    elif moved_by_hand(draft.case, stage, at, draft.scenario.start.stage):
        draft.change(deal_stage=stage)
        draft.facts.add(MOVED)
        draft.note("note.moved_by_hand", stage=stage)


def _read_late(case: Case, stage: str, at: datetime, start_stage: str) -> bool:
    """A line of the history from before this case; a hand that quick is seen when we move the deal."""
    if stage == start_stage:
        return at < case.entered_at - SAME_MOMENT
    return at <= case.entered_at + SAME_MOMENT


def _deal_while_waiting(draft: Draft, stage: str, at: datetime, deal: Deal | None) -> None:
    """Moving the deal back and forth by hand restarts the day, nothing else."""
    if deal:
        draft.change(client_name=deal.client_name or draft.case.client_name, deal_title=deal.title)
    draft.change(deal_stage=stage)
    if stage == draft.scenario.start.stage and at > draft.case.entered_at + SAME_MOMENT:
        draft.change(entered_at=at, wake_at=at + draft.scenario.start.wait)
        draft.note("note.entered_again", at=at)


def moved_by_hand(case: Case, stage: str, at: datetime, start_stage: str) -> bool:
    """Is it news that the deal stands there, or our own move coming back?"""
    if stage in (case.deal_stage, *case.our_stages):
        return False
    return stage != start_stage or at > case.step_at + SAME_MOMENT


def _hear(answer: AnswerReceived, draft: Draft) -> None:
    hear(answer, draft)
    # Before the first question a client's words are for the people there, but 'stop' is for us.
    if draft.case.state is State.WAITING and STOP in draft.facts:
        draft.end("opted_out", phrase("end.opted_out"))


def _review(draft: Draft, answer: str) -> None:
    draft.change(review=answer)
    draft.note(f"note.review_{answer}")
    if draft.case.task_id and isinstance(draft.event, ReviewChecked):
        draft.add(CloseTask(draft.case.task_id))
    draft.change(task_id=None)


def _task_closed(closed: TaskClosed, draft: Draft) -> None:
    if closed.task_id != draft.case.task_id:
        return
    answer = review_from_words(closed.result)
    draft.note("note.task_closed", result=closed.result)
    if answer:
        _review(draft, answer)
    else:
        draft.facts.add(UNANSWERED)


# --- time -------------------------------------------------------------------------------------


def _time(draft: Draft) -> None:
    if draft.case.state is State.WAITING:
        _begin(draft)
        return
    survey = survey_of(draft.scenario.steps[draft.case.step])
    at = _remind_at(draft)
    if survey and at and draft.now >= at:
        remind(survey, draft)


def _begin(draft: Draft) -> None:
    """The day has passed: ask, wait for a better moment, or say why not."""
    case, start = draft.case, draft.scenario.start
    planned = quiet_until(draft.scenario.contact, case.branch.timezone, case.entered_at + start.wait)
    if draft.now < case.entered_at + start.wait:
        draft.change(wake_at=case.entered_at + start.wait)
    elif draft.now > planned + start.not_later_than:
        draft.end("too_late", phrase("end.too_late", planned=planned))
    elif case.deal_stage != start.stage:
        draft.end("stopped_by_hand", phrase("end.deal_left", stage=case.deal_stage))
    else:
        _begin_if_allowed(draft)


def _begin_if_allowed(draft: Draft) -> None:
    match may_begin(draft.case, draft.scenario.contact, draft.now):
        case Shut(code, why):
            draft.end(code, why)
        case Wait(until, why):
            draft.notes.append(why)
            draft.change(wake_at=until)
        case Open():
            draft.change(state=State.ACTIVE)
            draft.change_client(surveyed_at=draft.now)
            enter(draft.scenario.first_step, draft)


def _remind_at(draft: Draft) -> datetime | None:
    """When the reminder goes out; not in the client's night."""
    survey, question = survey_of(draft.scenario.steps[draft.case.step]), draft.case.question
    if not (survey and survey.remind_after and question and question.asked_at) or question.reminded:
        return None
    moment = question.asked_at + survey.remind_after
    return quiet_until(draft.scenario.contact, draft.case.branch.timezone, moment)


def _plan_wake(draft: Draft) -> None:
    """The next moment at which time alone can change something."""
    if draft.ended:
        return
    rules = (*draft.scenario.anytime, *draft.scenario.steps[draft.case.step].rules)
    moments = [due(condition, draft) for rule in rules for condition in rule.when]
    heard = _heard_until(draft)
    ahead = [moment for moment in (*moments, _remind_at(draft)) if moment and moment > heard]
    draft.change(wake_at=min(ahead, default=None))


def _heard_until(draft: Draft) -> datetime:
    """A timer that fell due while another event came first must still be heard."""
    planned = draft.case.wake_at
    if planned and planned <= draft.now and not isinstance(draft.event, TimerDue):
        return planned - timedelta(microseconds=1)
    return draft.now


# --- rules ------------------------------------------------------------------------------------


def _follow_rules(draft: Draft) -> None:
    rules = (*draft.scenario.anytime, *draft.scenario.steps[draft.case.step].rules)
    matching = next((rule for rule in rules if _matches(rule, draft)), None)
    if matching:
        draft.note("note.rule", rule=matching.name)
        run(matching.do, draft)
    _if_nobody_answered_for_it(draft, matching)


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
    """Late words are kept and shown; 'stop' holds for ever, and the CRM shows it."""
    if not isinstance(draft.event, AnswerReceived):
        return
    hear(draft.event, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        for rule in (rule for rule in draft.scenario.anytime if _matches(rule, draft)):
            for action in rule.do:
                if isinstance(action, WriteContact):
                    apply(action, draft)

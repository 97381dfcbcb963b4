"""The heart: what becomes of a case when something happens. Pure: same input, same answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from qc_engine.core.acts.answering import answered_for, late_answered_for
from qc_engine.core.acts.entering import enter_scores
from qc_engine.core.acts.resending import resend
from qc_engine.core.acts.standing import case_paused, case_resumed, case_stopped
from qc_engine.core.approval.approving import take_approval
from qc_engine.core.case import Case, State
from qc_engine.core.draft import Decision, Draft
from qc_engine.core.events import (
    AnsweredFor,
    AnswerReceived,
    ApprovalGiven,
    BonusTakenBack,
    CasePaused,
    CaseResumed,
    CaseStopped,
    ChannelJoined,
    ChannelLeft,
    ComplaintCauseNamed,
    ComplaintReopened,
    ComplaintResolved,
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
    ResendAsked,
    ReviewChecked,
    ReviewCorrected,
    ScoresEntered,
    StaffWrote,
    StartAsked,
    TaskChanged,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.late import late_deal, late_done, late_form, late_move, late_words
from qc_engine.core.meanings import (
    bonus_taken_back,
    deal_deleted,
    deal_moved,
    deal_seen,
    link_clicked,
    only_a_hint,
    review_checked,
    task_done,
    timer_due,
    words_came,
)
from qc_engine.core.recovery.asking_again import as_asked, put_back, time_to_ask_again
from qc_engine.core.recovery.causes import name_cause
from qc_engine.core.recovery.settling import reopen, resolve
from qc_engine.core.review.correcting import correct
from qc_engine.core.review.reviewing import note_click
from qc_engine.core.rules.facts import effect_done, effect_failed
from qc_engine.core.rules.following import follow_rules
from qc_engine.core.rules.timing import plan_wake
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.cascade import joined
from qc_engine.core.talk.channel_news import message_refused, somebody_wrote
from qc_engine.core.talk.form import take_form


def decide(case: Case, event: Event, scenario: Scenario, now: datetime) -> Decision:
    """Take the event in, follow the first rule that matches, and say when to look again."""
    draft = Draft(as_asked(case) if case.complaint else case, event, scenario, now)
    kind = type(event)
    take = LATE_TAKERS.get(kind, only_a_hint) if case.state is State.ENDED else TAKERS[kind]
    take(event, draft)
    # A correction may have called an ended case back to life.
    if draft.case.state is State.ACTIVE and kind not in BESIDE_THE_ROAD:
        follow_rules(case, draft)
        plan_wake(draft)
    if draft.case.complaint:
        put_back(case, draft)
    return draft.decision()


# --- who takes what ---------------------------------------------------------------------------

Taker = Callable[[Any, Draft], None]
# Every event has its line here: a test holds this.
TAKERS: Mapping[type[Event], Taker] = {
    DealSeen: deal_seen,
    DealMoved: deal_moved,
    DealDeleted: deal_deleted,
    AnswerReceived: words_came,
    FormAnswered: take_form,
    ChannelJoined: joined,
    StaffWrote: somebody_wrote,
    MessageRefused: message_refused,
    LinkClicked: link_clicked,
    ReviewChecked: review_checked,
    ReviewCorrected: correct,
    BonusTakenBack: bonus_taken_back,
    TaskClosed: task_done,
    TimerDue: timer_due,
    EffectDone: effect_done,
    EffectFailed: effect_failed,
    ApprovalGiven: take_approval,
    CaseStopped: case_stopped,
    CasePaused: case_paused,
    CaseResumed: case_resumed,
    ScoresEntered: enter_scores,
    AnsweredFor: answered_for,
    ResendAsked: resend,
    ComplaintCauseNamed: name_cause,
    ComplaintResolved: resolve,
    ComplaintReopened: reopen,
    MessageSeen: only_a_hint,
    MessageStatus: only_a_hint,
    ChannelLeft: only_a_hint,
    DealChanged: only_a_hint,
    TaskChanged: only_a_hint,
    StartAsked: only_a_hint,
}
# Once a case is over, nothing else means anything to it.
LATE_TAKERS: Mapping[type[Event], Taker] = {
    AnswerReceived: late_words,
    FormAnswered: late_form,
    ChannelJoined: joined,
    EffectDone: late_done,
    DealSeen: late_deal,
    DealMoved: late_move,
    TimerDue: time_to_ask_again,
    ComplaintCauseNamed: name_cause,
    ComplaintResolved: resolve,
    ComplaintReopened: reopen,
    TaskClosed: task_done,
    ApprovalGiven: take_approval,
    ReviewChecked: review_checked,
    BonusTakenBack: bonus_taken_back,
    LinkClicked: note_click,
    ReviewCorrected: correct,
    ScoresEntered: enter_scores,
    AnsweredFor: late_answered_for,
    ResendAsked: resend,
}
# They say whether time goes on. What fell due while a case stood still comes after what was kept for it.
BESIDE_THE_ROAD: frozenset[type[Event]] = frozenset({CasePaused, CaseResumed})

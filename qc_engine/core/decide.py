"""The heart: what becomes of a case when something happens. Pure: same input, same answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from qc_engine.core.approval.approving import take_approval
from qc_engine.core.case import Case, State
from qc_engine.core.draft import Decision, Draft
from qc_engine.core.events import (
    AnswerReceived,
    ApprovalGiven,
    BonusTakenBack,
    ChannelJoined,
    ChannelLeft,
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
from qc_engine.core.late import late_deal, late_done, late_form, late_words
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
    draft = Draft(case, event, scenario, now)
    kind = type(event)
    take = LATE_TAKERS.get(kind, only_a_hint) if case.state is State.ENDED else TAKERS[kind]
    take(event, draft)
    # A correction may have called an ended case back to life.
    if draft.case.state is State.ACTIVE:
        follow_rules(case, draft)
        plan_wake(draft)
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
    TaskClosed: task_done,
    ApprovalGiven: take_approval,
    ReviewChecked: review_checked,
    BonusTakenBack: bonus_taken_back,
    LinkClicked: note_click,
    ReviewCorrected: correct,
}

"""What a decision consists of: the case as it is now, what is to be done outside, and why."""

from qc_engine.core.case import Case
from qc_engine.core.effects import CreateDeal, CreateTask, Effect, MoveDeal, SendMessage
from qc_engine.core.events import (
    AnsweredFor,
    AnswerReceived,
    ApprovalGiven,
    BonusTakenBack,
    CasePaused,
    CaseResumed,
    CaseStopped,
    ChannelJoined,
    ComplaintCauseNamed,
    ComplaintReopened,
    ComplaintResolved,
    DealDeleted,
    DealMoved,
    DealSeen,
    EffectDone,
    Event,
    FormAnswered,
    LinkClicked,
    ResendAsked,
    ReviewChecked,
    ReviewCorrected,
    ScoresEntered,
    StaffWrote,
    StartAsked,
    TaskClosed,
)
from qc_engine.core.frozen import frozen
from qc_engine.core.trace import Checked, Phrase

# A complaint, what reacts to a client or a manager, and what time alone brings by the thousand.
URGENT, PROMPT, BULK = 1, 2, 5
BY_PEOPLE: frozenset[type[Event]] = frozenset({
    AnswerReceived, LinkClicked, ReviewChecked, TaskClosed, EffectDone, StaffWrote, DealSeen, DealMoved,
    DealDeleted, FormAnswered, ChannelJoined, ReviewCorrected, BonusTakenBack, ApprovalGiven,
    CaseStopped, CasePaused, CaseResumed, ScoresEntered, AnsweredFor, ResendAsked,
    ComplaintCauseNamed, ComplaintResolved, ComplaintReopened,
})  # fmt: skip
# What a manager's hand takes back. What we learned (scores, words, complaints) still goes to the CRM.
OURS_TO_DROP: tuple[type[Effect], ...] = (SendMessage, MoveDeal, CreateTask)


@frozen
class Planned:
    """An effect on its way to the outbox."""

    key: str
    effect: Effect
    waits_for: str = ""  # key of an effect in another lane that must be done first
    priority: int = BULK


@frozen
class Decision:
    """What became of one event."""

    case: Case
    effects: tuple[Planned, ...]
    trace: tuple[Checked, ...]
    notes: tuple[Phrase, ...]
    cancel: tuple[type[Effect], ...] = ()  # of these kinds, what has not left yet must not leave any more
    starts: tuple[StartAsked, ...] = ()  # cases of other scenarios that are to begin


def priority(effect: Effect, event: Event) -> int:
    """How soon an effect is wanted outside, by what it is and by what it reacts to."""
    if isinstance(effect, CreateDeal):
        return URGENT
    return PROMPT if type(event) in BY_PEOPLE else BULK

"""What each event means by itself, before any rule is looked at."""

from qc_engine.core.approval.approving import approval_task_closed
from qc_engine.core.case import State
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    BonusTakenBack,
    Deal,
    DealDeleted,
    DealMoved,
    DealSeen,
    Event,
    LinkClicked,
    ReviewChecked,
    TaskClosed,
    TimerDue,
)
from qc_engine.core.recovery.settling import deal_settles, task_settles
from qc_engine.core.review.bonuses import take_back
from qc_engine.core.review.checking import ReviewAnswer
from qc_engine.core.review.reviewing import PAGE, note_click, take_answer, task_closed
from qc_engine.core.rules.actions import apply
from qc_engine.core.rules.conditions import CLICKED, STOP
from qc_engine.core.rules.deal_moves import deal_is_at
from qc_engine.core.rules.following import matches
from qc_engine.core.rules.timing import time_came
from qc_engine.core.scenario import AskedToStop, Say, WriteContact
from qc_engine.core.talk.hearing import hear
from qc_engine.core.trace import phrase


def deal_seen(seen: DealSeen, draft: Draft) -> None:
    if seen.deal.deal_id != draft.case.deal_id:
        deal_settles(seen.deal.stage, seen.deal.entered_at, draft)
        return
    deal_is_at(draft, seen.deal.stage, seen.deal.entered_at, seen.deal)
    _if_not_to_be_disturbed(seen.deal, draft)


def deal_moved(moved: DealMoved, draft: Draft) -> None:
    if moved.deal_id != draft.case.deal_id:
        deal_settles(moved.stage, moved.at, draft)
        return
    deal_is_at(draft, moved.stage, moved.at, None)


def deal_deleted(deleted: DealDeleted, draft: Draft) -> None:
    draft.cancel = OURS_TO_DROP
    draft.end("deal_gone", phrase("end.deal_gone"))


def _if_not_to_be_disturbed(deal: Deal, draft: Draft) -> None:
    """The client's card forbids us to write: not even a farewell. What we learned still goes to the CRM."""
    if deal.do_not_disturb:
        draft.cancel = (*draft.cancel, SendMessage)
        draft.end("do_not_disturb", phrase("end.do_not_disturb"))


def words_came(answer: AnswerReceived, draft: Draft) -> None:
    known = draft.case.client.opted_out_at is not None
    hear(answer, draft)
    # Before the first question a client's words are for the people there, but 'stop' is for us.
    if draft.case.state is State.WAITING and STOP in draft.facts:
        heed_stop(draft, silently=known)
        draft.end("opted_out", phrase("end.opted_out"))


def bonus_taken_back(taken: BonusTakenBack, draft: Draft) -> None:
    meant = [one for one in draft.case.bonuses if taken.rule in ("", one.rule)]
    take_back(meant, taken.reason, taken.by, draft)


def link_clicked(click: LinkClicked, draft: Draft) -> None:
    draft.facts.add(CLICKED)
    note_click(click, draft)


def review_checked(checked: ReviewChecked, draft: Draft) -> None:
    take_answer(ReviewAnswer(checked.answer, checked.at, PAGE, checked.by), draft)


def task_done(closed: TaskClosed, draft: Draft) -> None:
    task_settles(closed, draft)
    approval_task_closed(closed, draft)
    task_closed(closed, draft)


def timer_due(due: TimerDue, draft: Draft) -> None:
    time_came(draft)


def only_a_hint(event: Event, draft: Draft) -> None:
    """It says where to look, or what the store alone keeps."""


# --- stop -------------------------------------------------------------------------------------


def heed_stop(draft: Draft, *, silently: bool) -> None:
    """Outside a survey too the card shows it; before one the client reads once that we understood."""
    about_it = (rule for rule in draft.scenario.anytime if AskedToStop() in rule.when)
    found = next((rule for rule in about_it if matches(rule, draft)), None)
    for action in found.do if found else ():
        if isinstance(action, WriteContact) or (isinstance(action, Say) and not silently):
            apply(action, draft)

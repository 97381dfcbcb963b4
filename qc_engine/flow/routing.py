"""Which cases an event belongs to: numbers mean something only within their portal, phones everywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session

from qc_engine.core.case import Case, OpenQuestion, State
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
    EffectFailed,
    Event,
    FormAnswered,
    LinkClicked,
    MessageRefused,
    ResendAsked,
    ReviewChecked,
    ReviewCorrected,
    ScoresEntered,
    StaffWrote,
    TaskClosed,
    TimerDue,
)
from qc_engine.store import cases, codec, outbox
from qc_engine.store.tables import CaseRow

Rank = tuple[int, datetime]
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def route(session: Session, event: Event, portal: str) -> Sequence[CaseRow]:  # noqa: C901 (a line per event)
    """`portal`: whose numbers of deals and tasks the event speaks of; of no matter for the others."""
    match event:
        case DealSeen(deal):
            return _of_deal(session, portal, deal.deal_id)
        case DealMoved(deal_id=deal_id):
            return _of_deal(session, portal, deal_id)
        case DealDeleted(deal_id):
            return cases.of_deal(session, portal, deal_id)
        case TaskClosed(task_id=task_id):
            return _one(
                cases.of_task(session, portal, task_id) or cases.of_complaint(session, portal, task_id)
            )
        case AnswerReceived() as answer:
            return _one(_asked(session, answer))
        case MessageRefused(phone=phone, effect_key=key):
            return _one(_of_effect(session, key) or cases.of_phone(session, phone))
        case ChannelJoined(phone=phone):
            return _one(cases.of_phone(session, phone))
        case StaffWrote(phone=phone):
            return cases.open_of_phone(session, phone) if phone else ()
        case LinkClicked(code=code):
            return _one(cases.of_link(session, code))
        case (
            ReviewChecked(case_id=case_id)
            | ReviewCorrected(case_id=case_id)
            | BonusTakenBack(case_id=case_id)
            | ApprovalGiven(case_id=case_id)
            | ComplaintCauseNamed(case_id=case_id)
            | ComplaintResolved(case_id=case_id)
            | ComplaintReopened(case_id=case_id)
        ):
            return _one(session.get(CaseRow, case_id))
        case (
            CaseStopped(case_id=case_id)
            | CasePaused(case_id=case_id)
            | CaseResumed(case_id=case_id)
            | ScoresEntered(case_id=case_id)
            | AnsweredFor(case_id=case_id)
            | ResendAsked(case_id=case_id)
        ):
            return _one(session.get(CaseRow, case_id))
        case TimerDue(case_id=case_id) | FormAnswered(case_id=case_id):
            return _one(session.get(CaseRow, case_id))
        case EffectDone(effect_key=key) | EffectFailed(effect_key=key):
            return _one(_of_effect(session, key))
        case _:
            return ()


def _of_deal(session: Session, portal: str, deal_id: int) -> Sequence[CaseRow]:
    """The cases about this deal, or the one for whose complaint it was opened."""
    found = cases.of_deal(session, portal, deal_id)
    return found or _one(cases.of_complaint_deal(session, portal, deal_id))


def _of_effect(session: Session, key: str) -> CaseRow | None:
    return session.get(CaseRow, key.partition(":")[0]) if key else None


def _one(row: CaseRow | None) -> Sequence[CaseRow]:
    return (row,) if row else ()


def _asked(session: Session, answer: AnswerReceived) -> CaseRow | None:
    """Several cases may run for one person: the words belong to the one that really asked, last."""
    active = [row for row in cases.all_of_phone(session, answer.phone) if row.state == State.ACTIVE]
    if len(active) < 2:
        return cases.of_phone(session, answer.phone)
    return max(active, key=lambda row: _closeness(session, codec.load_case(row.body), row, answer))


def _closeness(session: Session, case: Case, row: CaseRow, answer: AnswerReceived) -> Rank:
    question = case.question
    if question and outbox.question_in_flight(session, question.effect_key):
        return 3, row.updated_at  # it may have been heard already: the answer is held until that is known
    if question and question.asked_at and _written_after(answer, question):
        return 2, question.asked_at
    # A question that has not left, perhaps because its portal is down, can have no answer.
    return (0, LONG_AGO) if question else (1, row.updated_at)


def _written_after(answer: AnswerReceived, question: OpenQuestion) -> bool:
    comparable = bool(answer.message_id) and answer.channel == question.channel
    return not comparable or answer.message_id >= question.message_id

"""The truth about our messages: what a channel tells is written down, and only a failure concerns a case."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlmodel import Session

from qc_engine.core.acts.resending import ARRIVED, LOST, ON_ITS_WAY, UNKNOWN
from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    EffectFailed,
    Event,
    LinkClicked,
    MessageRefused,
    MessageStatus,
    ResendAsked,
    StaffWrote,
)
from qc_engine.store import cases, codec, lanes, links, messages, outbox
from qc_engine.store.tables import EffectRow

REFUSED_WITHIN = timedelta(hours=1)  # a refusal that names no message speaks of one just accepted
BLOCKED = "blocked"
PERSON = "person"  # the grade of a visit


@dataclass(frozen=True)
class TooEarly:
    """It speaks of a message whose number we do not know yet."""


@dataclass(frozen=True)
class Settled:
    """There is nothing to decide: `result` and `reason` are those of the inbox."""

    result: str
    reason: str = ""
    case_id: str = ""


Verdict = TooEarly | Settled


def take_in(session: Session, channel: str, event: Event, *, patient: bool) -> Event | Verdict:
    """The event as a case should see it, or why no case need see it. `patient`: it may be looked at later."""
    match event:
        case MessageStatus():
            return _status(session, channel, event, patient)
        case MessageRefused():
            return _refusal(session, channel, event, patient)
        case StaffWrote(phone=phone, message_id=number, text=text):
            ours = messages.is_ours(session, channel, phone, number, text)
            return Settled("ignored", "we wrote it ourselves") if ours else event
        case LinkClicked(code=code):
            return replace(event, target=event.target or _led_to(session, code))
        case EffectFailed(key, kind) if kind == SendMessage.__name__:
            failed = outbox.of_key(session, key)
            return replace(event, message=message_of(failed)) if failed else event
        case ResendAsked():
            return known_message(session, event)
        case _:
            return event


def _led_to(session: Session, code: str) -> str:
    """Where the link led when a person opened it; '' when that is not kept."""
    link = links.find(session, code)
    visits = links.clicks_of_case(session, link.case_id) if link else ()
    return next((one.target for one in visits if one.code == code and one.grade == PERSON), "")


def _status(session: Session, channel: str, event: MessageStatus, patient: bool) -> Verdict:
    found = _meant(session, channel, event)
    if found is None and patient and messages.on_its_way(session, event.phone):
        return TooEarly()
    if found is None:
        return Settled("ignored", "it is no message of ours")
    new = messages.note(session, channel, found.result, event.state, event.at)
    return Settled("applied" if new else "ignored", "" if new else "it was known", found.case_id)


def _refusal(session: Session, channel: str, event: MessageRefused, patient: bool) -> Event | Verdict:
    found = _meant(session, channel, event)
    if patient and (found is None or event.message_id is None) and messages.on_its_way(session, event.phone):
        return TooEarly()
    if found is None or (event.message_id is None and not _may_mean(session, found, event)):
        # A person who may not be written to at all is no matter of one message.
        of_the_person = event.message_id is None and event.code == BLOCKED
        return event if of_the_person else Settled("ignored", "it is no message of ours")
    if messages.has_arrived(session, channel, found.result):
        return Settled("ignored", "the message had arrived", found.case_id)
    why = event.say or event.reason
    if messages.note(session, channel, found.result, messages.FAILED, event.at, code=event.code, reason=why):
        return _known_refusal(event, found)
    return Settled("ignored", "it was known", found.case_id)


def _known_refusal(event: MessageRefused, message: EffectRow) -> MessageRefused:
    return replace(
        event,
        phone=message.payload["phone"],
        message_id=int(message.result) if message.result.isdigit() else None,
        message=message_of(message),
        effect_key=message.key,
    )


def _meant(session: Session, channel: str, event: MessageStatus | MessageRefused) -> EffectRow | None:
    if event.message_id is not None:
        return messages.of_number(session, channel, str(event.message_id), event.phone)
    return messages.last_to(session, channel, event.phone, event.at) if event.phone else None


def _may_mean(session: Session, message: EffectRow, event: MessageRefused) -> bool:
    """A refusal without a number: ours, unless it came much later or somebody else wrote meanwhile."""
    left_at = message.first_tried_at or message.created_at
    operator_at = cases.client(session, event.phone).operator_at
    return event.at - left_at <= REFUSED_WITHIN and not (operator_at and operator_at >= left_at)


def message_of(row: EffectRow) -> SendMessage:
    message = codec.load_effect(row.kind, row.payload)
    assert isinstance(message, SendMessage)
    return message


# --- the open question ------------------------------------------------------------------------


def with_question_ahead(session: Session, case: Case) -> Case:
    """A question that has not left stands behind every message: nothing written so far can answer it."""
    question = case.question
    if question is None:
        return case
    certainly_here = not (question.asked_at or question.asked_before)
    ahead = certainly_here and outbox.is_planned(session, question.effect_key)
    return replace(case, question=replace(question, not_left=ahead))


def whereabouts(session: Session, case: Case) -> str:
    """How far the open question has come: arrived, sent, stuck; '' while a gate holds it, or nobody knows."""
    question = case.question
    row = outbox.of_key(session, question.effect_key) if question else None
    if row is None:
        return ""
    if row.state == outbox.DONE:
        return "arrived" if messages.has_arrived(session, messages.channel_of(row), row.result) else "sent"
    tried = row.attempts > 0 or lanes.is_broken(session, row.lane)
    return "stuck" if row.state == outbox.PLANNED and tried and not row.error.startswith("gate.") else ""


# --- a message that somebody wants sent once more -------------------------------------------------


def known_message(session: Session, event: ResendAsked) -> ResendAsked:
    """The event with how far that message came; '' for what is no message of this case."""
    row = outbox.of_key(session, event.effect_key)
    if row is None or row.kind != SendMessage.__name__ or row.case_id != event.case_id:
        return replace(event, came="", question="")
    return replace(event, came=came(session, row), question=row.payload["question"])


def came(session: Session, row: EffectRow) -> str:
    """How far a message came, without a guess: lost, unknown, on_its_way or arrived."""
    if row.state in (outbox.PLANNED, outbox.SENDING, outbox.UNKNOWN):
        return ON_ITS_WAY
    if row.state in (outbox.FAILED, outbox.CANCELLED):
        return LOST
    told = messages.told_of(session, [row]).get(row.key, {})
    if any(state in told for state in messages.ARRIVED):
        return ARRIVED
    return LOST if row.state == outbox.DONE and messages.FAILED in told else UNKNOWN

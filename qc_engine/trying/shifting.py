"""A fact of the past on a road of today: at another time, about another task, behind another question."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from qc_engine.core.case import Case
from qc_engine.core.events import AnswerReceived, DealMoved, DealSeen, Event, TaskClosed
from qc_engine.core.rules.deal_moves import SAME_MOMENT
from qc_engine.trying.past import QUESTION, Fact
from qc_engine.trying.roads import Road


def shifted(fact: Fact, at: datetime, road: Road) -> Event:
    """The event as it happens at `at`; a task has the number that it has on this road."""
    event: Any = fact.event
    by = at - fact.at
    if by and hasattr(event, "at"):
        event = replace(event, at=event.at + by)
    if isinstance(event, TaskClosed) and fact.cause:
        event = replace(event, task_id=road.tasks[fact.cause.name])
    known: Event = event
    return known


def is_echo(fact: Fact, road: Road) -> bool:
    """Was this our own move coming back, when it happened?"""
    stage = _stage(fact.event)
    moved_at = road.past.our_moves.get(stage) if stage else None
    return moved_at is not None and moved_at <= fact.at + SAME_MOMENT


def without_echo(event: Event, case: Case) -> Event | None:
    """What remains of a deal's news when its stage is only what we had done; None for nothing."""
    if isinstance(event, DealSeen):
        return DealSeen(replace(event.deal, stage=case.deal_stage, entered_at=case.entered_at))
    return None


def _stage(event: Event) -> str:
    match event:
        case DealMoved(stage=stage):
            return stage
        case DealSeen(deal):
            return deal.stage
        case _:
            return ""


def as_heard(case: Case, event: AnswerReceived, fact: Fact | None) -> tuple[Case, AnswerReceived]:
    """Words belong to the question that they answered: behind another one they are no answer to it."""
    # Numbers of messages are those of the past; which question was meant is known without them.
    event = replace(event, message_id=0) if event.message_id else event
    question = case.question
    if question is None:
        return case, event
    meant = fact.cause.name if fact and fact.cause and fact.cause.kind == QUESTION else ""
    not_left = meant != question.name or not (question.asked_at or question.asked_before)
    if not_left == question.not_left:
        return case, event
    return replace(case, question=replace(question, not_left=not_left)), event


def at_ease(case: Case) -> Case:
    """As the next event finds it."""
    if case.question is None or not case.question.not_left:
        return case
    return replace(case, question=replace(case.question, not_left=False))

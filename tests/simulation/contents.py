"""What may stand in a message, and when its time has come: looked at as it leaves."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from qc_engine.core.effects import SendMessage, SetFields
from qc_engine.store.tables import CaseRow, EffectRow
from tests.simulation.engine import MARKS
from tests.simulation.faults import Violation
from tests.simulation.world import World

WAIT = timedelta(days=1)
HAPPY = Fraction(8)
NUMBER_OF_QUESTIONS = 2
AVERAGE = "UF_AVG"


def look_at_message(
    session: Session, world: World, row: EffectRow, message: SendMessage, now: datetime
) -> None:
    """Raises Violation."""
    case = session.get_one(CaseRow, row.case_id)
    _own_edition(world, case, message)
    _still_fresh(row, message, now)
    if message.purpose in ("reminder", "hint"):
        _not_insistent(world, case, row, message)
    if message.purpose == "question":
        _a_day_has_passed(world, case, row, now)
        if message.question in case.body["scores"]:
            raise Violation(f"I6: {row.key} asks what was answered: {message.question}")
    if "/r/" in message.text:
        _is_happy(case, row)


def look_at_fields(session: Session, row: EffectRow, fields: SetFields) -> None:
    """An average of some of the answers is none. Raises Violation."""
    scores = _scores(session.get_one(CaseRow, row.case_id))
    if AVERAGE in fields.fields and len(scores) < NUMBER_OF_QUESTIONS:
        raise Violation(f"I13: {row.key} writes an average of {len(scores)} scores")


def _own_edition(world: World, case: CaseRow, message: SendMessage) -> None:
    other = MARKS[1 - world.began.get(case.id, world.edition)]
    if any(mark in message.text for mark in other):
        raise Violation(f"I8: {case.id} speaks the words of another version: {message.text[:40]}")


def _still_fresh(row: EffectRow, message: SendMessage, now: datetime) -> None:
    if message.fresh_until and now > message.fresh_until:
        raise Violation(f"I6: {row.key} was only good until {message.fresh_until}")


def _not_insistent(world: World, case: CaseRow, row: EffectRow, message: SendMessage) -> None:
    """One reminder in a survey, one hint for a question."""
    before = [one for one in _sent(world, case, message.purpose) if one != row.key]
    limit = 1 if message.purpose == "reminder" else NUMBER_OF_QUESTIONS
    if len(before) >= limit:
        raise Violation(f"I6: {row.key} is {message.purpose} number {len(before) + 1} of its case")


def _sent(world: World, case: CaseRow, purpose: str) -> list[str]:
    return [
        one.key
        for one in world.ledger
        if isinstance(one.effect, SendMessage)
        and one.effect.purpose == purpose
        and one.key.startswith(f"{case.id}:")
    ]


def _a_day_has_passed(world: World, case: CaseRow, row: EffectRow, now: datetime) -> None:
    if all(now < at + WAIT for at in world.closed[case.deal_id]):
        raise Violation(f"I10: {row.key} asks before a day has passed")


def _is_happy(case: CaseRow, row: EffectRow) -> None:
    scores = _scores(case)
    if not scores or sum(scores, Fraction()) / len(scores) < HAPPY:
        raise Violation(f"I13: {row.key} asks for a review after the scores {list(map(float, scores))}")


def _scores(case: CaseRow) -> list[Fraction]:
    body: dict[str, Any] = case.body
    return [Fraction(str(one)) for one in body["scores"].values()]

"""The road that the benchmark of the core walks: two clients, event by event, from closed deal to end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.events import AnswerReceived, EffectDone, Event, LinkClicked, ReviewChecked, TimerDue
from qc_engine.core.scenario import Scenario

CLOSED = datetime.fromisoformat("2026-03-03T12:00:00+05:00")
MINUTE = timedelta(minutes=1)
PHONE = "77015551234"
WAITING, ENDED = "waiting", "ended"


@dataclass(frozen=True)
class Stop:
    """One event of a walk: what the core is given, and where the case stands before and after it."""

    case: Case
    event: Event
    now: datetime
    before: str
    after: str
    seen: "Seen"


@dataclass(frozen=True)
class Seen:
    """What the guards of the library look at, found out beforehand."""

    begins: bool
    mean: Fraction | None
    lowest: Fraction | None
    clicked: bool
    review: str
    asked_for: timedelta
    in_step_for: timedelta


def walk(scenario: Scenario, *replies: str) -> list[Stop]:
    """One client from the closed deal on: answers, opens the link if there is one; the review is found."""
    stops: list[Stop] = []
    case, now = _waiting(scenario), CLOSED + scenario.start.wait
    answers = list(replies)
    while case.state is not State.ENDED:
        event = _next(case, now, answers)
        after = replace(decide(case, event, scenario, now).case, rev=case.rev + 1)
        stops.append(Stop(case, event, now, _place(case), _place(after), _seen(case, after, event, now)))
        case, now = after, now + MINUTE
    return stops


def _waiting(scenario: Scenario) -> Case:
    return Case(
        id="K7Q2W9XR",
        deal_id=4312,
        deal_title="Заказ",
        scenario=scenario.name,
        version=scenario.version,
        round=1,
        state=State.WAITING,
        step="",
        entered_at=CLOSED,
        step_at=CLOSED,
        deal_stage=scenario.start.stage,
        client=Client(PHONE),
        branch=Branch("На Абая", "Asia/Almaty", 101, 201, {"yandex": "https://maps.example/1"}),
        client_name="Айгуль",
        contact_id=77,
        links={"yandex": "https://qc.example/r/abc"},
        answer_url="https://qc.example/a/xyz",
    )


def _next(case: Case, now: datetime, answers: list[str]) -> Event:
    """What happens now to a case that stands so."""
    if case.state is State.WAITING:
        return TimerDue(case.id, now)
    if case.question and case.question.asked_at is None:
        return EffectDone(case.question.effect_key, str(100 + case.rev), now)
    if case.question:
        return AnswerReceived(PHONE, answers.pop(0), now, 100 + case.rev)
    if not case.clicked:
        return LinkClicked("abc", "yandex", now)
    return ReviewChecked(case.id, "found", now)


def _place(case: Case) -> str:
    return {State.WAITING: WAITING, State.ACTIVE: case.step, State.ENDED: ENDED}[case.state]


def _seen(before: Case, after: Case, event: Event, now: datetime) -> Seen:
    scores = [Fraction(score) for score in after.scores.values()]
    all_given = len(scores) == 2
    asked_at = before.question.asked_at if before.question else None
    return Seen(
        begins=isinstance(event, TimerDue),
        mean=sum(scores, Fraction()) / len(scores) if all_given else None,
        lowest=min(scores, default=None),
        clicked=isinstance(event, LinkClicked),
        review=after.review,
        asked_for=now - asked_at if asked_at else timedelta(),
        in_step_for=now - before.step_at,
    )

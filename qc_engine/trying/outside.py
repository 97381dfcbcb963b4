"""A small model of the outside: a message leaves when the gate lets it, a task gets a number."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from qc_engine.core.case import Case
from qc_engine.core.draft import Decision
from qc_engine.core.effects import CreateTask, MoveDeal, SendMessage
from qc_engine.core.events import EffectDone, EffectFailed, Event, MessageRefused
from qc_engine.core.talk.gate import Open, Shut, Wait, gate, outlived, overtaken
from qc_engine.core.trace import phrase
from qc_engine.trying.past import APPROVAL, COMPLAINT, OTHER, REVIEW, Fate
from qc_engine.trying.roads import CANCELLED, DONE, FAILED, Carried, Road, waiting

# These speak of the person, not of one message.
OF_THE_PERSON = frozenset({"no_account", "blocked", "no_phone"})
OTHER_WAY = "the case went another way"
NEEDED_FIRST = "what it waited for did not happen"


@dataclass
class Outside:
    """Carries out the effects of one trial. What follows from that comes back as (when, event)."""

    number: int = 1_000_000  # of the last message or task made
    happened: list[tuple[datetime, Event]] = field(default_factory=list)

    def take(self, road: Road, decision: Decision, now: datetime) -> None:
        """What a decision plans, and what it calls back; messages wait for the gate."""
        kept = {one.key for one in decision.effects}
        for one in waiting(road):
            if isinstance(one.effect, decision.cancel) and one.planned.key not in kept:
                _settle(one, CANCELLED, now, OTHER_WAY)
        for planned in decision.effects:
            carried = road.effects[planned.key] = Carried(planned, now)
            if not isinstance(planned.effect, SendMessage):
                self._in_the_crm(road, carried, now)

    def _in_the_crm(self, road: Road, one: Carried, now: datetime) -> None:
        if isinstance(one.effect, MoveDeal) and (refused := road.past.moves_refused.get(one.effect.stage)):
            self._fail(road, one, *refused, now)
            return
        _settle(one, DONE, now)
        if isinstance(one.effect, CreateTask):
            self.number += 1
            one.result = str(self.number)
            road.tasks.setdefault(_about(road.case, one.planned.key), self.number)
            self._tell(now, EffectDone(one.planned.key, one.result, now))

    # --- messages ---

    def let_go(self, road: Road, case: Case, now: datetime) -> Iterator[Carried | datetime]:
        """The messages that leave now, and the moments at which the others are to be looked at again."""
        held: set[str] = set()
        for one in waiting(road):
            message = one.effect
            if not isinstance(message, SendMessage) or message.channel in held:
                continue
            match self._verdict(road, case, one, message, now):
                case Open():
                    self._leave(road, one, message, now)
                    yield one
                case Wait(until):
                    held.add(message.channel)
                    yield until
                case Shut(code, why):
                    self._fail(road, one, code, why.key, now, CANCELLED)

    def _verdict(
        self, road: Road, case: Case, one: Carried, message: SendMessage, now: datetime
    ) -> Open | Wait | Shut:
        assert road.scenario is not None
        if outlived(one.planned.key, message, case):
            return Shut("case_ended", phrase("gate.case_ended"))
        if overtaken(one.planned.key, message, case):
            return Shut("overtaken", phrase("gate.overtaken"))
        return gate(message, case, road.scenario.contact, now)

    def _leave(self, road: Road, one: Carried, message: SendMessage, now: datetime) -> None:
        fate = _fate(road, message)
        if fate and fate.refused:
            self._fail(road, one, fate.refused, fate.reason, now)
            return
        self.number += 1
        _settle(one, DONE, now)
        one.result = str(self.number)
        if message.question:
            road.asked.setdefault(message.question, now)
            self._tell(now, EffectDone(one.planned.key, one.result, now))
        if fate and fate.failed_after is not None:
            at, key = now + fate.failed_after, one.planned.key
            refusal = MessageRefused(
                message.phone, fate.reason, at, self.number, fate.code, message=message, effect_key=key
            )
            self._tell(at, refusal)

    def _fail(
        self, road: Road, one: Carried, code: str, why: str, now: datetime, state: str = FAILED
    ) -> None:
        _settle(one, state, now, f"{code}: {why}")
        message = one.effect if isinstance(one.effect, SendMessage) else None
        self._tell(now, EffectFailed(one.planned.key, type(one.effect).__name__, code, why, now, message))
        for dependant in waiting(road):
            if dependant.planned.waits_for == one.planned.key:
                self._fail(road, dependant, "prevented", NEEDED_FIRST, now, CANCELLED)

    def _tell(self, at: datetime, event: Event) -> None:
        self.happened.append((at, event))


def whereabouts(road: Road, now: datetime) -> str:
    """How far the open question has come: arrived, sent, or '' while the gate holds it."""
    question = road.case.question
    one = road.effects.get(question.effect_key) if question else None
    if one is None or one.state != DONE or not isinstance(one.effect, SendMessage):
        return ""
    told = [fate for fate in road.past.fates if _is_of(fate, one.effect)]
    # Of a message that the past does not know we assume the best.
    arrived = not told or any(
        fate.arrived_after is not None and one.at + fate.arrived_after <= now for fate in told
    )
    return "arrived" if arrived else "sent"


def _settle(one: Carried, state: str, now: datetime, why: str = "") -> None:
    one.state, one.at, one.why = state, now, why


def _fate(road: Road, message: SendMessage) -> Fate | None:
    """The next one of the same purpose; a person who cannot be written to at all stays so for any message."""
    known = next((one for one in road.fates if _is_of(one, message)), None)
    if known:
        road.fates.remove(known)
        return known
    there = [one for one in road.past.fates if one.channel == message.channel]
    closed = there and all(OF_THE_PERSON & {one.refused, one.code} for one in there)
    return there[-1] if closed else None


def _is_of(fate: Fate, message: SendMessage) -> bool:
    named = (message.purpose, message.question, message.channel)
    return (fate.purpose, fate.question, fate.channel) == named


def _about(case: Case, key: str) -> str:
    if case.task_key == key:
        return REVIEW
    if asked := next((one for one in case.approvals if one.task_key == key), None):
        return APPROVAL(asked.name)
    return COMPLAINT if case.complaint and case.complaint.task_key == key else OTHER

"""The outside of a trial: a CRM, a channel and a clock that keep all that reaches them. Pure."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from qc_engine.core.case import Case, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision, Planned
from qc_engine.core.effects import (
    AddComment,
    CallWebhook,
    CloseTask,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    SendMessage,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.events import AnswerReceived, EffectDone, EffectFailed, Event, TimerDue
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.gate import Open, Shut, Wait, gate, outlived, overtaken
from qc_engine.core.trace import Phrase, phrase
from qc_engine.trials.outset import DAY, ZONE, new_case
from qc_engine.trials.trial import Given

MOST_EVENTS = 2_000  # of one story: a year of daily timers has far fewer
TOLD_NOTES = (
    "note.rule", "note.step", "gate.", "note.paused", "note.resumed", "note.approval_", "note.complaint_"
)  # fmt: skip


class TooLong(Exception):
    """A story in which something goes on and on."""


@dataclass(frozen=True)
class Happening:
    """Something that reached the outside, or (without an effect) something to tell."""

    at: datetime
    effect: Effect | None = None
    note: Phrase | None = None


@dataclass(frozen=True)
class Held:
    """A message that a gate holds back."""

    until: datetime
    why: Phrase


class World:
    """One deal with its case. Effects are carried out at once, messages when the gate lets them."""

    def __init__(self, scenario: Scenario, given: Given, platforms: frozenset[str] = frozenset()) -> None:
        due = datetime.combine(DAY, given.starts_at, ZONE)
        self.scenario, self.given = scenario, given
        self.now = due - scenario.start.wait
        self.case = new_case(scenario, given, due, platforms)
        self.complained_at = due - given.complained if given.complained else None
        self.stage = self.case.deal_stage
        self.fields: dict[str, str] = {}
        self.contact: dict[str, str] = {}
        self.open_tasks: list[int] = []
        self.sent: list[tuple[Planned, int]] = []
        self.held: dict[str, Held] = {}
        self.happened: list[Happening] = []
        self.started: list[tuple[int, str]] = []  # other scenarios, and how much had happened by then
        self.since = 0  # what happened from here on, happened since the last fact
        self._waiting: list[Planned] = []
        self._done: set[str] = set()
        self._heard: deque[Event] = deque()
        self._numbers = 100
        self._events = 0

    # --- time ---

    def pass_until(self, moment: datetime) -> None:
        """Every timer and every held message on the way has its turn. Raises TooLong."""
        self._settle()
        while (at := self._next_moment()) is not None and at <= moment:
            self.now = max(self.now, at)
            self._settle()
            wake = self.case.wake_at
            if wake is not None and wake <= self.now:
                self.hear(TimerDue(self.case.id, self.now, self._question_is()))
        self.now = max(self.now, moment)

    def _next_moment(self) -> datetime | None:
        moments = [one.until for one in self.held.values()]
        return min([*moments, *([self.case.wake_at] if self.case.wake_at else [])], default=None)

    def _question_is(self) -> str:
        question = self.case.question
        return "arrived" if question and question.effect_key in self._done else ""

    # --- events and decisions ---

    def hear(self, event: Event) -> None:
        """Decide, and do all that follows at once. Raises TooLong."""
        self._heard.append(event)
        self._settle()

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def tell(self, note: Phrase) -> None:
        self.happened.append(Happening(self.now, note=note))

    def _settle(self) -> None:
        while self._heard or (ready := self._next_ready()):
            if self._heard:
                self._decide(self._heard.popleft())
            else:
                assert ready is not None
                self._let_out(ready)

    def _decide(self, event: Event) -> None:
        self._events += 1
        if self._events > MOST_EVENTS:
            raise TooLong
        before = self._informed(event)
        self._take(before, decide(before, event, self.scenario, self.now))

    def follow(self, decision: Decision) -> None:
        """A decision that was made elsewhere: this case ends because another one takes its place."""
        self._take(self.case, decision)
        self._settle()

    def _take(self, before: Case, decision: Decision) -> None:
        self._waiting = [one for one in self._waiting if not isinstance(one.effect, decision.cancel)]
        self.held = {one.key: self.held[one.key] for one in self._waiting if one.key in self.held}
        self._waiting += decision.effects
        self.case = replace(decision.case, rev=before.rev + 1)
        self._tell_of(before, decision)

    def _informed(self, event: Event) -> Case:
        """The case with what the engine looks up beside it before it decides."""
        rules, case = self.scenario.contact, self.case
        complaint = case.complaint
        own = complaint.at if complaint and not complaint.settled_at else None
        complained_at = (own or self.complained_at) if rules.after_complaint else None
        if isinstance(event, AnswerReceived) and case.question:
            not_left = any(one.key == case.question.effect_key for one in self._waiting)
            case = replace(case, question=replace(case.question, not_left=not_left))
        return replace(case, client=replace(case.client, complained_at=complained_at))

    def _tell_of(self, before: Case, decision: Decision) -> None:
        for note in decision.notes:
            if note.key.startswith(TOLD_NOTES):
                self.tell(note)
        for asked in decision.starts:
            self.started.append((len(self.happened), asked.scenario))
            self.tell(phrase("trial.did.StartScenario", scenario=asked.scenario, at=asked.at))
        if decision.case.state is State.ENDED and before.state is not State.ENDED:
            self.tell(phrase("trial.ended", outcome=decision.case.outcome))

    # --- effects ---

    def _next_ready(self) -> Planned | None:
        """The first one that nothing holds back; behind a message that waits, later ones wait too."""
        busy: set[str] = set()  # channels
        for one in self._waiting:
            through = one.effect.channel if isinstance(one.effect, SendMessage) else None
            free = not one.waits_for or one.waits_for in self._done
            if free and (through is None or (through not in busy and self._is_due(one))):
                return one
            if through is not None:
                busy.add(through)
        return None

    def _is_due(self, message: Planned) -> bool:
        held = self.held.get(message.key)
        return held is None or held.until <= self.now

    def _let_out(self, one: Planned) -> None:
        self.held.pop(one.key, None)
        if isinstance(one.effect, SendMessage):
            self._through_the_gate(one, one.effect)
        else:
            self._carry_out(one)

    def _through_the_gate(self, one: Planned, message: SendMessage) -> None:
        if outlived(one.key, message, self.case):
            self._fail(one, "case_ended", phrase("gate.case_ended"))
            return
        if overtaken(one.key, message, self.case):
            self._fail(one, "overtaken", phrase("gate.overtaken"))
            return
        case = self._informed(TimerDue(self.case.id, self.now))
        match gate(message, case, self.scenario.contact, self.now):
            case Open():
                self._carry_out(one)
            case Wait(until, why):
                self.held[one.key] = Held(until, why)
                self.tell(phrase("trial.held", text=message.text, until=until))
            case Shut(code, why):
                self._fail(one, code, why)

    def _fail(self, one: Planned, code: str, why: Phrase) -> None:
        """It will never happen, and neither will what waits for it."""
        self._waiting.remove(one)
        message = one.effect if isinstance(one.effect, SendMessage) else None
        kind = type(one.effect).__name__
        self._heard.append(EffectFailed(one.key, kind, code, why.key, self.now, message))
        if message:
            self.tell(phrase("trial.not_sent", text=message.text))
            self.tell(why)
        for other in [other for other in self._waiting if other.waits_for == one.key]:
            self._fail(other, "prevented", why)

    def _carry_out(self, one: Planned) -> None:
        effect = one.effect
        if self._is_elsewhere(effect):
            self._fail(one, "deal_elsewhere", phrase("end.deal_elsewhere", reason=self.stage))
            return
        self._waiting.remove(one)
        self._done.add(one.key)
        self.happened.append(Happening(self.now, effect))
        number = self.next_number()
        self._keep(effect, one, number)
        if isinstance(effect, CreateTask) or (isinstance(effect, SendMessage) and effect.question):
            self._heard.append(EffectDone(one.key, str(number), self.now))

    def _is_elsewhere(self, effect: Effect) -> bool:
        """Another deal than that of the story stands wherever it is expected."""
        if not isinstance(effect, MoveDeal) or effect.deal_id != self.case.deal_id:
            return False
        return self.stage not in (effect.stage, *effect.expected)

    def _keep(self, effect: Effect, one: Planned, number: int) -> None:
        """What the outside looks like afterwards."""
        match effect:
            case SendMessage():
                self.sent.append((one, number))
            case MoveDeal(deal_id=deal_id, stage=stage, fields=fields):
                self.stage = stage if deal_id == self.case.deal_id else self.stage
                self.fields.update(fields)
                self._moved_complaint(one.key)
            case SetFields(fields=fields):
                self.fields.update(fields)
            case UpdateContact(fields=fields):
                self.contact.update(fields)
            case CreateTask():
                self.open_tasks.append(number)
            case CloseTask(task_id):
                self.open_tasks = [task for task in self.open_tasks if task != task_id]
            case ReopenTask(task_id):
                self.open_tasks = [*(task for task in self.open_tasks if task != task_id), task_id]
            case CreateDeal():
                self._number_complaint(one.key, number)
            case UpdateTask() | NotifyStaff() | AddComment() | CallWebhook():
                pass
            case _:
                assert_never(effect)

    def _moved_complaint(self, key: str) -> None:
        """Likewise."""
        complaint = self.case.complaint
        if complaint and key in complaint.moves[-1:]:
            self.case = replace(self.case, complaint=replace(complaint, moved_at=self.now))

    def _number_complaint(self, key: str, number: int) -> None:
        """As the engine would look it up."""
        complaint = self.case.complaint
        if complaint and complaint.deal_key == key:
            self.case = replace(self.case, complaint=replace(complaint, deal_id=number))

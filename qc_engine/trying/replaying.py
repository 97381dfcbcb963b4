"""One person's past, lived once more by one version of a scenario. Pure: same input, same answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from qc_engine.core.case import Case
from qc_engine.core.decide import decide
from qc_engine.core.draft import Decision
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, Event, StaffWrote, TimerDue
from qc_engine.core.rules.starting import home_stage
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.channel_news import has_the_word_since
from qc_engine.trying.acquaintance import Acquaintance
from qc_engine.trying.agenda import Agenda, Begins, Due, Happens, Leaving, Surveyed
from qc_engine.trying.outside import Outside, whereabouts
from qc_engine.trying.past import LINKS, QUESTION, TASK, WRITTEN, Cause, Fact, Past, Person
from qc_engine.trying.roads import Carried, Decided, Road
from qc_engine.trying.shifting import as_heard, at_ease, is_echo, shifted, without_echo

MOST_DECISIONS = 500  # of one case: a scenario that turns in a circle must not turn for ever
ScenarioOf = Callable[[Past], Scenario]


def replay(person: Person, scenario_of: ScenarioOf, horizon: datetime) -> Sequence[Road]:
    """What becomes of the cases of this person up to the horizon, in the order of `person.cases`."""
    roads = {one.case.id: _road(one, scenario_of(one)) for one in person.cases}
    return _Life(person, roads, Acquaintance(person, roads)).lived(horizon)


def _road(past: Past, scenario: Scenario) -> Road:
    home = home_stage(past.case, scenario)
    begins = not home or past.start_stage in ("", home)
    case = replace(
        past.case,
        deal_stage=past.start_stage or scenario.start.stage,
        scenario=scenario.name,
        version=scenario.version,
        wake_at=past.case.entered_at + scenario.start.wait,
    )
    return Road(past, scenario if begins else None, case, list(past.fates))


@dataclass
class _Life:
    """A person on all the roads at once: whoever is asked in one case is not asked in the next."""

    person: Person
    roads: Mapping[str, Road]
    known: Acquaintance
    agenda: Agenda = field(default_factory=Agenda)
    outside: Outside = field(default_factory=Outside)
    begun: set[str] = field(default_factory=set)
    reactions: dict[tuple[str, Cause], list[Fact]] = field(default_factory=dict)  # causes still to come

    def lived(self, horizon: datetime) -> Sequence[Road]:
        self._lay_out()
        while found := self.agenda.next(horizon):
            now, item = found
            match item:
                case Begins(case_id):
                    self._begin(self.roads[case_id], now)
                case Happens(case_id, event, fact):
                    self._happen(case_id, event, fact, now)
                case Due(case_id):
                    self._wake(self.roads[case_id], now)
                case Leaving(case_id):
                    self._leave(self.roads[case_id], now)
                case Surveyed():
                    self.known.change(surveyed_at=now)
                case _:
                    assert_never(item)
        self._count_missing(horizon)
        return [self.roads[one.case.id] for one in self.person.cases]

    def _lay_out(self) -> None:
        for at in self.person.surveyed:
            self.agenda.add(at, Surveyed())
        for past in self.person.cases:
            self.agenda.add(past.began_at, Begins(past.case.id))
        for fact in self.person.facts:
            if fact.cause:
                self.reactions.setdefault((fact.case_id, fact.cause), []).append(fact)
            else:
                self.agenda.add(fact.at, Happens(fact.case_id, fact.event, fact))

    def _count_missing(self, horizon: datetime) -> None:
        for (case_id, _), facts in self.reactions.items():
            road = self.roads[case_id]
            road.missing += tuple(one for one in facts if one.at <= horizon)

    # --- what happens ---

    def _begin(self, road: Road, now: datetime) -> None:
        if road.scenario is not None:
            self.begun.add(road.case.id)
            self._plan_wake(road, now)

    def _happen(self, case_id: str, event: Event, fact: Fact | None, now: datetime) -> None:
        if not case_id:
            self._to_the_person(event, now)
        elif case_id in self.begun:
            self._to_the_case(self.roads[case_id], event, fact, now)

    def _to_the_person(self, event: Event, now: datetime) -> None:
        """Words for no case of the trial, and whatever concerns all open cases."""
        if isinstance(event, AnswerReceived):
            self.known.heard(event, now)
            return
        if isinstance(event, StaffWrote):
            self.known.change(operator_at=has_the_word_since(event, self.known.client))
        for road in self.roads.values():
            if road.open and road.case.id in self.begun:
                self._decide(road, event, None, now)

    def _to_the_case(self, road: Road, event: Event, fact: Fact | None, now: datetime) -> None:
        if fact and is_echo(fact, road):
            remains = without_echo(event, road.case)
            if remains is None:
                return
            event = remains
        if isinstance(event, AnswerReceived):
            self.known.note_point(event)
        self._decide(road, event, fact, now)

    def _wake(self, road: Road, now: datetime) -> None:
        if road.case.wake_at is not None and road.case.wake_at <= now:
            event = TimerDue(road.case.id, now, whereabouts(road, now))
            self._decide(road, event, None, now)

    # --- the decision ---

    def _decide(self, road: Road, event: Event, fact: Fact | None, now: datetime) -> None:
        assert road.scenario is not None
        if len(road.decisions) >= MOST_DECISIONS:
            return
        case = self.known.informed(road, now)
        if isinstance(event, AnswerReceived):
            case, event = as_heard(case, event, fact)
        decision = decide(case, event, road.scenario, now)
        is_timer = isinstance(event, TimerDue)
        if not is_timer and not _changes_anything(case, decision):
            return
        road.decisions.append(Decided(now, case, event, decision))
        road.case = replace(at_ease(decision.case), rev=case.rev + 1)
        if decision.case.client != case.client:
            self.known.learn(decision.case.client)
        if is_timer and road.case.wake_at is not None and road.case.wake_at <= now:
            road.case = replace(road.case, wake_at=None)  # time alone changes nothing any more
        self._carry_out(road, decision, now)
        self._plan_wake(road, now)

    def _plan_wake(self, road: Road, now: datetime) -> None:
        if road.case.wake_at is not None:
            self.agenda.add(max(road.case.wake_at, now), Due(road.case.id))

    # --- what follows ---

    def _carry_out(self, road: Road, decision: Decision, now: datetime) -> None:
        before = set(road.tasks)
        self.outside.take(road, decision, now)
        self._pass_on(road)
        for about in road.tasks.keys() - before:
            self._react(road, Cause(TASK, about), now)
        if any(isinstance(one.effect, SendMessage) for one in decision.effects) or decision.cancel:
            self.agenda.add(now, Leaving(road.case.id))

    def _leave(self, road: Road, now: datetime) -> None:
        for one in self.outside.let_go(road, self.known.informed(road, now), now):
            if isinstance(one, Carried):
                self._pass_on(road)
                self._react_to_message(road, one, now)
            else:
                self.agenda.add(one, Leaving(road.case.id))
        self._pass_on(road)

    def _pass_on(self, road: Road) -> None:
        for at, event in self.outside.happened:
            self.agenda.add(at, Happens(road.case.id, event))
        self.outside.happened.clear()

    def _react_to_message(self, road: Road, one: Carried, now: datetime) -> None:
        message = one.effect
        if one.result == "" or not isinstance(message, SendMessage):
            return
        self._react(road, Cause(WRITTEN), now)
        if message.question:
            self._react(road, Cause(QUESTION, message.question), now)
        if any(link in message.text for link in road.case.links.values()):
            self._react(road, Cause(LINKS), now)

    def _react(self, road: Road, cause: Cause, now: datetime) -> None:
        """People do again what they did, as long after it as they did then."""
        for fact in self.reactions.pop((road.case.id, cause), ()):
            at = max(now, now + fact.delay)
            self.agenda.add(at, Happens(road.case.id, shifted(fact, at, road), fact))


def _changes_anything(before: Case, decision: Decision) -> bool:
    return bool(decision.effects or decision.notes or decision.cancel or decision.case != before)

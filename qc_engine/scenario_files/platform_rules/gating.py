"""Who gets the links to the review pages, and whether that hangs on the scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qc_engine.core.scenario import (
    Action,
    ConfirmBonus,
    End,
    GoTo,
    InStepFor,
    OpenDeal,
    Rule,
    Say,
    Scenario,
    SilentFor,
    Survey,
)
from qc_engine.scenario_files.checks.spots import actions_of, spots
from qc_engine.scenario_files.platform_rules.clients import Client, Likely, clients_of, holds, is_about_scores
from qc_engine.scenario_files.platform_rules.mentioning import Pages
from qc_engine.scenario_files.yaml.source import Keys

# How often the questions were asked before a client came to a step.
NOT_YET, ONCE, AGAIN = 0, 1, 2
NEVER, MAYBE, SURELY = 0, 1, 2
MOST_ROUNDS = 50  # roads that lead back more often than that are followed no further
Place = tuple[str, int]  # a step and how often was asked


@dataclass(frozen=True)
class Decided:
    """A rule that looks at the scores and so decides who gets the links; and where it stands."""

    rule: Rule
    keys: Keys
    gets: int = NEVER


@dataclass(frozen=True)
class Gating:
    """Not everybody who answers gets the links: `gives` and `denies` are the rules that decide it.

    `at` is where to look first. `after_complaint`: who complained is not asked for a review for a while.
    """

    at: Keys
    gives: tuple[Decided, ...] = ()
    denies: tuple[Decided, ...] = ()
    after_complaint: bool = False


@dataclass(frozen=True)
class Fate:
    """Does a client get the links, where in the file, and which rule about scores decided it last?"""

    gets: int = NEVER
    at: Keys = ()
    by: Decided | None = None


def gating(scenario: Scenario, pages: Pages) -> Gating | None:
    """None when the scores decide nothing about the links of this platform."""
    found = [fates for group in clients_of(scenario) if (fates := _unequal(scenario, pages, group))]
    fates = [one for group in found for one in group]
    best = max((one.gets for one in fates), default=NEVER)
    gives = _deciding(one for one in fates if one.gets == best)
    denies = _deciding(one for one in fates if one.gets < best)
    held = _held_after_complaint(scenario, pages)
    if fates:
        first = next((one.at for one in fates if one.gets == best and one.at), ())
        return Gating((*gives, *denies)[0].keys if gives or denies else first, gives, denies, held)
    return Gating(("contact", "after_complaint"), after_complaint=True) if held else None


def _unequal(scenario: Scenario, pages: Pages, clients: Sequence[Client]) -> list[Fate]:
    fates = [_Walk(scenario, pages, client).fate() for client in clients]
    return fates if len({one.gets for one in fates}) > 1 else []


def _deciding(fates: Iterator[Fate]) -> tuple[Decided, ...]:
    by_place = {one.by.keys: replace(one.by, gets=one.gets) for one in fates if one.by}
    return tuple(by_place.values())


def _held_after_complaint(scenario: Scenario, pages: Pages) -> bool:
    """The gate before every message holds requests for a review back from whoever complained."""
    actions = list(actions_of(scenario))
    asks = any(isinstance(one, Say) and pages.shown_in(one.text) for one in actions)
    complained = any(isinstance(one, OpenDeal) for one in actions)
    return bool(scenario.contact.after_complaint) and asks and complained


@dataclass
class _Walk:
    """One sort of client on all roads of a scenario."""

    scenario: Scenario
    pages: Pages
    client: Client

    def fate(self) -> Fate:
        """From the first step on. Roads may go in circles, so the fates are improved until none changes."""
        fates: dict[Place, Fate] = {}
        for _ in range(MOST_ROUNDS):
            before = dict(fates)
            for name in reversed(list(self.scenario.steps)):
                for asked in (AGAIN, ONCE, NOT_YET):
                    fates[name, asked] = self._in_step(name, asked, fates)
            if fates == before:
                break
        return fates[self.scenario.first_step, NOT_YET]

    def _in_step(self, name: str, asked: int, fates: Mapping[Place, Fate]) -> Fate:
        step = self.scenario.steps[name]
        led = self._led(step.do, ("steps", name, "do"), asked, fates)
        if led is not None:
            return led
        at_survey = step.survey is not None
        asked = min(asked + at_survey, AGAIN)
        roads = [
            (likely, rule, fate)
            for keys, rule in self._rules(name)
            if (likely := self._likely(rule, asked, at_survey)) is not Likely.NO
            and (fate := self._by(rule, keys, asked, fates)) is not None
        ]
        return _waiting(roads)

    def _rules(self, name: str) -> Iterator[tuple[Keys, Rule]]:
        for spot in spots(self.scenario):
            if spot.rule and spot.step in ("", name):
                yield spot.keys, spot.rule

    def _likely(self, rule: Rule, asked: int, at_survey: bool) -> Likely:
        if asked == NOT_YET and is_about_scores(rule):
            return Likely.NO
        known = asked == ONCE
        return min(
            holds(one, self.client, scores_known=known, at_survey=at_survey and known) for one in rule.when
        )

    def _by(self, rule: Rule, keys: Keys, asked: int, fates: Mapping[Place, Fate]) -> Fate | None:
        """Where the rule leads; None when the client stays where he is and got no links."""
        led = self._led(rule.do, keys, asked, fates)
        if led is None or led.by or asked != ONCE or not is_about_scores(rule):
            return led
        return replace(led, by=Decided(rule, keys))

    def _led(
        self, actions: Sequence[Action], keys: Keys, asked: int, fates: Mapping[Place, Fate]
    ) -> Fate | None:
        for action in actions:
            match action:
                case Say(text) | ConfirmBonus(say=text) if self.pages.shown_in(text):
                    return Fate(SURELY, keys)
                case Survey(questions) if self._asked_with_links(questions):
                    return Fate(SURELY, keys)
                case GoTo(step):
                    return fates.get((step, asked), Fate())
                case End():
                    return Fate(NEVER, keys)
                case _:
                    pass
        return None

    def _asked_with_links(self, questions: Sequence[str]) -> bool:
        return any(self.pages.shown_in(self.scenario.questions[name].text) for name in questions)


def _waiting(roads: Sequence[tuple[Likely, Rule, Fate]]) -> Fate:
    """What happens at once comes first; else what time brings; and what might happen before that."""
    at_once = next((fate for likely, _, fate in roads if likely is Likely.YES), None)
    if at_once is not None:
        return at_once
    by_time = sorted((road for road in roads if road[0] is Likely.IN_TIME), key=lambda road: _after(road[1]))
    default = by_time[0][2] if by_time else Fate()
    best = max((fate for _, _, fate in roads), key=lambda fate: fate.gets, default=default)
    if default.gets == SURELY or best.gets == NEVER:
        return default
    return replace(best, gets=MAYBE)


def _after(rule: Rule) -> float:
    return max(one.span.total_seconds() for one in rule.when if isinstance(one, SilentFor | InStepFor))

"""The whole: steps, questions, and which scenarios begin cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from qc_engine.core.answers.reading import Scale
from qc_engine.core.scenario.actions import Action, Survey
from qc_engine.core.scenario.complaints import Complaints
from qc_engine.core.scenario.contact import ContactRules
from qc_engine.core.scenario.rules import Rule, Turns
from qc_engine.core.scenario.starts import Start
from qc_engine.core.scenario.texts import NO_TEXT, Text

SCORED, COMMENT = "score", "comment"  # the kinds of questions


@dataclass(frozen=True)
class Step:
    """A place where a case can stand: what is done on entry, and what it waits for."""

    name: str
    do: tuple[Action, ...]
    rules: tuple[Rule, ...]
    line: int = 0
    title: Text = NO_TEXT  # what people call it; empty: by its name

    @cached_property
    def survey(self) -> Survey | None:
        """The survey that the step holds, if any."""
        return next((action for action in self.do if isinstance(action, Survey)), None)

    @cached_property
    def reviews(self) -> frozenset[str]:
        """The answers about the review of which its rules speak."""
        return frozenset().union(*(rule.reviews for rule in self.rules))

    def turns_after(self, anytime: tuple[Rule, ...]) -> Turns:
        """Its rules behind those for any step; worked out once, however often the scenario is copied."""
        known: tuple[object, Turns] | None = self.__dict__.get("_turns")
        if known is None or known[0] is not anytime:
            known = (anytime, Turns.of((*anytime, *self.rules)))
            self.__dict__["_turns"] = known
        return known[1]


@dataclass(frozen=True)
class Question:
    """One question with one score, or (`kind` is 'comment') with any words or none."""

    name: str
    text: Text
    scale: Scale
    field: str = ""  # the deal field that keeps the score or the words, "" for none
    kind: str = SCORED
    skip_after: timedelta = timedelta(hours=1)  # a comment that has not come by then is not waited for
    on_page: Text = NO_TEXT  # on the survey's own page, where nobody needs greetings; empty: the text

    @cached_property
    def scored(self) -> bool:
        return self.kind == SCORED


@dataclass(frozen=True)
class KnownValue:
    """A value that texts and formulas may name: a field of the deal, or what the start brought with it."""

    kind: str = "text"  # text, number, date, moment
    deal_field: str = ""
    from_start: str = ""  # old and new of a changed field, or a key of the event's data


@dataclass(frozen=True)
class Scenario:
    """One scenario file, checked. `version` is the hash of its content."""

    name: str
    title: str
    version: str
    start: Start
    contact: ContactRules
    questions: Mapping[str, Question]
    steps: Mapping[str, Step]  # in the order of the file; the first one is where a case begins
    anytime: tuple[Rule, ...] = ()  # looked at before the rules of the step
    active: bool = True  # False: it begins no case; those that run go on
    instead_of: str = ""  # as long as this one is active, that one begins no case
    language: str = "ru"  # in which its texts are written first
    values: Mapping[str, KnownValue] = field(default_factory=dict)
    complaints: Complaints = field(default_factory=Complaints)
    outcomes: Mapping[str, Text] = field(default_factory=dict)  # what people call the words of its ends
    of_branch: Mapping[str, "Scenario"] = field(default_factory=dict)  # where a branch has it otherwise

    def at_branch(self, name: str) -> "Scenario":
        """The same scenario with what is otherwise at this branch, by the same calendar and channels."""
        other = self.of_branch.get(name)
        if other is None:
            return self
        contact = replace(other.contact, holidays=self.contact.holidays, known=self.contact.known)
        return replace(other, contact=contact)

    @property
    def first_step(self) -> str:
        return next(iter(self.steps))

    @cached_property
    def reviews(self) -> frozenset[str]:
        """The answers about the review of which any rule speaks."""
        of_steps = (step.reviews for step in self.steps.values())
        return frozenset().union(*of_steps, *(rule.reviews for rule in self.anytime))

    def turns(self, step: str) -> Turns:
        """What may have its turn in this step."""
        return self.steps[step].turns_after(self.anytime)


def everywhere(scenario: Scenario) -> list[Scenario]:
    """In general, and as it is at branches that have it otherwise; each once."""
    found = {id(one): one for one in (scenario, *scenario.of_branch.values())}
    return list(found.values())


def beginning(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Those with which new cases begin: active, and without an active one that stands instead of them."""
    known = {one.name: one for one in scenarios}
    active = [one for one in known.values() if one.active]
    replaced = {name for one in active for name in replaced_by(one, known)}
    return [one for one in active if one.name not in replaced]


def replaced_by(scenario: Scenario, scenarios: Mapping[str, Scenario]) -> frozenset[str]:
    """All that this one stands for: the one that it names, and whatever that one names in turn."""
    found: set[str] = set()
    after: Scenario | None = scenario
    while after and after.instead_of and after.instead_of not in found:
        found.add(after.instead_of)
        after = scenarios.get(after.instead_of)
    return frozenset(found)


def standing_for(name: str, scenarios: Iterable[Scenario]) -> frozenset[str]:
    """This scenario and all that stand instead of one another with it: one of them asks about a deal."""
    pairs = [(one.name, one.instead_of) for one in scenarios if one.instead_of]
    known = {name}
    while more := {end for pair in pairs if known & set(pair) for end in pair} - known:
        known |= more
    return frozenset(known)

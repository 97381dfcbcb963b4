"""The road that a case takes in a trial, and what of it counts when two roads are compared."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qc_engine.core.case import Case, State
from qc_engine.core.draft import Decision, Planned
from qc_engine.core.effects import (
    AddComment,
    CallWebhook,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    SendMessage,
    SetFields,
    UpdateContact,
)
from qc_engine.core.events import Event
from qc_engine.core.scenario import Scenario
from qc_engine.trying.past import Fact, Fate, Past

WAITING, DONE, FAILED, CANCELLED = "planned", "done", "failed", "cancelled"  # as the outbox calls them
NOT_BEGUN = "not_begun"  # the scenario begins in another stage
COUNTED: Mapping[str, tuple[type[Effect], ...]] = {
    "messages": (SendMessage,),
    "tasks": (CreateTask,),
    "deals": (CreateDeal,),
    "notifications": (NotifyStaff,),
    "moves": (MoveDeal,),
    "fields": (SetFields, UpdateContact),
    "comments": (AddComment,),
    "webhooks": (CallWebhook,),
}
KIND_OF: Mapping[type[Effect], str] = {
    effect: kind for kind, effects in COUNTED.items() for effect in effects
}


@dataclass
class Carried:
    """An effect of a trial: what would have become of it."""

    planned: Planned
    at: datetime
    state: str = WAITING
    why: str = ""  # as the outbox writes it: 'code: reason', or a gate's word
    result: str = ""

    @property
    def effect(self) -> Effect:
        return self.planned.effect


@dataclass(frozen=True)
class Decided:
    """One decision of a trial."""

    at: datetime
    before: Case
    event: Event
    decision: Decision


@dataclass
class Road:
    """What becomes of one case by one version; without a scenario the case does not begin."""

    past: Past
    scenario: Scenario | None
    case: Case
    fates: list[Fate]  # not used up yet
    decisions: list[Decided] = field(default_factory=list)
    effects: dict[str, Carried] = field(default_factory=dict)  # by key, in the order of planning
    asked: dict[str, datetime] = field(default_factory=dict)  # question -> when it first left
    tasks: dict[str, int] = field(default_factory=dict)  # what a task is about -> its number
    missing: tuple[Fact, ...] = ()  # reactions to what never happened on this road

    @property
    def open(self) -> bool:
        return self.scenario is not None and self.case.state is not State.ENDED

    @property
    def outcome(self) -> str:
        """The scenario's word; while the case runs its state, and not_begun where it does not begin."""
        if self.scenario is None:
            return NOT_BEGUN
        return self.case.outcome if self.case.state is State.ENDED else self.case.state.value

    @property
    def path(self) -> tuple[str, ...]:
        """The steps, in the order in which the case came to them."""
        notes = (note for one in self.decisions for note in one.decision.notes)
        return tuple(note.values["step"] for note in notes if note.key == "note.step")

    def done(self, *kinds: type[Effect]) -> Iterator[Carried]:
        """What really happens outside; an approved template counts as its text."""
        return (one for one in self.effects.values() if one.state == DONE and isinstance(one.effect, kinds))

    def counts(self) -> Counter[str]:
        """How many of each kind happen outside."""
        done = (one for one in self.effects.values() if one.state == DONE)
        kinds = (KIND_OF.get(type(one.effect), "") for one in done)
        return Counter(kind for kind in kinds if kind)

    @property
    def unheard(self) -> set[str]:
        """Questions to which nobody knows the answer: the client was never asked them."""
        return self.asked.keys() - self.past.asked


def waiting(road: Road) -> list[Carried]:
    return [one for one in road.effects.values() if one.state == WAITING]

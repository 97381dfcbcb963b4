"""What a trial came to: sums, branches, outcomes, and the people whose road changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import masked
from qc_engine.explain.called import outcomes, steps
from qc_engine.explain.moments import iso
from qc_engine.explain.voice import Voice
from qc_engine.trying.comparing import OUTCOME, split, what_differs
from qc_engine.trying.past import Season
from qc_engine.trying.roads import COUNTED, Road
from qc_engine.trying.telling import outcome_words, split_words


@dataclass(frozen=True)
class Voices:
    """The same voice by the clocks of all branches."""

    language: str
    titles: Mapping[str, str]
    scenarios: Sequence[Scenario] = ()  # whose steps are spoken of; the last one wins

    def __call__(self, zone: str) -> Voice:
        named, ends = dict[str, str](), dict[str, str]()
        for one in self.scenarios:
            named |= steps(one, self.language)
            ends |= outcomes(one, self.language)
        return Voice(self.language, zone, self.titles, steps=named, outcomes=ends)

    def speaking(self, language: str) -> "Voices":
        return replace(self, language=language)


@dataclass(frozen=True)
class Changed:
    """A case whose road changes."""

    case_id: str
    deal_id: int
    portal: str
    phone: str  # masked
    branch: str
    old: str
    new: str
    what: tuple[str, ...]  # outcome, path, messages ... or time alone
    first: str  # where the roads part, in words


@dataclass
class Figures:
    """Of all cases, or of one branch."""

    cases: int = 0
    old: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    outcome_differs: int = 0

    def add(self, old: Road, new: Road, what: Sequence[str]) -> None:
        self.cases += 1
        self.old.update(old.counts())
        self.new.update(new.counts())
        self.changed += bool(what)
        self.outcome_differs += OUTCOME in what

    def document(self) -> dict[str, Any]:
        sums = {side: {one: sums[one] for one in COUNTED} for side, sums in self._sides()}
        return {
            "cases": self.cases,
            **sums,
            "changed": self.changed,
            "outcome_differs": self.outcome_differs,
        }

    def _sides(self) -> Iterator[tuple[str, Counter[str]]]:
        yield "old", self.old
        yield "new", self.new


@dataclass
class Report:
    """Grows case by case; nothing of a case is kept that has not changed."""

    season: Season
    voice_of: Voices
    whole: Figures = field(default_factory=Figures)
    branches: dict[str, Figures] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: list[Changed] = field(default_factory=list)
    clients: set[str] = field(default_factory=set)
    clients_differ: set[str] = field(default_factory=set)
    not_carried: Counter[str] = field(default_factory=Counter)  # kind of event -> how many
    never_asked: Counter[str] = field(default_factory=Counter)  # question -> in how many cases
    compared: int = 0  # ended cases that went by the old side's version in fact
    as_it_was: int = 0  # of them, those that the model leads to the same outcome

    def add(self, old: Road, new: Road) -> None:
        """One case on both roads."""
        what, case = what_differs(old, new), old.past.case
        client = case.client.phone or case.id
        self.clients.add(client)
        self.outcomes[old.outcome, new.outcome] += 1
        for figures in (self.whole, self.branches.setdefault(case.branch.name, Figures())):
            figures.add(old, new, what)
        if OUTCOME in what:
            self.clients_differ.add(client)
        if what:
            self.people.append(self._changed(old, new, what))
        self._admit(old, new)

    def _changed(self, old: Road, new: Road, what: tuple[str, ...]) -> Changed:
        case = old.past.case
        voice = self.voice_of(case.branch.timezone)
        first = split_words(voice, split(old, new), old, new)
        return Changed(
            case.id,
            case.deal_id,
            case.portal,
            masked(case.client.phone) if case.client.phone else "",
            case.branch.name,
            old.outcome,
            new.outcome,
            what,
            first,
        )

    def _admit(self, old: Road, new: Road) -> None:
        """What a trial cannot know is said, not guessed."""
        lost = [fact for fact in new.missing if fact not in old.missing]
        self.not_carried.update(type(fact.event).__name__ for fact in lost)
        self.never_asked.update(new.unheard - old.asked.keys())
        if old.past.outcome and old.past.case.version == old.case.version:
            self.compared += 1
            self.as_it_was += old.past.outcome == old.outcome

    def document(self, limit: int = 0) -> dict[str, Any]:
        """For machines; at most so many people, 0 for all."""
        voice, season = self.voice_of("UTC"), self.season
        people = self.people[:limit] if limit else self.people
        return {
            "scenario": season.scenario,
            "portal": season.portal,
            "since": iso(season.since),
            "until": iso(season.until),
            "horizon": iso(season.horizon),
            "clients": len(self.clients),
            "clients_whose_outcome_differs": len(self.clients_differ),
            **self.whole.document(),
            "outcomes": [self._pair(voice, *pair, count) for pair, count in self.outcomes.most_common()],
            "branches": [{"branch": name, **one.document()} for name, one in sorted(self.branches.items())],
            "people": [self._row(voice, one) for one in people],
            "not_carried_over": dict(self.not_carried),
            "never_asked_before": dict(self.never_asked),
            "model": {"ended_by_the_old_version": self.compared, "same_outcome": self.as_it_was},
        }

    def _pair(self, voice: Voice, old: str, new: str, count: int) -> Mapping[str, Any]:
        return {
            "old": old,
            "new": new,
            "old_text": outcome_words(voice, old),
            "new_text": outcome_words(voice, new),
            "cases": count,
        }

    def _row(self, voice: Voice, one: Changed) -> Mapping[str, Any]:
        return {
            "case_id": one.case_id,
            "deal_id": one.deal_id,
            "portal": one.portal,
            "phone": one.phone,
            "branch": one.branch,
            "old_outcome": one.old,
            "new_outcome": one.new,
            "what": list(one.what),
            "first_difference": one.first,
        }

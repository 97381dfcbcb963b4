"""Everybody of a season on both roads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.trying.past import Past, Person, Season
from qc_engine.trying.replaying import ScenarioOf, replay
from qc_engine.trying.report import Report, Voices
from qc_engine.trying.roads import Road


class TextLost(Exception):
    """A version with which a case began can no longer be read; the text names it."""


@dataclass
class Versions:
    """The versions that a season knows, by today's calendar and channels."""

    season: Season
    _read: dict[str, Scenario] = field(default_factory=dict)

    def active(self, past: Past) -> Scenario:
        """What goes by the active version, whatever it began with. Raises TextLost."""
        return self.of(self.season.active).at_branch(past.case.branch.name)

    def own(self, past: Past) -> Scenario:
        """The very version that the case began with. Raises TextLost."""
        return self.of(past.case.version).at_branch(past.case.branch.name)

    def of(self, version: str) -> Scenario:
        if version not in self._read:
            self._read[version] = self.ready(self._parsed(version))
        return self._read[version]

    def ready(self, scenario: Scenario) -> Scenario:
        """With the channels and holidays of the season."""
        rules = replace(scenario.contact, holidays=self.season.holidays, known=self.season.channels)
        return replace(scenario, contact=rules)

    def _parsed(self, version: str) -> Scenario:
        text = self.season.texts.get(version)
        if text is None:
            raise TextLost(f"version {version[:8]} of {self.season.scenario} is not kept anywhere")
        try:
            return load_text(text.source, f"{self.season.scenario}@{version[:8]}", Names(**text.names))
        except BadScenarios as faults:
            raise TextLost(f"version {version[:8]} cannot be read any more: {faults.problems[0]}") from None


@dataclass(frozen=True)
class Trial:
    """What is compared with what, and of which branch."""

    season: Season
    old: ScenarioOf
    new: Scenario
    branch: str = ""

    def roads(self, person: Person) -> list[tuple[Road, Road]]:
        """The old and the new road of each case that is asked for."""
        before = replay(person, self.old, self.season.horizon)
        after = replay(person, lambda past: self.new.at_branch(past.case.branch.name), self.season.horizon)
        pairs = zip(before, after, strict=True)
        return [pair for pair in pairs if self.branch in ("", pair[0].past.case.branch.name)]

    def report(
        self, people: Iterable[Person], voices: Voices, tell: Callable[[int], None] = lambda _: None
    ) -> Report:
        """Both roads of each case of these people; `tell` hears how many cases are behind us."""
        report = Report(self.season, voices)
        for person in people:
            for old, new in self.roads(person):
                report.add(old, new)
            tell(report.whole.cases)
        return report

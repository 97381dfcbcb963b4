"""What `qc check` says of the platforms' rules: where a scenario goes against them, and who decided so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qc_engine.core.scenario import Scenario, everywhere
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.platform_rules.acknowledging import (
    EXPIRED,
    acknowledgement_of,
    good_until,
    idle,
    known_rules,
    unknown_rules,
)
from qc_engine.scenario_files.platform_rules.findings import Finding, findings
from qc_engine.scenario_files.platform_rules.mentioning import Pages, pages_of
from qc_engine.scenario_files.platform_rules.telling import Teller, day, decided, platform_name, rule_words
from qc_engine.scenario_files.platform_rules.texts import say
from qc_engine.scenario_files.yaml.source import Place, Problem, Source
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.settings import Acknowledged
from qc_engine.wiring import Installation, clock_of, portals_of


@dataclass(frozen=True)
class Told:
    """One finding with its places in the file, and who has taken it upon himself."""

    language: str
    finding: Finding
    at: Problem
    places: tuple[Place, ...]
    acknowledged: Acknowledged | None

    @property
    def line(self) -> str:
        """The rule and what the platform says; or, once somebody decided, who and why."""
        if self.acknowledged:
            return decided(self.language, self.finding, self.acknowledged)
        rule = self.finding.rule
        return f"{rule.name}, {platform_name(rule)}: {rule_words(self.language, rule)}"

    def row(self) -> dict[str, Any]:
        rule = self.finding.rule
        return {
            **asdict(self.at),
            "scenario": self.finding.scenario,
            "rule": rule.name,
            "platform": rule.platform,
            "kind": rule.kind,
            "says": say(self.language, rule.says),
            "standing": rule.standing,
            "sources": [asdict(one) for one in rule.sources],
            "places": [{"line": one.line, "column": one.column} for one in self.places],
            "acknowledged": _as_row(self.acknowledged),
        }


@dataclass(frozen=True)
class OfPlatforms:
    """`faults` are wrong acknowledgements, `warnings` idle ones and scenarios that would ask twice."""

    language: str = "ru"
    today: date = date.min
    told: Sequence[Told] = field(default=())
    faults: Sequence[Problem] = field(default=())
    warnings: Sequence[Problem] = field(default=())

    def lines(self, *, quiet: bool) -> Iterator[str]:
        """Place and reason, then a line for each platform; what is acknowledged only if not `quiet`."""
        yield from map(str, self.warnings)
        for (place, scenario), group in groupby(self.told, key=lambda one: (one.at, one.finding.scenario)):
            yield from _block(place, scenario, list(group), quiet=quiet)
        unsettled = next((one.finding.rule.name for one in self.told if not one.acknowledged), "")
        if unsettled:
            yield say(self.language, "advice", rule=unsettled, today=self.today.isoformat())


def look_at_platforms(settings: Installation, config: Path, libraries: Mapping[str, Library]) -> OfPlatforms:
    """The scenarios with which new cases begin, against the rules of the platforms of their branches."""
    today = clock_of(settings).now().astimezone(ZoneInfo(settings.timezone)).date()
    told = [one for name in libraries for one in _of_portal(settings, name, libraries[name], today)]
    platforms = {one for portal in portals_of(settings).values() for one in _platforms(portal.branches)}
    written = read_file(config)
    unknown = [
        written.problem(("acknowledged", number, "rule"), message)
        for number, message in unknown_rules(settings.acknowledged, known_rules(platforms))
    ]
    warnings = [*_idle(settings, written, [one.finding for one in told], today), *_twice(settings, libraries)]
    return OfPlatforms(settings.language, today, told, unknown, warnings)


def _of_portal(settings: Installation, name: str, library: Library, today: date) -> Iterator[Told]:
    portal = portals_of(settings)[name]
    pages = pages_of(branch.review_pages for branch in portal.branches)
    for scenario in library.beginning:
        source = read_file(portal.scenarios / library.files[scenario.name])
        for finding in _everywhere(scenario, pages, library.titles):
            yield _told(settings, finding, source, today)


def _everywhere(scenario: Scenario, pages: Sequence[Pages], titles: Mapping[str, str]) -> Iterator[Finding]:
    """Each rule once, also when only a branch with parameters of its own goes against it."""
    found: set[str] = set()
    for variant in everywhere(scenario):
        against = [one for one in findings(variant, pages, titles) if one.rule.name not in found]
        found |= {one.rule.name for one in against}
        yield from against


def _told(settings: Installation, finding: Finding, source: Source, today: date) -> Told:
    message = Teller(settings.language, lambda keys: source.place(keys).line).what(finding)
    places = tuple(source.place(keys) for keys in finding.places)
    return Told(
        settings.language,
        finding,
        source.problem(finding.places[0], message),
        places,
        acknowledgement_of(finding, settings.acknowledged, today),
    )


def _platforms(branches: Sequence[Any]) -> set[str]:
    return {platform for branch in branches for platform in branch.review_pages}


def _idle(
    settings: Installation, written: Source, found: Sequence[Finding], today: date
) -> Iterator[Problem]:
    for number, why in idle(settings.acknowledged, found, today):
        one = settings.acknowledged[number]
        until = day(good_until(one)) if why == EXPIRED else ""
        message = say(settings.language, why, rule=one.rule, until=until)
        yield written.problem(("acknowledged", number, "rule"), message)


def _twice(settings: Installation, libraries: Mapping[str, Library]) -> Iterator[Problem]:
    """Two scenarios at one stage, for whomever it concerns, and neither stands instead of the other."""
    for name, library in libraries.items():
        for stage in sorted(library.start_stages):
            for_all = [one for one in library.starting_at(stage) if not one.start.only_if]
            if others := for_all[1:]:
                path = portals_of(settings)[name].scenarios / library.files[others[0].name]
                names = ", ".join(one.name for one in for_all)
                yield read_file(path).problem(("start",), say(settings.language, "twice", names=names))


def _block(place: Problem, scenario: str, group: Sequence[Told], *, quiet: bool) -> Iterator[str]:
    open_ones = [one for one in group if not one.acknowledged]
    if open_ones:
        yield f"{place.file}:{place.line}:{place.column}: {scenario}: {place.message}"
        yield from (f"  {one.line}" for one in open_ones)
    if not quiet:
        where = "  " if open_ones else f"{place.file}:{place.line}:{place.column}: "
        yield from (f"{where}{one.line}" for one in group if one.acknowledged)


def _as_row(one: Acknowledged | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"by": one.by, "reason": one.reason, "date": one.date, "until": good_until(one)}

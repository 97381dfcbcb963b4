"""Who has taken a finding upon himself, and which of these decisions no longer fit."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from qc_engine.scenario_files.platform_rules.book import KINDS, RULES, rule_name
from qc_engine.scenario_files.platform_rules.findings import Finding
from qc_engine.scenario_files.similar import unknown
from qc_engine.settings import Acknowledged

A_YEAR = timedelta(days=365)
EXPIRED, UNUSED = "expired", "unused"


def known_rules(platforms: Iterable[str]) -> frozenset[str]:
    """All that may be acknowledged: the rules of the book, and those of the branches' own platforms."""
    own = (rule_name(platform, kind) for platform in platforms for kind in KINDS)
    return frozenset([*(rule.name for rule in RULES), *own])


def unknown_rules(acknowledged: Sequence[Acknowledged], known: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The number of each acknowledgement of a rule that nobody has, and what is wrong with it."""
    rules = frozenset(known)
    for number, one in enumerate(acknowledged):
        if one.rule not in rules:
            yield number, f"rule: {unknown('rule', one.rule, rules)}"


def good_until(one: Acknowledged) -> date:
    """The last day on which it holds: rules change, so nothing is acknowledged for ever."""
    return one.until or one.date + A_YEAR


def acknowledgement_of(
    finding: Finding, acknowledged: Iterable[Acknowledged], today: date
) -> Acknowledged | None:
    return next((one for one in acknowledged if _is_about(one, finding) and today <= good_until(one)), None)


def idle(
    acknowledged: Sequence[Acknowledged], found: Sequence[Finding], today: date
) -> Iterator[tuple[int, str]]:
    """The number of each one that does nothing: there is no such finding, or its time is over."""
    for number, one in enumerate(acknowledged):
        if not any(_is_about(one, finding) for finding in found):
            yield number, UNUSED
        elif today > good_until(one):
            yield number, EXPIRED


def _is_about(one: Acknowledged, finding: Finding) -> bool:
    return one.rule == finding.rule.name and one.scenario in ("", finding.scenario)

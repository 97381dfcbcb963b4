"""Findings in plain words of one language: what the scenario does, what the platform says, who decided."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from qc_engine.core.scenario import AverageAtLeast, AverageBelow, Rule, ScoreBelow, SilentFor
from qc_engine.core.wording.texts import PLATFORMS, spoken
from qc_engine.scenario_files.platform_rules.acknowledging import good_until
from qc_engine.scenario_files.platform_rules.book import PlatformRule
from qc_engine.scenario_files.platform_rules.findings import Finding
from qc_engine.scenario_files.platform_rules.gating import NEVER, Decided, Gating
from qc_engine.scenario_files.platform_rules.rewards import Reward
from qc_engine.scenario_files.platform_rules.texts import say
from qc_engine.scenario_files.yaml.source import Keys
from qc_engine.settings import Acknowledged

LONGEST_SHOWN = 70


@dataclass(frozen=True)
class Teller:
    """`line_of` tells the line of a place in the scenario's file."""

    language: str
    line_of: Callable[[Keys], int]

    def what(self, finding: Finding) -> str:
        """What the scenario does; the same for every platform that does not want it."""
        if finding.gating:
            return " ".join(self._gating(finding.gating))
        return " ".join(self._rewards(finding.rewards))

    def _gating(self, gating: Gating) -> Iterator[str]:
        yield say(self.language, "gating")
        yield from (self._deciding("gives", one) for one in gating.gives)
        for one in gating.denies:
            yield self._deciding("denies" if one.gets == NEVER else "denies_maybe", one)
        if gating.after_complaint:
            yield say(self.language, "after_complaint")

    def _deciding(self, key: str, one: Decided) -> str:
        when = conditions(self.language, one.rule)
        return say(self.language, key, rule=one.rule.name, line=self.line_of(one.keys), when=when)

    def _rewards(self, rewards: Sequence[Reward]) -> Iterator[str]:
        given = [one for one in rewards if not one.promised]
        promised = [one for one in rewards if one.promised]
        if given:
            yield say(self.language, "reward")
            yield from map(self._given, given)
        if promised:
            yield say(self.language, "promise")
            yield from (self._shown("promised", one) for one in promised)

    def _given(self, reward: Reward) -> str:
        return self._shown("given_by_rule" if reward.rule else "given_in_step", reward)

    def _shown(self, key: str, reward: Reward) -> str:
        rule = reward.rule.name if reward.rule else ""
        what = _short(reward.what)
        return say(self.language, key, rule=rule, line=self.line_of(reward.keys), what=what)


def rule_words(language: str, rule: PlatformRule) -> str:
    """What the platform says, with the page to read."""
    said = say(language, rule.says)
    if not rule.sources:
        return f"{said} {say(language, 'no_source')}"
    source = rule.sources[0]
    dated = say(language, "dated", date=source.date) if source.date else say(language, "undated")
    standing = say(language, source.standing)
    told = say(language, "source", title=source.title, url=source.url, date=dated, standing=standing)
    return f"{said} {told}"


def platform_name(rule: PlatformRule) -> str:
    return PLATFORMS.get(rule.platform, rule.platform)


def decided(language: str, finding: Finding, one: Acknowledged) -> str:
    """One short line: who decided, when, and why."""
    return say(
        language,
        "acknowledged",
        rule=finding.rule.name,
        platform=platform_name(finding.rule),
        by=one.by,
        date=day(one.date),
        until=day(good_until(one)),
        reason=one.reason,
    )


def conditions(language: str, rule: Rule) -> str:
    """The conditions about scores and silence, which decide here."""
    words = []
    for one in rule.when:
        match one:
            case AverageAtLeast(limit):
                words.append(say(language, "average_at_least", limit=spoken(Fraction(limit))))
            case AverageBelow(limit):
                words.append(say(language, "average_below", limit=spoken(Fraction(limit))))
            case ScoreBelow(limit):
                words.append(say(language, "score_below", limit=spoken(Fraction(limit))))
            case SilentFor():
                words.append(say(language, "silent_for"))
            case _:
                pass
    return say(language, "and").join(words)


def day(one: date) -> str:
    return f"{one:%d.%m.%Y}"


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST_SHOWN else one_line[:LONGEST_SHOWN] + "…"

"""Where a scenario goes against what the platforms of its branches have published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.platform_rules.book import GATING, REWARD, PlatformRule, rule_of
from qc_engine.scenario_files.platform_rules.gating import Gating, gating
from qc_engine.scenario_files.platform_rules.mentioning import Pages
from qc_engine.scenario_files.platform_rules.rewards import Reward, promises, rewards
from qc_engine.scenario_files.yaml.source import Keys


@dataclass(frozen=True)
class Finding:
    """One rule of one platform, and what of one scenario goes against it: gating, or rewards."""

    scenario: str
    rule: PlatformRule
    gating: Gating | None = None
    rewards: tuple[Reward, ...] = field(default=())

    @property
    def places(self) -> list[Keys]:
        """Where to look, the first place first."""
        if self.gating is None:
            return [one.keys for one in self.rewards]
        deciding = (*self.gating.gives, *self.gating.denies)
        return list(dict.fromkeys([self.gating.at, *(one.keys for one in deciding)]))


def findings(
    scenario: Scenario, platforms: Sequence[Pages], titles: Mapping[str, str] | None = None
) -> list[Finding]:
    """By kind, then by platform. `titles`: id of a field or stage -> what people see there."""
    given = rewards(scenario, titles or {})
    gated = ((pages.platform, gating(scenario, pages)) for pages in platforms)
    found = [Finding(scenario.name, rule_of(name, GATING), one) for name, one in gated if one]
    for pages in platforms:
        if against := _with_promises(given, scenario, pages):
            found.append(Finding(scenario.name, rule_of(pages.platform, REWARD), rewards=against))
    return found


def _with_promises(given: Sequence[Reward], scenario: Scenario, pages: Pages) -> tuple[Reward, ...]:
    """A place is told once: where something is given, the words about it add nothing."""
    told = {one.keys for one in given}
    promised = {one.keys: one for one in promises(scenario, pages) if one.keys not in told}
    return (*given, *promised.values())

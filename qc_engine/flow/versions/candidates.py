"""A version that is tried beside the active one: silently, or on a share of the new cases."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from qc_engine.core.scenario import Scenario
from qc_engine.store.scenarios import RAMP, SHADOW

PARTS = 10_000  # a share is counted in hundredths of a per cent


@dataclass(frozen=True)
class Candidate:
    """What is tried, and on whom."""

    scenario: Scenario
    mode: str  # shadow, ramp
    share: float = 0.0  # per cent of the new cases
    branches: Collection[str] = ()  # or all new cases of these

    @property
    def is_shadow(self) -> bool:
        return self.mode == SHADOW

    def takes(self, portal: str, deal_id: int, branch: str) -> bool:
        """Does a new case of this deal begin with it? The same answer whenever it is asked."""
        if self.mode != RAMP:
            return False
        return branch in self.branches or lot(portal, self.scenario.name, deal_id) < self.share * 100


def lot(portal: str, scenario: str, deal_id: int) -> int:
    """0 to 9999: a larger share keeps whoever was in the smaller one."""
    digest = sha256(f"{portal}:{scenario}:{deal_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % PARTS

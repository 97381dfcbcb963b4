"""A simulation that finds nothing proves nothing: here are bugs, and each must be found.

pytest tests/simulation/test_sensitivity.py -m slow -n 2 -rP    prints which seed found what
"""

import sys

import pytest

from tests.simulation.planted import PLANTS
from tests.simulation.simulation import Failed, run

MOST_SEEDS = 200


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", PLANTS)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS[bug](monkeypatch)
    for seed in range(MOST_SEEDS):
        try:
            run(seed)
        except Failed as found:
            sys.stdout.write(f"{bug}: after {seed + 1} seeds, {str(found).splitlines()[0]}\n")
            return
    pytest.fail(f"{MOST_SEEDS} seeds did not find: {bug}")

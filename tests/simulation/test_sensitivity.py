"""A simulation that finds nothing proves nothing: here are bugs, and each must be found.

./qc test simulation --planted    each until it is found, with a table of what found it
"""

import pytest

from tests.simulation.all_planted import PLANTS
from tests.simulation.running import Failed, run

MOST_SEEDS = 2000
FOUND_AT_ONCE = ("recorded before it is performed", "a byte leaves before the row that says so is committed")


def is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    PLANTS[bug](monkeypatch)
    for seed in range(MOST_SEEDS):
        try:
            run(seed)
        except Failed:
            return True
    return False


@pytest.mark.parametrize("bug", FOUND_AT_ONCE)
def test_a_planted_bug_is_found_at_once(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_found(bug, monkeypatch)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("bug", [bug for bug in PLANTS if bug not in FOUND_AT_ONCE])
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_found(bug, monkeypatch)

"""What is left of a failing seed: nothing more can be left out of it alone."""

import pytest

from tests.proofs.seeds import bound
from tests.proofs.shrinking import fewer
from tests.simulation.running import Plan


@pytest.mark.parametrize(
    "guilty",
    [set(), {0}, {59}, {0, 59}, {3, 4, 5}, {7, 29, 30, 58}, set(range(60))],
    ids=["none", "first", "last", "both ends", "neighbours", "some", "all"],
)
def test_only_the_guilty_steps_are_left(guilty: set[int]) -> None:
    def fails(plan: Plan) -> bool:
        return guilty <= set(plan.played)

    left = fewer(Plan(), Plan().played, lambda plan, out: Plan(skip=plan.skip | out), fails)
    assert set(left.played) == guilty


def test_a_step_that_is_only_needed_with_another_one_goes_with_it() -> None:
    """Steps 10 and 40 cancel each other: without one of them alone nothing fails."""

    def fails(plan: Plan) -> bool:
        played = set(plan.played)
        return 25 in played and (10 in played) == (40 in played)

    left = fewer(Plan(), Plan().played, lambda plan, out: Plan(skip=plan.skip | out), fails)
    assert 25 in left.played
    assert fails(left)


def test_the_bound_is_the_rule_of_three() -> None:
    assert bound(10_000) == pytest.approx(0.0003)

"""Thousands of days in the life of a company, with everything going wrong; one seed, one story.

    pytest tests/simulation -n 2                 60 seeds, a quarter of a minute
    ./qc test simulation --seeds 10000           as many as one likes
    ./qc test simulation --seed 417 --trace      one story again, exactly as it was

A failing seed prints its number, the promise that was broken and the whole schedule.
"""

import pytest

from tests.simulation.running import Plan, run

QUICK, CHUNK = 60, 5


@pytest.mark.parametrize("first", range(0, QUICK, CHUNK))
def test_every_promise_holds(first: int) -> None:
    for seed in range(first, first + CHUNK):
        run(seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(QUICK, QUICK + 2000, 50))
def test_every_promise_holds_for_long(first: int) -> None:
    for seed in range(first, first + 50):
        run(seed)


def test_the_same_seed_is_the_same_story() -> None:
    first, second = run(7), run(7)
    assert first.trace == second.trace
    assert first.simulation.schedule == second.simulation.schedule


def test_a_story_can_be_told_without_some_of_its_steps_and_faults() -> None:
    struck = run(7).simulation.faults.struck
    assert struck
    shorter = run(7, Plan(skip=frozenset(range(60)), without=frozenset(struck))).simulation
    assert not set(shorter.faults.struck) & set(struck)
    assert shorter.schedule[:2] == run(7).simulation.schedule[:2]  # the first order is closed all the same

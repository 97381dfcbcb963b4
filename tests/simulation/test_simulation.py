"""Thousands of days in the life of a company, with everything going wrong; one seed, one story.

    pytest tests/simulation -n 2                                    60 seeds, well under a minute
    pytest tests/simulation -n 2 -m slow                            2,000 seeds, and 20 planted bugs
    QC_SEED=417 pytest tests/simulation -k one_seed                 one story again, exactly as it was
    QC_SEED=417 QC_STEPS=500 pytest tests/simulation -k one_seed    the same, and on

A failing seed prints its number, the promise that was broken and the whole schedule.
"""

import os

import pytest

from tests.simulation.simulation import STEPS, run

QUICK, CHUNK, CHUNKS = 60, 50, 40


@pytest.mark.parametrize("seed", range(QUICK))
def test_every_promise_holds(seed: int) -> None:
    run(seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_promise_holds_for_long(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        run(QUICK + seed)


@pytest.mark.skipif("QC_SEED" not in os.environ, reason="QC_SEED names the story to tell again")
def test_one_seed() -> None:
    run(int(os.environ["QC_SEED"]), int(os.environ.get("QC_STEPS", STEPS)))


def test_the_same_seed_is_the_same_story() -> None:
    first, second = run(7), run(7)
    assert first.schedule == second.schedule
    assert [(one.key, one.at) for one in first.world.ledger] == [
        (one.key, one.at) for one in second.world.ledger
    ]

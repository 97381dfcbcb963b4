"""The watch over a branch: quiet on noise, awake when it slips; the error rates are those that are told."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from math import exp

import pytest

from qc_engine.core.figures.drift import COMPARED, LEAST, WATCHED, Day, watch

LAST = date(2026, 3, 31)
SCORES, WEIGHTS = range(1, 11), (1, 1, 1, 1, 2, 3, 6, 12, 10, 10)  # as clients of tyre centres answer
DAYS = (COMPARED + WATCHED).days


def poisson(chance: random.Random, mean: float) -> int:
    number, product, limit = 0, chance.random(), exp(-mean)
    while product >= limit:
        number, product = number + 1, product * chance.random()
    return number


def lived(chance: random.Random, a_day: float, worse: float = 0.0) -> Sequence[Day]:
    """Two questions per case; from the first watched day on `worse` by so many points."""
    days = []
    for number in range(DAYS):
        drop = worse if number >= COMPARED.days else 0.0
        pairs = [chance.choices(SCORES, WEIGHTS, k=2) for _ in range(poisson(chance, a_day))]
        means = [max(sum(pair) / 2 - drop, 1.0) for pair in pairs]
        if means:
            day = LAST - timedelta(days=DAYS - 1 - number)
            days.append(Day(day, len(means), sum(means), sum(x * x for x in means)))
    return days


def alarms(a_day: float, worse: float, runs: int, seed: int) -> tuple[float, float, float]:
    """Share of branches that are low on the last day, and ever; days until the median branch was low."""
    chance = random.Random(seed)
    low, ever, after = 0, 0, []
    for _ in range(runs):
        found = watch(lived(chance, a_day, worse), LAST)
        assert found is not None
        low += found.low_since is not None
        first = next((one.day for one in found.points if one.is_low), None)
        ever += first is not None
        after.append((first - LAST + WATCHED).days if first else WATCHED.days + 1)
    return low / runs, ever / runs, sorted(after)[runs // 2]


@pytest.mark.parametrize("a_day", [1, 3, 10])
def test_noise_is_quiet(a_day: float) -> None:
    now, ever, _ = alarms(a_day, 0.0, 500, seed=7)
    assert now <= 0.01  # told: 1 to 3 of 1,000; with 500 branches 5 would be much
    assert ever <= 0.08  # in 30 looks


@pytest.mark.parametrize(("a_day", "seen", "within"), [(3, 0.8, 9), (10, 0.99, 4)])
def test_a_drop_by_one_point_is_seen(a_day: float, seen: float, within: int) -> None:
    now, _, median = alarms(a_day, 1.0, 200, seed=11)
    assert (now >= seen, median <= within) == (True, True), (now, median)


def flat(value: float, count: int = 5) -> Sequence[Day]:
    days = [LAST - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    return [Day(day, count, value * count, value * value * count) for day in days]


def test_the_day_from_which_on_it_is_low() -> None:
    days = [*flat(9.0)]
    fell = LAST - timedelta(days=4)
    days = [Day(one.day, 5, 25.0, 125.0) if one.day >= fell else one for one in days]
    found = watch(days, LAST)
    assert found is not None
    assert (found.usual, found.answers, len(found.points)) == (9.0, 5 * COMPARED.days, WATCHED.days)
    assert found.low_since == fell


def test_what_has_recovered_is_no_alarm() -> None:
    fell = [LAST - timedelta(days=number) for number in (20, 21)]
    days = [Day(one.day, 5, 15.0, 45.0) if one.day in fell else one for one in flat(9.0)]
    found = watch(days, LAST)
    assert found is not None
    assert any(one.is_low for one in found.points)
    assert found.low_since is None


def test_everybody_always_gave_ten_and_one_gives_nine() -> None:
    days = [*flat(10.0)[:-1], Day(LAST, 5, 49.0, 481.0)]
    found = watch(days, LAST)
    assert found is not None
    assert found.low_since is None


@pytest.mark.parametrize(("count", "is_known"), [(LEAST - 1, False), (LEAST, True)])
def test_too_few_to_compare_with(count: int, is_known: bool) -> None:
    days = [Day(LAST - WATCHED - timedelta(days=3), count, 8.0 * count, 64.0 * count)]
    found = watch(days, LAST)
    assert (found is not None) is is_known
    assert found is None or (found.points, found.low_since) == ((), None)

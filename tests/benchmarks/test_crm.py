"""The benchmark of the CRM's limits: its arithmetic, and one small run through all its processes."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.crm import empty_bucket, ideal, ideal_operating
from benchmarks.crm_portal import lost_and_twice, portal


@pytest.mark.parametrize(
    ("deals", "level", "seconds"),
    [(7500, 0, 50.0), (2000, 50, 20.0), (2500, 0, 0.0), (2501, 0, 0.5), (50, 50, 0.5), (0, 0, 0.0)],
)
def test_what_the_bucket_alone_allows(deals: int, level: float, seconds: float) -> None:
    assert ideal(deals, level) == seconds


@pytest.mark.parametrize(("deals", "seconds"), [(4800, 23.0), (4850, 600.0), (7500, 602.0), (9600, 623.0)])
def test_what_the_running_time_allows(deals: int, seconds: float) -> None:
    assert ideal_operating(deals) == seconds


def test_what_the_history_proves() -> None:
    assert lost_and_twice(Counter({1: 1, 2: 2, 4: 3}), [1, 2, 3, 4]) == (1, 2)


def test_a_small_run(tmp_path: Path) -> None:
    with portal(tmp_path) as fresh:
        row = empty_bucket(fresh, tmp_path, 60)
    assert {name: row[name] for name in ("deals", "refused_503", "lost", "twice")} == {
        "deals": 60,
        "refused_503": 0,
        "lost": 0,
        "twice": 0,
    }
    assert 0 < row["wall"] < 30

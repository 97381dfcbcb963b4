"""The engine as a real process, killed with SIGKILL in the middle of its work and started again.

    pytest tests/crash                    two kills, one of them between a message and its record
    ./qc test kill --moments 200 --points many more, on both databases

Whatever was in hand at that moment: every client's story ends as it should, nobody hears anything twice,
nothing is lost. A message of which nobody can know whether it left waits for a person, and only such a one.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.crash.killing import POSTGRESQL, SQLITE, deaths, killed
from tests.crash.points import IN_HAND, POINTS
from tests.crash.reaper import Death


@pytest.mark.timeout(240)
def test_two_kills(tmp_path: Path) -> None:
    survives(tmp_path, SQLITE, [Death(IN_HAND), Death("")], size=4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_every_point_once_and_ten_moments(tmp_path: Path, database: str) -> None:
    survives(tmp_path, database, deaths(database, moments=10, passes=1, seed=3), size=12)


def survives(folder: Path, database: str, coming: list[Death], size: int) -> None:
    run = killed(folder, database, coming, 7, size, lambda _: None)
    told = f"{run.loss}, never reached: {run.missed}"
    assert run.loss.acknowledged, told
    assert run.loss.messages > run.loss.clients, told
    assert run.ok, told


def test_every_point_has_its_turns() -> None:
    coming = deaths(SQLITE, moments=5, passes=3, seed=1)
    rare = sum(point.rare for point in POINTS.values())
    assert Counter(one.point for one in coming) == {
        **dict.fromkeys(POINTS, 3),
        "": 5,
        IN_HAND: 3 + 3 * rare,
    }
    assert deaths(SQLITE, 5, 3, 1) == coming
    on_a_server = {one.point for one in deaths(POSTGRESQL, 5, 3, 1)}
    assert {one for one in POINTS if POINTS[one].sqlite_only} == POINTS.keys() - on_a_server

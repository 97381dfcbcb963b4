"""The benchmark of the core: both sides walk the same road, and the result says how it was measured."""

from pathlib import Path

import pytest

from benchmarks.decide import SHIPPED, compare, machine_of, measure, transitions_of
from benchmarks.decide_walks import walk
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

pytest.importorskip("transitions", reason="NO LIBRARY TO COMPARE WITH: the benchmark was not tried")


def scenario(text: str) -> Scenario:
    return load_text(text, "shipped.yaml", Names(complete=False))


SHIPPED_TEXT = Path(SHIPPED).read_text(encoding="utf-8")


def test_the_walks_go_from_the_closed_deal_to_both_ends() -> None:
    happy = walk(scenario(SHIPPED_TEXT), "9", "10")
    unhappy = walk(scenario(SHIPPED_TEXT), "3", "4")
    assert [stop.after for stop in happy][-3:] == ["review_offered", "review_check", "ended"]
    assert {stop.before for stop in unhappy} == {"waiting", "ask"}


def test_a_library_that_strays_is_not_measured() -> None:
    stops = walk(scenario(SHIPPED_TEXT), "9", "10")
    other = scenario(SHIPPED_TEXT.replace("average_at_least: 8", "average_at_least: 10")
                                 .replace("average_below: 8", "average_below: 10"))  # fmt: skip
    with pytest.raises(SystemExit, match="the library stands in"):
        compare(machine_of(other, transitions_of(other)), stops)


def test_a_small_run() -> None:
    row = measure(scenario(SHIPPED_TEXT), rounds=1, walks=2)
    assert row["events"] == len(row["path"]) == 12
    assert all(row[f"ratio_{way}"] > 0 for way in ("resident", "stored", "own"))
    assert set(row["rounds"][0]) == {"core", "resident", "stored", "own"}

"""The benchmark of the core: both sides walk the same road, and the result says how it was measured."""

from pathlib import Path

import pytest

from benchmarks.decide import SHIPPED, WAYS, compare, compare_work, measure
from benchmarks.decide_library import machine_of, transitions_of
from benchmarks.decide_walks import walk
from benchmarks.decide_working import working_transitions_of
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


def test_a_library_that_does_other_work_is_not_measured() -> None:
    shipped = scenario(SHIPPED_TEXT)
    other = scenario(SHIPPED_TEXT.replace("Спасибо за высокую оценку!", "Спасибо!"))
    machine = machine_of(other, working_transitions_of(other))
    with pytest.raises(SystemExit, match="the library has done"):
        compare_work(machine, shipped, walk(shipped, "9", "10"))


def test_a_small_run() -> None:
    row = measure(scenario(SHIPPED_TEXT), rounds=1, walks=2)
    assert row["events"] == len(row["path"]) == 12
    assert all(row[f"ratio_{way}"] > 0 for way in WAYS[1:])
    assert set(row["rounds"][0]) == set(WAYS)

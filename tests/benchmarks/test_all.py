"""`./qc bench all`: every goal has its benchmark, each can be started so, and the page tells what was measured."""

import importlib
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import all as whole
from benchmarks.all_page import Machine, page
from benchmarks.all_parts import GOALS, PARTS, Figure, Part, waiting, with_goals, without_benchmark
from qc_engine.__main__ import BENCHMARKS

ROOT = Path(__file__).resolve().parents[2]
MACHINE = Machine(datetime(2026, 11, 22, 21, 0, tzinfo=UTC), 0.15, 2, "a processor", "Linux", "3.11.7", 0.4)


def test_every_goal_has_its_benchmark() -> None:
    assert without_benchmark() == []
    assert [goal for goal in ("P4", "P5", "P6", "P22", "P23") if goal not in GOALS] == ["P5"]


def test_a_goal_without_one_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.all_parts.PARTS", [one for one in PARTS if "P21" not in one.goals])
    assert without_benchmark() == ["P21"]
    monkeypatch.setattr(sys, "argv", ["all"])
    with pytest.raises(SystemExit, match="P21"):
        whole.main()


def test_each_is_a_command_and_no_command_is_left_out() -> None:
    assert {part.name for part in PARTS} == set(BENCHMARKS) - {"all"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_each_can_be_started_so(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"benchmarks.{part.name}")
    for options in (part.full, part.quick):
        monkeypatch.setattr(sys, "argv", [part.name, *options, "--json"])
        assert module._arguments().json


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("P13", "", 2.9, 10, 3), "aim"),
        (Figure("P13", "", 10, 10, 3), "gate"),
        (Figure("P13", "", 10.1, 10, 3), "MISSED"),
        (Figure("P1", "", 0.36, 0.35, 0.55, less_is_better=False), "gate"),
        (Figure("P1", "", 0.34, 0.35, 0.55, less_is_better=False), "MISSED"),
        (Figure("P20", "", None, 1.05, 1.05), "MISSED"),
        (Figure("", "", 12), ""),
    ],
)
def test_a_figure_against_its_goal(figure: Figure, reached: str) -> None:
    assert figure.reached == reached


def test_several_documents_of_one_program() -> None:
    assert whole.documents('{"a": 1}\n{"a": [2]}\n') == [{"a": 1}, {"a": [2]}]
    with pytest.raises(ValueError, match="Expecting"):
        whole.documents("Traceback ...")


def part(*goals: str) -> Part:
    return Part("Clicks", "redirect", goals, (), (), with_goals)


def told(**figures: float) -> str:
    rows = ", ".join(
        f'"{name}": {{"value": {value}, "gate": 0.35, "aim": 0.55}}' for name, value in figures.items()
    )
    return f'{{"method": "in turns", "figures": {{{rows}}}, "raw": [1, 2]}}'


@pytest.mark.parametrize(
    ("text", "whole_run", "code"),
    [
        (told(P1=0.4, P2=0.6), False, 0),
        (told(P1=0.4, P2=0.6), True, 1),  # of the other goals nothing is told
        (told(P1=0.3), False, 1),
        ("", False, 1),
        ('{"rows": []}', False, 1),
    ],
)
def test_what_the_exit_code_says(text: str, whole_run: bool, code: int) -> None:
    assert whole._code([whole._read(part("P1"), text, 0, 1.0)], whole=whole_run) == code


def test_who_tells_nothing_has_not_run() -> None:
    (silent,) = (one for one in PARTS if one.name == "console")
    assert "told nothing" in whole._read(silent, "", 0, 1.0).trouble


def test_a_short_run_does_not_speak_of_a_million() -> None:
    goals = {"value": 9.0, "gate": 10, "aim": 3}
    row = {"database": "sqlite", "cases": 50_000, "figures": {"P13": goals}}
    assert [one.what for one in waiting({"rows": [row]})] == ["to claim 100 of 50,000, ms, sqlite"]


def test_the_page() -> None:
    done: Sequence[Any] = [
        whole._read(part("P1", "P2"), told(P1=0.4, P2=0.3), 0, 60.0),
        whole._read(part("P9"), "", 3, 1.0),
    ]
    text = page(done, MACHINE, quick=True)
    for line in (
        "22 November 2026, 21:00 UTC, 1 minutes",
        "2 cores (a processor), load 0.4",
        "| P1 | a durable click, 32 connections / a bare 302 | 0.4 | ≥ 0.35 | ≥ 0.55 | gate |",
        "| P2 | the same, 128 connections | 0.3 | ≥ 0.35 | ≥ 0.55 | **missed** |",
        "| P9 | Clicks | | | | **did not run** |",
        "60 s. in turns",
        "[1, 2]",
        "no proof",
    ):
        assert line in text
    assert "no proof" not in page(done, MACHINE, quick=False)


def test_the_page_of_the_documentation_is_one_of_these() -> None:
    """Made by the command, whole: each goal has its row."""
    text = (ROOT / "docs" / "measured_all.md").read_text("utf-8")
    assert text.startswith("# All benchmarks, measured\n")
    assert set(re.findall(r"^\| (P\d+) \|", text, re.MULTILINE)) == set(GOALS)

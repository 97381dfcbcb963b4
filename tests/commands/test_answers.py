"""qc answers: measured on a file, or one reply explained."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qc_engine.__main__ import app

CORPUS = Path(__file__).parents[1] / "core" / "answers" / "corpus.tsv"
run = CliRunner().invoke


def test_the_corpus_meets_the_goals() -> None:
    told = run(app, ["answers", "check", str(CORPUS)])
    assert told.exit_code == 0
    assert "goals met" in told.stdout
    assert "opt_out" in told.stdout


def test_machines_get_one_document() -> None:
    told = run(app, ["answers", "check", str(CORPUS), "--json"])
    report = json.loads(told.stdout)
    assert report["goals_met"]
    assert report["replies"] == sum(row["replies"] for row in report["by_kind"].values())
    assert report["missed"] == []


def test_a_missed_goal_is_told_worst_first(tmp_path: Path) -> None:
    file = tmp_path / "replies.tsv"
    file.write_text("спасибо\t9\nспасибо большое\tOPT_OUT\n9\t9\n9\t8\n", encoding="utf-8")
    told = run(app, ["answers", "check", str(file), "--rows", "2"])
    assert told.exit_code == 1
    assert "1 of 4 replies" in told.stdout
    lines = told.stdout.splitlines()
    assert [line.split(":")[0].strip() for line in lines[-3:-1]] == ["line 2", "line 4"]
    assert lines[-1].strip() == "and 1 more"


@pytest.mark.parametrize(
    ("content", "exit_code", "said"),
    [
        ("9\tNINE\n", 2, "replies.tsv:1:1: 'NINE' is no label"),
        ("# only words about it\n", 2, "holds no labelled reply"),
        (None, 3, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_corpus(tmp_path: Path, content: str | None, exit_code: int, said: str) -> None:
    file = tmp_path / "replies.tsv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    told = run(app, ["answers", "check", str(file)])
    assert told.exit_code == exit_code
    assert said in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["9, но мастер нахамил"], ["9  (rule: number)", "kept beside it: 9, но мастер нахамил"]),
        (["5", "--scale", "1-5"], ["5  (rule: number)"]),
        (["не пишите мне"], ["OPT_OUT"]),
        (["", "--kind", "voice"], ["UNCLEAR"]),
    ],
)
def test_one_reply_is_explained(arguments: list[str], said: list[str]) -> None:
    told = run(app, ["answers", "read", *arguments])
    assert told.exit_code == 0
    assert all(one in told.stdout for one in said)


def test_a_scale_that_is_none() -> None:
    assert run(app, ["answers", "read", "5", "--scale", "10-1"]).exit_code == 2

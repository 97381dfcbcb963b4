"""`qc check` plays the tests of all scenarios; what does not hold is a fault at its line."""

import json
from pathlib import Path

import pytest
import typer

from qc_engine.commands.check import check, examine

ROOT = Path(__file__).resolve().parents[2]
TESTS = Path("scenarios/tyre_centre.tests.yaml")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped files, to be changed."""
    (tmp_path / "scenarios").mkdir()
    for path in (ROOT / "scenarios").glob("*.yaml"):
        (tmp_path / "scenarios" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.yaml").write_bytes((ROOT / "config.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QC_SCENARIOS", raising=False)
    return Path("config.yaml")


def edit(path: Path, old: str, new: str) -> tuple[int, int]:
    """Where the new words stand: line and column."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    before = path.read_text("utf-8").partition(new)[0]
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


def run(config: Path, *, as_json: bool = False, quiet: bool = False) -> int:
    try:
        check(config, as_json=as_json, quiet=quiet, with_secrets=False, online=False)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def test_a_line_for_each_scenario(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config) == 0
    told = capsys.readouterr().out.splitlines()
    assert "open_invitation: 7 tests passed" in told
    assert any(one.startswith("tyre_centre: ") and one.endswith(" tests passed") for one in told)
    assert run(config, quiet=True) == 0
    assert capsys.readouterr().out == ""


def test_a_scenario_without_tests_is_told_of(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    TESTS.unlink()
    assert run(config) == 0
    assert "tyre_centre: no tests" in capsys.readouterr().out.splitlines()


def test_a_test_that_does_not_hold_is_a_fault_with_its_story(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line, column = edit(TESTS, 'said: "*Яндекс Карты: https://*"', 'said: "*Гугл*"')
    assert run(config) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        f"{TESTS}:{line}:{column}: тест «доволен, получил ссылки, менеджер нашёл отзыв»: "
        "ожидалось said: *Гугл*, но сказано: «Спасибо за высокую оценку! "
    )
    assert "\n    04.03.2026 12:00  задан вопрос quality: «Здравствуйте, Айгуль! " in told
    assert "\n    04.03.2026 12:02  client: 10\n" in told
    assert "\n1 fault(s)\n" in told


def test_in_the_language_of_the_installation(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(config, "language: ru", "language: en")
    edit(TESTS, "- asked: quality", "- asked: service")
    assert run(config) == 1
    assert "expected asked: service, but question quality was asked" in capsys.readouterr().err


def test_what_cannot_happen_is_a_fault_too(config: Path) -> None:
    edit(TESTS, '      - client: "9"\n', "      - click: yandex\n")
    (fault, *_) = examine(config, with_secrets=False).problems
    assert "click: yandex здесь невозможно: этой ссылки клиент не получал" in fault.message


def test_a_changed_scenario_is_seen_by_its_tests(config: Path) -> None:
    edit(Path("scenarios/tyre_centre.yaml"), "at_most_once_in: 30 days", "at_most_once_in: 20 days")
    problems = examine(config, with_secrets=False).problems
    assert [one.file for one in problems] == [str(TESTS)]


def test_for_machines(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line, _ = edit(TESTS, "- asked: quality", "- asked: service")
    assert run(config, as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert [(one["file"], one["line"]) for one in document["problems"]] == [(str(TESTS), line)]
    failed = [one for one in document["tests"] if not one["passed"]]
    assert [one["scenario"] for one in failed] == ["tyre_centre"]
    assert failed[0]["story"]
    assert {one["scenario"] for one in document["tests"]} == {"tyre_centre", "open_invitation"}


def test_mistakes_in_tests_come_together_with_those_of_scenarios(config: Path) -> None:
    edit(TESTS, "- asked: quality", "- asked: qualty")
    assert [one.file for one in examine(config, with_secrets=False).problems] == [str(TESTS)]
    edit(Path("scenarios/tyre_centre.yaml"), "go_to: unhappy", "go_to: unhapy")
    both = examine(config, with_secrets=False).problems
    assert {one.file for one in both} == {str(TESTS), "scenarios/tyre_centre.yaml"}


def test_a_failed_test_is_not_played_while_something_else_is_wrong(config: Path) -> None:
    edit(TESTS, "- asked: quality", "- asked: service")
    edit(config, "timezone: Asia/Almaty", "timezone: Asia/Almatty")
    assert {one.file for one in examine(config, with_secrets=False).problems} == {"config.yaml"}

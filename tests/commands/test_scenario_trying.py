"""qc scenario shadow and ramp as a person calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.versions import ramping
from qc_engine.ports import Arrival
from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.wiring import offline
from tests.flow.fakes import NAMES, PHONE
from tests.flow.running import SCENARIO, Running
from tests.flow.test_ramping import phone, refuse

ROOT = Path(__file__).resolve().parents[2]
BY = ("--by", "Мария")


@pytest.fixture
def running(
    database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Running:
    monkeypatch.setenv("QC_DATABASE_URL", database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(tmp_path / "scenarios"))
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    # As if the portal's names had been read: both sides know them from the database.
    monkeypatch.setattr(offline, "names_now", lambda *_: NAMES)
    return Running(database, clock, tmp_path / "scenarios")


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    path = tmp_path / "new.yaml"
    path.write_text(SCENARIO.replace("say: Спасибо!", "say: Благодарим!"), "utf-8")
    return path


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scenario", *arguments, "--config", str(ROOT / "config.yaml")])


def told(*arguments: str) -> Any:
    result = qc(*arguments, "--json")
    assert result.exit_code == 0, result.output + repr(result.exception)
    return json.loads(result.stdout)


def lived(running: Running, answer: str = "9") -> None:
    running.beat()
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)
    arrival = Arrival("inbox:1", AnswerReceived(PHONE, answer, running.flow.clock.now(), 5001))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def test_a_silent_candidate_is_compared(running: Running, candidate: Path) -> None:
    begun = told("shadow", "small", str(candidate), *BY)
    assert begun["what"] == "begun"
    lived(running)
    report = told("shadow", "small")
    assert (report["cases"], report["same"], report["differing"], report["by_kind"]) == (
        1,
        0,
        1,
        {"texts": 1},
    )
    (one,) = report["differences"]
    assert ("Спасибо!" in one["real"], "Благодарим!" in one["candidate"]) == (True, True)
    assert "«доволен»" in one["real"]
    text = qc("shadow", "small").stdout
    assert "the same 0, differing 1, failed 0" in text
    assert running.flow.world.texts[-1] == "Спасибо!"


def test_both_stories_of_a_case(running: Running, candidate: Path) -> None:
    assert qc("shadow", "small", str(candidate), *BY).exit_code == 0
    lived(running)
    case_id = told("shadow", "small")["differences"][0]["case_id"]
    text = qc("shadow", "small", "--case", case_id, "--brief").stdout
    real, mine = text.split("=== candidate ===")
    assert ("Спасибо!" in real, "Благодарим!" in mine) == (True, True)
    assert ("Благодарим!" in real, "Спасибо!" in mine) == (False, False)
    assert qc("shadow", "small", "--case", "NOSUCH").exit_code == 1


def test_stopped_it_can_still_be_looked_at(running: Running, candidate: Path) -> None:
    assert qc("shadow", "small").exit_code == 1
    assert qc("shadow", "small", str(candidate), *BY).exit_code == 0
    lived(running)
    assert qc("shadow", "small", "--stop", *BY).exit_code == 0
    assert qc("shadow", "small", "--stop", *BY).exit_code == 1
    assert told("shadow", "small")["cases"] == 1
    assert [one.what for one in running.log] == ["activated", "shadow_begun", "shadow_stopped"]


@pytest.mark.parametrize("command", [("shadow",), ("ramp", "--share", "10%")])
def test_what_cannot_be_tried(running: Running, tmp_path: Path, command: tuple[str, ...]) -> None:
    name, *options = command
    file = tmp_path / "new.yaml"
    for text, why in (
        (SCENARIO, "the very version that is in force"),
        (SCENARIO.replace("Закрыть заказ/наряд", "Оценка качества", 1), "starts otherwise"),
        (SCENARIO.replace("average_below: 8", "average_bellow: 8"), "new.yaml:15:16"),
        (SCENARIO.replace("scenario: small", "scenario: other"), "other"),
    ):
        file.write_text(text, "utf-8")
        result = qc(name, "small", str(file), *options, *BY)
        assert (result.exit_code, why in result.output) == (1, True), result.output
    assert [one.what for one in running.log] == ["activated"]


def test_a_ramp_is_compared_and_promoted(running: Running, candidate: Path) -> None:
    begun = told("ramp", "small", str(candidate), "--share", "100%", "--stop-if", "undelivered > 5%", *BY)
    assert (begun["share"], begun["stop_if"]) == (100, ["undelivered > 5%"])
    lived(running)
    assert running.flow.world.texts[-1] == "Благодарим!"
    report = told("ramp", "small")
    assert report["candidate_figures"]["average"] == 9
    table = qc("ramp", "small").stdout
    assert "answered" in table
    assert "1 (100.0%)" in table
    assert "stops if undelivered > 5% (after 20 asked cases)" in table
    promoted = qc("ramp", "small", "--promote", *BY)
    assert f"{begun['candidate'][:8]} is in force" in promoted.stdout
    running.beat()
    assert running.version == begun["candidate"]
    assert running.log[-1].what == "promoted"
    (one,) = told("list")["scenarios"]
    assert (one["version"], one["by"], one["candidate"]) == (begun["candidate"], "Мария", None)


def test_a_ramp_that_stopped_itself(running: Running, candidate: Path) -> None:
    options = ("--share", "100", "--stop-if", "undelivered > 5%", "--after", "1")
    assert qc("ramp", "small", str(candidate), *options, *BY).exit_code == 0
    running.beat()
    running.flow.close_order(1, phone(1))
    running.flow.later(hours=1)
    refuse(running, 1)
    ramping.watch(running.database, running.flow.clock)
    result = qc("ramp", "small")
    assert result.exit_code == 1
    assert "stopped by engine: undelivered > 5%: 100.0% of 1" in result.output
    assert qc("ramp", "small", "--stop", *BY).stdout.endswith("small: the alarm is cleared\n")
    with running.database.reading() as session:
        assert alarms.all_alarms(session) == []


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--share", "0%"),
        ("--share", "ten"),
        ("--share", "101%"),
        ("--branches", "Нет такого"),
        ("--share", "10%", "--stop-if", "sadness > 5%"),
        ("--share", "10%", "--promote"),
    ],
)
def test_wrong_use(running: Running, candidate: Path, options: tuple[str, ...]) -> None:
    result = qc("ramp", "small", str(candidate), *options, *BY)
    assert result.exit_code == 2, result.output
    assert running.row.candidate == ""


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (("shadow",), ("ramp", "--share", "10%"), "decides no more"),
        (("ramp", "--share", "10%"), ("shadow",), "takes no new cases"),
    ],
)
def test_a_new_trial_tells_which_one_it_ends(
    running: Running,
    candidate: Path,
    tmp_path: Path,
    first: tuple[str, ...],
    second: tuple[str, ...],
    words: str,
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(SCENARIO.replace("say: Спасибо!", "say: Рады!"), "utf-8")
    before = told(first[0], "small", str(candidate), *first[1:], *BY)
    assert before["ended"] is None
    result = qc(second[0], "small", str(other), *second[1:], *BY)
    assert f"the trial before ended: {before['candidate'][:8]} {words}" in result.stdout
    stopped = running.log[-2]
    assert (stopped.what, stopped.from_version) == (f"{first[0]}_stopped", before["candidate"])
    again = told(second[0], "small", str(candidate), *second[1:], *BY)
    assert again["ended"]["mode"] == second[0]


def test_help_has_examples() -> None:
    for command in ("shadow", "ramp"):
        assert "Example" in CliRunner().invoke(app, ["scenario", command, "--help"]).stdout


# --- the tests of a candidate -----------------------------------------------------------------

STORY = """\
of: small
tests:
  - name: доволен
    story:
      - client: "9"
      - expect: {said: Спасибо!, end: happy}
"""
URGENT = ("--without-tests", "--because", "срочно")


@pytest.fixture
def story(running: Running) -> Path:
    """Holds for the version in force, and not for the candidate."""
    path = running.folder / "small.tests.yaml"
    path.write_text(STORY, "utf-8")
    return path


@pytest.mark.parametrize("command", [("shadow",), ("ramp", "--share", "10%")])
def test_a_candidate_is_tried_by_tests_first(
    running: Running, story: Path, candidate: Path, command: tuple[str, ...]
) -> None:
    name, *options = command
    begin = (name, "small", str(candidate), *options, *BY)
    refused = qc(*begin)
    assert (refused.exit_code, f"{story}:6:18" in refused.output) == (1, True), refused.output
    assert "Благодарим!" in refused.output
    assert qc(*begin, "--without-tests").exit_code == 2
    assert [one.what for one in running.log] == ["activated"]
    assert qc(*begin, *URGENT).exit_code == 0
    assert (running.log[-1].reason, running.log[-1].details["without_tests"]) == ("срочно", True)


@pytest.mark.parametrize("command", [("shadow",), ("ramp", "--share", "10%")])
def test_tests_beside_the_candidate_stand_for_those_of_the_folder(
    running: Running, story: Path, candidate: Path, command: tuple[str, ...]
) -> None:
    name, *options = command
    beside = candidate.with_name("new.tests.yaml")
    beside.write_text(STORY.replace("happy", "unanswered").replace("Спасибо!", "Благодарим!"), "utf-8")
    refused = qc(name, "small", str(candidate), *options, *BY)
    assert (refused.exit_code, f"{beside}:6:37" in refused.output) == (1, True), refused.output
    beside.write_text(STORY.replace("Спасибо!", "Благодарим!"), "utf-8")
    begun = qc(name, "small", str(candidate), *options, *BY)
    assert begun.exit_code == 0, begun.output


def test_promoted_it_must_pass_the_tests_of_the_folder(
    running: Running, story: Path, candidate: Path
) -> None:
    assert qc("ramp", "small", str(candidate), "--share", "10%", *BY, *URGENT).exit_code == 0
    refused = qc("ramp", "small", "--promote", *BY)
    assert (refused.exit_code, f"{story}:6:18" in refused.output) == (1, True), refused.output
    assert running.row.mode == "ramp"
    story.write_text(STORY.replace("Спасибо!", "Благодарим!"), "utf-8")
    assert qc("ramp", "small", "--promote", *BY).exit_code == 0
    assert running.row.mode == ""


def test_promoted_although_its_tests_fail(running: Running, story: Path, candidate: Path) -> None:
    assert qc("ramp", "small", str(candidate), "--share", "10%", *BY, *URGENT).exit_code == 0
    assert qc("ramp", "small", "--promote", "--without-tests", *BY).exit_code == 2
    assert qc("ramp", "small", "--promote", *BY, *URGENT).exit_code == 0
    assert (running.log[-1].what, running.log[-1].details["without_tests"]) == ("promoted", True)

"""qc scenario as a person calls it, beside an engine that runs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.explain.printing import as_text
from qc_engine.explain.story import find_cases, story
from qc_engine.ports import Arrival
from qc_engine.store import notebook, scenarios, schema
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from tests.flow.fakes import NAMES, PHONE, Site
from tests.flow.running import SCENARIO, Running

ROOT = Path(__file__).resolve().parents[2]
FURTHER = """
portals:
  astana:
    bitrix24: {{branch_field: Филиал}}
    scenarios: {folder}
    branches:
      - {{name: Кабанбай, crm_value: Кабанбай, head: 1, timezone: Asia/Almaty}}
"""
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
BY = ("--by", "Мария")
TESTS = """\
of: small
tests:
  - name: ровно восемь, это доволен
    story:
      - client: "8"
      - expect: {end: happy}
"""


@pytest.fixture
def running(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The shipped config.yaml over a database and a folder of its own, and one clock for both sides."""
    clock = FixedClock(NOW)
    monkeypatch.setenv("QC_DATABASE_URL", database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(tmp_path / "scenarios"))
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    schema.require_current(database)
    return Running(database, clock, tmp_path / "scenarios")


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scenario", *arguments, "--config", str(ROOT / "config.yaml")])


def told(*arguments: str) -> Any:
    result = qc(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def asked(running: Running) -> None:
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)


def says(running: Running, text: str, number: int) -> None:
    arrival = Arrival(f"inbox:{number}", AnswerReceived(PHONE, text, running.flow.clock.now(), number))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def explained(running: Running) -> str:
    """What `qc explain` tells of the one case."""
    with running.database.reading() as session:
        (case_id,) = find_cases(session, "1")
        return as_text(story(session, case_id, "ru", {}))


# --- looking ----------------------------------------------------------------------------------


def test_list(running: Running) -> None:
    asked(running)
    (one,) = told("list")["scenarios"]
    assert (one["name"], one["title"], one["state"], one["version"], one["by"]) == (
        "small", "Малый опрос", "active", running.version, "file",
    )  # fmt: skip
    assert one["cases"] == [{"version": running.version, "state": "active", "count": 1}]
    lines = qc("list").stdout.splitlines()
    assert lines[0] == "small  Малый опрос  [active]"
    assert lines[1] == f"    in force: {running.version[:8]} since 03.03.2026 12:00, by file"


@pytest.fixture
def unstarted(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder over a database in which no engine was ever started."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "small.yaml").write_text(SCENARIO, "utf-8")
    monkeypatch.setenv("QC_DATABASE_URL", database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(folder))
    return folder


def test_before_a_first_start_the_folder_is_taken_down(unstarted: Path, database: Database) -> None:
    (unstarted / "small.tests.yaml").write_text(TESTS, "utf-8")
    (one,) = told("list")["scenarios"]
    assert (one["name"], one["state"], one["by"]) == ("small", "active", "file")
    with database.reading() as session:
        kept = notebook.version(session, MAIN, one["version"])
    assert kept is not None
    assert not kept.names["complete"]
    library = Site(unstarted).library(MAIN)
    with database.transaction() as session:
        library.remember(session, library.active["small"], NOW)
    with database.reading() as session:
        kept = notebook.version(session, MAIN, one["version"])
    assert kept is not None
    assert kept.names["stages"] == NAMES.stages


def test_before_a_first_start_its_tests_must_hold_too(unstarted: Path, database: Database) -> None:
    """Taken down unplayed, it would be in force when the engine starts."""
    (unstarted / "small.tests.yaml").write_text(TESTS.replace("happy", "unanswered"), "utf-8")
    result = qc("list")
    assert (result.exit_code, "small.tests.yaml:6" in result.output) == (1, True), result.output
    with database.reading() as session:
        assert scenarios.of_portal(session, MAIN) == {}


def test_log_and_show(running: Running) -> None:
    first = running.version
    running.edit("Спасибо!", "Большое спасибо!")
    rows = told("log", "small")["log"]
    assert [(row["from"], row["to"], row["by"]) for row in rows] == [
        (first, running.version, "file"),
        ("", first, "file"),
    ]
    assert qc("show", "small", "--version", first[:6]).stdout.strip() == SCENARIO.strip()
    assert f"kept {first[:8]}" in qc("show", "small").stdout
    assert qc("show", "small", "--version", "zzz").exit_code == 1
    assert "did you mean 'small'" in qc("show", "smal").output


def test_diff_in_words_and_lines(running: Running) -> None:
    first = running.version
    running.edit("average_at_least: 8", "average_at_least: 9")
    running.edit("average_below: 8", "average_below: 9")
    running.edit("say: Спасибо!", "say: Большое спасибо!")
    text = qc("diff", "small", first[:8], "active").stdout
    assert "steps / ask / rules / «доволен» / when / average_at_least: 8 -> 9" in text
    assert "steps / ask / rules / «доволен» / do / say: Спасибо! -> Большое спасибо!" in text
    assert text.index("Thresholds") < text.index("Texts") < text.index("+++")
    rows = told("diff", "small", first[:8], "active")["differences"]
    assert sorted(row["what"] for row in rows) == ["text", "threshold", "threshold"]
    assert qc("diff", "small").stdout == "They are the same.\n"


# --- switching --------------------------------------------------------------------------------


def test_activate_an_older_version_and_the_file_again(running: Running) -> None:
    first = running.version
    running.edit("Спасибо!", "Большое спасибо!")
    second = running.version
    result = qc("activate", "small", "--version", first[:8], *BY, "--because", "лучше было")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"small: {first[:8]} is in force (before: {second[:8]})\n"
    running.beat()
    assert running.version == first
    entry = running.log[-1]
    assert (entry.what, entry.by, entry.reason) == ("activated", "Мария", "лучше было")
    assert qc("activate", "small", *BY).exit_code == 0
    running.beat()
    assert running.version == second


def test_activate_refuses_a_broken_file_and_failing_tests(running: Running) -> None:
    (running.folder / "small.tests.yaml").write_text(TESTS, "utf-8")
    good = qc("activate", "small", *BY)
    assert good.exit_code == 0, good.output
    changed = SCENARIO.replace("average_at_least: 8", "average_at_least: 9")
    running.path.write_text(changed, "utf-8")
    broken = qc("activate", "small", *BY)
    assert broken.exit_code == 1
    assert "no rule for an average from 8 to below 9" in broken.output
    running.path.write_text(changed.replace("average_below: 8", "average_below: 9"), "utf-8")
    failing = qc("activate", "small", *BY)
    assert failing.exit_code == 1
    assert "small.tests.yaml:6" in failing.output
    assert "1 test(s) of small do not hold" in failing.output
    before = running.row.version
    assert qc("activate", "small", *BY, "--without-tests").exit_code == 2
    assert running.row.version == before
    assert qc("activate", "small", *BY, "--without-tests", "--because", "срочно").exit_code == 0
    assert running.row.version != before
    assert (running.log[-1].reason, running.log[-1].details) == ("срочно", {"without_tests": True})
    assert " without its tests, by Мария: срочно\n" in qc("log", "small").stdout


def test_an_older_version_is_tried_by_the_tests_in_its_own_text(running: Running) -> None:
    first = running.version
    good = "tests:\n  - {name: хвалит, story: [{client: '9'}, {expect: {end: happy}}]}\n"
    running.edit("steps:\n", f"{good}steps:\n")
    second = running.version
    assert qc("activate", "small", "--version", first[:8], *BY).exit_code == 0
    assert qc("activate", "small", "--version", second[:8], *BY).exit_code == 0


def test_pause_and_resume(running: Running) -> None:
    assert qc("pause", "small", *BY, "--because", "правим тексты").exit_code == 0
    running.beat()
    running.flow.close_order(1, PHONE)
    assert told("list")["scenarios"][0]["cases"] == []
    assert qc("resume", "small", *BY).exit_code == 0
    running.beat()
    running.flow.later(minutes=1)
    asked(running)
    assert running.flow.world.texts == ["Оцените от 1 до 10"]
    assert [one.what for one in running.log] == ["activated", "paused", "resumed"]


def test_changes_need_a_name(running: Running) -> None:
    for command in ("pause", "resume", "activate", "freeze"):
        assert qc(command, "small").exit_code == 2
    assert [one.what for one in running.log] == ["activated"]


def test_of_two_portals_one_is_named(running: Running, tmp_path: Path) -> None:
    """Nobody freezes the wrong one because it stands first in config.yaml."""
    config = tmp_path / "config.yaml"
    further = FURTHER.format(folder=running.folder)
    config.write_text((ROOT / "config.yaml").read_text("utf-8") + further, "utf-8")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["scenario", *arguments, "--config", str(config)])

    refused = call("freeze", "small", *BY)
    assert (refused.exit_code, refused.stderr) == (2, "qc: portals main, astana have 'small'; say --portal\n")
    assert [one.what for one in running.log] == ["activated"]
    assert call("pause", "small", "--portal", "astana", *BY).exit_code == 0
    assert "small (main)  Малый опрос  [active]" in (listed := call("list").stdout)
    assert "small (astana)  Малый опрос  [paused]" in listed


# --- moving, stopping, taking back ------------------------------------------------------------


def test_migrate_shows_first(running: Running) -> None:
    asked(running)
    running.edit("Спасибо!", "Большое спасибо!")
    shown = qc("migrate", "small", "--to", running.version[:8])
    assert shown.exit_code == 0, repr(shown.exception) + shown.output
    assert shown.stdout.splitlines()[0] == f"small: 1 case(s) can be moved to {running.version[:8]}"
    assert told("list")["scenarios"][0]["cases"][0]["version"] != running.version
    assert qc("migrate", "small", "--to", running.version[:8], "--yes").exit_code == 2
    moved = told("migrate", "small", "--to", running.version[:8], "--yes", *BY)
    assert (moved["done"], moved["can"]) == (True, 1)
    assert told("list")["scenarios"][0]["cases"][0]["version"] == running.version
    assert "Дело переведено на другую версию сценария" in explained(running)
    assert running.log[-1].what == "migrated"


def test_freeze_lists_and_takes_back(running: Running) -> None:
    asked(running)
    says(running, "3", 5001)
    document = told("freeze", "small", *BY, "--because", "не те люди")
    assert document["did"] == {"moves": 1, "messages": 1, "fields": 1, "tasks": 1, "deals": 1}
    (one,) = document["cases"]
    assert (one["deal_id"], len(one["deeds"])) == (1, 5)
    planned = told("freeze", "small", "--undo", *BY)
    assert (planned["begun"], planned["undo"]["done"], planned["undo"]["planned"]) == (False, False, 0)
    assert (planned["undo"]["moves"], planned["undo"]["tasks"]) == (1, 1)
    done = told("freeze", "small", "--undo", "--yes", *BY)
    assert done["undo"]["planned"] == 2
    running.flow.settle()
    assert running.flow.world.ledger[-1].effect.untouched is True  # type: ignore[union-attr]
    text = qc("freeze", "small", "--undo", *BY).stdout
    assert "messages that were sent cannot be called back" in text or "вернуть нельзя" in text
    assert "Сделанное в CRM отменено. Кто: Мария" in explained(running)


def test_thaw_lists_first(running: Running) -> None:
    running.flow.close_order(1, PHONE)
    assert qc("freeze", "small", *BY).exit_code == 0
    running.flow.later(hours=2)
    shown = told("thaw", "small")
    assert (shown["thawed"], shown["state"], shown["held"]["timers"]) == (False, "frozen", 1)
    assert qc("pause", "small", *BY).exit_code == 1
    gone_on = told("thaw", "small", "--yes", *BY)
    assert (gone_on["thawed"], gone_on["state"]) == (True, "active")
    running.flow.settle()
    assert running.flow.world.texts == ["Оцените от 1 до 10"]


def test_a_paused_scenario_is_paused_again_after_the_freeze(running: Running) -> None:
    assert qc("pause", "small", *BY).exit_code == 0
    assert qc("freeze", "small", *BY).exit_code == 0
    assert told("thaw", "small", "--yes", *BY)["state"] == "paused"


@pytest.mark.parametrize("since", ["24h", "30 min", "2 days", "90m", "1w"])
def test_spans(running: Running, since: str) -> None:
    assert qc("freeze", "small", "--since", since, *BY).exit_code == 0


def test_every_command_helps_with_an_example() -> None:
    for command in (
        "list",
        "show",
        "diff",
        "activate",
        "pause",
        "resume",
        "migrate",
        "freeze",
        "thaw",
        "log",
    ):
        result = CliRunner().invoke(app, ["scenario", command, "--help"])
        assert result.exit_code == 0
        assert "Example" in result.stdout

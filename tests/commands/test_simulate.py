"""qc simulate as a person calls it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.bitrix24.names.directory import Directory, FieldOfPortal, Pipeline, Stage, dump
from connectors.bitrix24.names.watching import NOTE
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.commands import simulate_from
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.memory import DatabaseMemory
from qc_engine.store.tables import METADATA
from tests.disk import quick
from tests.flow.fakes import NAMES, ROOT
from tests.trying.season import START, Seasoned

TEXT = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
CONFIG = str(ROOT / "config.yaml")


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seasoned]:
    """Forty clients of a portal whose names were read."""
    path = tmp_path_factory.mktemp("simulate") / "qc.db"
    database = quick(Database(f"sqlite:///{path}"))
    schema.upgrade(database)
    memory = DatabaseMemory(database, FixedClock(START), "", "bitrix24:")
    memory.write(NOTE, dump(_directory()))
    season = Seasoned(database, 40, seed=3)
    season.live(days=25)
    yield season
    database.close()


def _directory() -> Directory:
    stages = {name: id_ for name, id_ in NAMES.stages.items() if "/ Новая" not in name}
    return Directory(
        START,
        pipelines=(Pipeline(0, "Продажи", is_default=True), Pipeline(7, "Недовольные клиенты")),
        stages=(*(Stage(id_, name, 0) for name, id_ in stages.items()), Stage("C7:NEW", "Новая жалоба", 7)),
        deal_fields=tuple(FieldOfPortal(code, name, "double") for name, code in NAMES.fields.items()),
        contact_fields=tuple(
            FieldOfPortal(code, name, "boolean") for name, code in NAMES.contact_fields.items()
        ),
    )


@pytest.fixture
def qc(season: Seasoned, monkeypatch: pytest.MonkeyPatch):
    """The command over that database, with the clock of the season."""
    monkeypatch.setenv("QC_DATABASE_URL", season.flow.database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    monkeypatch.setattr(simulate_from, "clock_of", lambda _: season.flow.clock)

    def call(file: Path | str, *more: str) -> Result:
        return CliRunner().invoke(app, ["simulate", str(file), "--against", "last-9w", *more, "-c", CONFIG])

    return call


def written(folder: Path, *swaps: tuple[str, str], name: str = "new.yaml") -> Path:
    """The shipped scenario after each swap, in a file of its own."""
    text = TEXT
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def higher(folder: Path) -> Path:
    return written(folder, ("at_least: 8", "at_least: 9"), ("below: 8", "below: 9"))


def test_the_same_file_changes_nothing(qc, tmp_path: Path) -> None:
    result = qc(written(tmp_path))
    assert result.exit_code == 0, result.output
    assert "Различий нет: у всех одно и то же (40 дел)." in result.stdout
    assert "из 40 дел, законченных той же версией, 40 и по модели кончаются так же" in result.stdout


def test_three_numbers_and_whose_road_changes(qc, tmp_path: Path) -> None:
    file = higher(tmp_path)
    document = json.loads(qc(file, "--json").stdout)
    result = qc(file, "--limit", "2")
    assert result.exit_code == 0, result.output
    differ = document["clients_whose_outcome_differs"]
    assert differ > 2
    assert f"{document['new']['messages']} сообщ" in result.stdout
    assert f"и ещё {differ - 2}; всех покажет --limit 0" in result.stdout
    assert document["new"]["tasks"] > document["old"]["tasks"]
    assert {one["new_outcome"] for one in document["people"]} == {"dissatisfied"}
    assert len(document["people"]) == differ
    assert [one["branch"] for one in document["branches"]] == ["На Абая"]
    assert f"--case {document['people'][0]['case_id']}" in result.stdout


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Чей путь меняется"), ("kk", "Кімнің жолы өзгереді"), ("en", "Whose road changes")],
)
def test_in_three_languages(qc, tmp_path: Path, language: str, words: str) -> None:
    assert words in qc(higher(tmp_path), "-l", language).stdout


def test_both_stories_of_a_case(qc, tmp_path: Path) -> None:
    file = higher(tmp_path)
    case_id = json.loads(qc(file, "--json").stdout)["people"][0]["case_id"]
    result = qc(file, "--case", case_id)
    old, new = result.stdout.split("=== СТАЛО")
    assert old.startswith("=== БЫЛО: по действующей версии")
    assert f"Дело {case_id}" in old
    assert f"Дело {case_id}" in new
    assert "✓ клиент доволен" in old
    assert "✗ клиент доволен" in new
    assert "✓ клиент недоволен" in new
    assert f"{file}:" in new
    assert "tyre_centre.yaml:" in old
    both = json.loads(qc(file, "--case", case_id, "--json").stdout)
    assert both["old"]["case"]["outcome"] != both["new"]["case"]["outcome"] == "dissatisfied"


def test_nothing_is_written(qc, season: Seasoned, tmp_path: Path) -> None:
    def everything() -> dict[str, list[tuple[object, ...]]]:
        with season.flow.database.reading() as session:
            tables = METADATA.sorted_tables
            return {one.name: [tuple(row) for row in session.execute(one.select())] for one in tables}

    before = everything()
    assert qc(higher(tmp_path)).exit_code == 0
    assert everything() == before


def test_own_versions(qc, tmp_path: Path) -> None:
    assert "вместо версий, с которыми дела начинались" in qc(higher(tmp_path), "--own-version").stdout


# --- an export --------------------------------------------------------------------------------


def test_an_export_needs_neither_database_nor_portal(
    qc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, season = higher(tmp_path), tmp_path / "season.jsonl"
    here = json.loads(qc(file, "--json").stdout)
    result = qc(file, "--write-export", str(season))
    assert f"{season}: 40 дел, 40 клиентов" in result.stdout
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere.db")
    arguments = ["simulate", str(file), "--export", str(season), "-c", str(tmp_path / "none.yaml")]
    there = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert there["outcomes"] == here["outcomes"]
    assert [one["case_id"] for one in there["people"]] == [one["case_id"] for one in here["people"]]
    assert not (tmp_path / "nowhere.db").exists()
    refused = CliRunner().invoke(app, [*arguments, "--since", "2026-03-01"])
    assert refused.exit_code == 2


# --- what can be wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("swaps", "where"),
    [
        (
            [("scenario: tyre_centre", "scenario: tyre_center")],
            ":3:11: unknown scenario 'tyre_center'; did you",
        ),
        ([("go_to: unhappy", "go_to: unhapy")], ": go_to: unknown step 'unhapy'; did you mean 'unhappy'?"),
        ([("move_deal: Оценка качества", "move_deal: Оценка качевства")], "did you mean 'Оценка качества'?"),
    ],
)
def test_faults_in_the_file_are_told_as_check_tells_them(
    qc, tmp_path: Path, swaps: list[tuple[str, str]], where: str
) -> None:
    file = written(tmp_path, *swaps)
    result = qc(file)
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith(f"{file}:")]
    assert lines, result.output
    assert any(where in line for line in lines)


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--branch", "На Абаи"], 2, "unknown branch 'На Абаи'; did you mean 'На Абая'?"),
        (["--since", "tomorrow"], 2, "'tomorrow' is no date"),
        (["--against", "30 days"], 2, "write last-30d"),
        (["--portal", "almaty"], 2, "unknown portal 'almaty'"),
        (["--case", "NOBODY"], 1, "no case NOBODY of tyre_centre in this span"),
        (["--export", "nowhere.jsonl", "--against", "last-30d"], 3, "nowhere.jsonl: No such file"),
    ],
)
def test_wrong_use(qc, tmp_path: Path, more: list[str], code: int, told: str) -> None:
    result = qc(written(tmp_path), *more)
    assert result.exit_code == code, result.output
    assert told in result.stderr


def test_a_file_that_is_not_there(qc, tmp_path: Path) -> None:
    result = qc(tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert f"{tmp_path}/none.yaml:1:1: cannot be opened" in result.stderr


def test_days_without_a_case_tell_where_there_are_some(qc, tmp_path: Path) -> None:
    result = qc(written(tmp_path), "--since", "2025-01-01", "--until", "2025-12-31")
    assert result.exit_code == 1
    assert "Дел сценария tyre_centre, начатых с 01.01.2025 00:00 по 01.01.2026 00:00, нет" in result.stdout
    assert "Попробуйте: --since 2026-03-03" in result.stdout
    document = json.loads(
        qc(written(tmp_path), "--since", "2025-01-01", "--until", "2025-12-31", "--json").stdout
    )
    assert document["cases"] == 0


def test_without_a_database_there_is_no_past(qc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere.db")
    result = qc(written(tmp_path))
    assert result.exit_code == 3
    assert "there is no database at" in result.stderr
    assert not (tmp_path / "nowhere.db").exists()


def test_a_branch_alone(qc, tmp_path: Path) -> None:
    document = json.loads(qc(higher(tmp_path), "--branch", "На Абая", "--json").stdout)
    assert document["cases"] == 40


def test_progress_goes_to_stderr(qc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qc_engine.commands.simulate.EVERY", 10)
    result = qc(written(tmp_path), "--json")
    assert result.stderr.splitlines() == ["10 of 40", "20 of 40", "30 of 40", "40 of 40"]
    assert json.loads(result.stdout)["cases"] == 40

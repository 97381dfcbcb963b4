"""qc why-not as a person calls it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from tests.flow.fakes import PHONE, Flow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty


@pytest.fixture
def flow(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """The shipped config.yaml over a database of its own, and a clock that both sides share."""
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    clock = FixedClock(NOW)
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    return Flow(sqlite_database, clock)


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["why-not", *arguments, "--config", str(ROOT / "config.yaml")])


def test_the_answer_first(flow: Flow) -> None:
    flow.close_order()
    result = qc("4312")
    assert result.exit_code == 0, result.output
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith("Ещё не писали, начнём 04.03.2026 12:00: через 1 день после входа")
    assert second == "  · Дело CASE0004, сделка 4312"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "Не написали: клиента спрашивали 04.03.2026 12:00, чаще раза в 30 дней нельзя"),
        ("kk", "Жазбадық: клиенттен 04.03.2026 12:00 сұралған"),
        ("en", "Not written to: the client was asked at 04.03.2026 12:00"),
    ],
)
def test_in_three_languages(flow: Flow, language: str, words: str) -> None:
    for deal_id in (1, 2):
        flow.close_order(deal_id)
        flow.later(days=1)
    assert qc("2", "-l", language).stdout.startswith(words), qc("2", "-l", language).stdout


def test_for_machines(flow: Flow) -> None:
    flow.close_order()
    flow.clock.advance(timedelta(days=1))
    document = json.loads(qc(f"+{PHONE}", "--json").stdout)
    assert document["language"] == "ru"
    (case,) = document["cases"]
    assert (case["case_id"], case["deal_id"], case["portal"], case["state"]) == (
        "CASE0004",
        4312,
        "main",
        "waiting",
    )
    assert case["wake_at"] == "2026-03-04T07:00:00+00:00"
    assert case["gate"] == {"verdict": "open", "until": None, "code": "", "text": "писать можно"}
    assert document["answer"] == case["answer"]


def test_nobody_known_is_an_exit_code(flow: Flow) -> None:
    result = qc("999")
    assert result.exit_code == 1
    assert result.stdout.startswith("О сделке 999 CRM нам не сообщала")

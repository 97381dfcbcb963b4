"""qc invite as a person calls it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.core.channel import MAIN, Channel
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft
from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from tests.flow.fakes import PHONE, Flow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
CHANNELS = {MAIN: Channel("chat2desk", window=True), "telegram": Channel("telegram", by_phone=False)}


@pytest.fixture
def flow(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """A deal of a client who has a link to our bot; the shipped config.yaml over its database."""
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    flow = Flow(sqlite_database, FixedClock(NOW), channels=CHANNELS)
    flow.close_order()
    return flow


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["invite", *arguments, "--config", str(ROOT / "config.yaml")])


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


def test_the_link_before_and_after(flow: Flow) -> None:
    before = qc("4312").stdout
    assert before.startswith("Клиент 7701•••1234, сделка 4312:\n  · сам нам ещё не писал")
    assert "Telegram: ссылка для клиента https://telegram.example/" in before
    (link,) = json.loads(qc("4312", "--json").stdout)["links"]
    joined = ChannelJoined("555", token_of(link["link"]), NOW)
    flow.arrive(Arrival("joined", joined), source="telegram")
    flow.settle()
    after = qc(PHONE, "-l", "en").stdout
    assert "Telegram: has opened our chat" in after
    assert "the link was opened at 03.03.2026 12:00" in after


def test_who_has_written(flow: Flow) -> None:
    flow.arrive(Arrival("said", AnswerReceived(PHONE, "когда готово?", NOW, 1)), source="chat2desk")
    flow.settle()
    assert "Chat2Desk: писал 03.03.2026 12:00" in qc("4312").stdout


def test_who_has_left(flow: Flow) -> None:
    (link,) = json.loads(qc("4312", "--json").stdout)["links"]
    flow.arrive(Arrival("joined", ChannelJoined("555", token_of(link["link"]), NOW)), source="telegram")
    flow.settle()
    flow.arrive(Arrival("left", ChannelLeft("555", NOW)), source="telegram")
    flow.settle()
    assert "Telegram: остановил чат 03.03.2026 12:00, писать туда нельзя" in qc("4312").stdout


def test_nobody(flow: Flow) -> None:
    result = qc("99")
    assert (result.exit_code, result.stdout) == (1, "Нет дела с таким телефоном, сделкой или номером\n")


def test_a_code_to_scan(flow: Flow, capfd: pytest.CaptureFixture[str]) -> None:
    result = qc("4312", "--qr")
    assert result.exit_code == 0, result.output
    assert "▀" in result.stdout + capfd.readouterr().out

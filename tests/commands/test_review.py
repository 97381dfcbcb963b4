"""qc review as a person calls it: corrections and bonuses taken back, with a reason and a name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from qc_engine.store.tables import BonusRow, InboxRow
from tests.flow.fakes import Flow
from tests.flow.test_reviews import Played

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
WHY = ("--reason", "не тот клиент", "--by", "Мария")


@pytest.fixture
def flow(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """The shipped config.yaml over a database of its own, and a clock that both sides share."""
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    clock = FixedClock(NOW)
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    return Flow(sqlite_database, clock)


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(ROOT / "config.yaml")])


def test_a_correction_is_done_and_explained(flow: Flow) -> None:
    played = Played(flow)
    played.page("found")
    result = qc("review", "4312", "--outcome", "score_only", *WHY)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"case {played.row.id}: score_only; see: qc explain {played.row.id}\n"
    flow.settle()
    assert played.row.outcome == "review_score_only"
    told = qc("explain", played.row.id).stdout
    assert "Ответ об отзыве исправлен: оценка без текста. Почему: не тот клиент. Кто: Мария" in told
    assert "Бонус за отзыв отменён. Почему: не тот клиент. Кто: Мария" in told


def test_a_bonus_is_taken_back(flow: Flow) -> None:
    played = Played(flow)
    played.page("found")
    assert qc("review", played.row.id, "--take-back-bonus", *WHY).exit_code == 0
    flow.settle()
    with flow.database.reading() as session:
        row = session.exec(select(BonusRow)).one()
    assert (row.reason, row.taken_back_by, row.taken_back_at) == ("не тот клиент", "Мария", flow.clock.now())
    assert played.row.outcome == "review_confirmed"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["4312", "--outcome", "found"], 2),
        (["4312", "--outcome", "found", "--reason", "x"], 2),
        (["4312", "--outcome", "found", "--by", "x"], 2),
        (["4312", "--outcome", "found", "--reason", " ", "--by", "x"], 2),
        (["4312", *WHY], 2),
        (["4312", "--outcome", "found", "--take-back-bonus", *WHY], 2),
        (["4312", "--outcome", "fuond", *WHY], 2),
        (["999", "--outcome", "found", *WHY], 1),
    ],
)
def test_wrong_use_changes_nothing(flow: Flow, arguments: list[str], code: int) -> None:
    flow.close_order()
    assert qc("review", *arguments).exit_code == code
    with flow.database.reading() as session:
        assert session.exec(select(InboxRow).where(InboxRow.source == "command")).all() == []


def test_a_phone_with_several_cases_is_asked_about(flow: Flow) -> None:
    flow.close_order(1)
    flow.close_order(2)
    result = qc("review", "+7 701 555 12 34", "--outcome", "found", *WHY)
    assert result.exit_code == 1
    assert "several cases: CASE" in result.output

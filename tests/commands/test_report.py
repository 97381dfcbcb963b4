"""qc report week as a person calls it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.store import schema
from qc_engine.store.database import Database
from tests.conftest import NOON
from tests.flow.fakes import BRANCH, Flow
from tests.web.console.house import phone_of
from tests.web.console.test_analytics import case_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """The shipped config.yaml over a database of its own, a week after two clients were asked."""
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/qc.db")
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    database, clock = Database(f"sqlite:///{tmp_path}/qc.db"), FixedClock(NOON)
    schema.upgrade(database)
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    return Flow(database, clock)


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", "week", *arguments, "--config", str(ROOT / "config.yaml")])


def test_the_file_stands_alone(flow: Flow, tmp_path: Path) -> None:
    for deal in (1, 2):
        flow.close_order(deal, phone_of(deal))
    flow.later(days=1)
    flow.later(days=8)
    out = tmp_path / "week.html"
    result = qc("--out", str(out))
    assert (result.exit_code, result.stdout) == (0, f"{out}: written\n"), result.output
    page = out.read_text("utf-8")
    assert "Неделя 02.03.2026 – 08.03.2026" in page
    assert BRANCH.name in page
    assert not re.findall(r"<(?:script|link|img)\b", page)
    addresses = re.findall(r'href="([^"]+)"', page)
    assert addresses
    assert all(one.startswith("https://qc.example.kz/console/") for one in addresses)
    assert '">2</a>' in page


def test_another_week_in_another_language(flow: Flow, tmp_path: Path) -> None:
    out = tmp_path / "week.html"
    assert qc("--out", str(out), "--week", "2026-W06", "--language", "en").exit_code == 0
    assert "The week 02.02.2026 – 08.02.2026" in out.read_text("utf-8")


@pytest.mark.parametrize("wrong", [("--week", "last"), ("--language", "de")])
def test_what_cannot_be_meant(flow: Flow, wrong: tuple[str, str]) -> None:
    assert qc(*wrong).exit_code == 2


def test_what_a_client_wrote_is_text(flow: Flow, tmp_path: Path) -> None:
    case = case_of(1, '"><script>alert(1)</script> href="/console', NOON, 9, "")
    from qc_engine.store import cases

    with flow.database.transaction() as session:
        cases.create(session, case, "", NOON)
    flow.clock.advance(NOON - NOON)
    out = tmp_path / "week.html"
    assert qc("--out", str(out), "--week", "2026-W10").exit_code == 0
    assert "<script>" not in out.read_text("utf-8")

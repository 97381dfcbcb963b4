"""qc case start as a person calls it, beside a running engine."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.core.events import StartAsked
from qc_engine.store import codec
from qc_engine.store.database import Database
from qc_engine.store.tables import InboxRow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def database(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    monkeypatch.delenv("QC_BY", raising=False)
    monkeypatch.setattr(wiring, "clock_of", lambda _: FixedClock(NOW))
    return sqlite_database


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["case", "start", *arguments, "--config", str(ROOT / "config.yaml")])


def asked(database: Database) -> list[tuple[str, str, StartAsked]]:
    with database.reading() as session:
        rows = session.exec(select(InboxRow)).all()
        events = [(row, codec.load_event(row.kind, row.event)) for row in rows]
    return [(row.source, row.portal, event) for row, event in events if isinstance(event, StartAsked)]


def test_it_stands_in_the_inbox(database: Database) -> None:
    result = qc(
        "tyre_centre", "--deal", "4312", "--value", "why=it rained", "--value", "empty=", "--by", "Мария"
    )
    assert (result.exit_code, result.stdout.split(":")[0]) == (0, "deal 4312")
    wanted = StartAsked(
        4312, NOW, scenario="tyre_centre", by="Мария", values={"why": "it rained", "empty": ""}
    )
    assert asked(database) == [("command", "main", wanted)]


def test_each_call_is_a_request_of_its_own(database: Database) -> None:
    for _ in range(2):
        assert qc("tyre_centre", "--deal", "4312").exit_code == 0
    assert [event.by for _, _, event in asked(database)] == ["command", "command"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["tyre_center", "--deal", "1"], 1, "unknown scenario 'tyre_center'; did you mean 'tyre_centre'?"),
        (["open_invitation", "--deal", "1"], 1, "'open_invitation' begins no cases now"),
        (["tyre_centre", "--deal", "1", "--portal", "astana"], 1, "unknown portal 'astana'; known: main"),
        (["tyre_centre", "--deal", "0"], 2, ""),
        (["tyre_centre"], 2, ""),
        (["tyre_centre", "--deal", "1", "--value", "why"], 2, "write name=value"),
        (["tyre_centre", "--deal", "1", "--value", "Why=x"], 2, "write name=value"),
    ],
)
def test_what_is_refused(database: Database, arguments: list[str], code: int, says: str) -> None:
    result = qc(*arguments)
    assert (result.exit_code, says in result.stderr) == (code, True), result.output
    assert asked(database) == []

"""qc case stop, pause, resume and score, and qc client, as a person calls them beside a running engine."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.store import schema, wishes
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, ErasureRow, InboxRow
from tests.flow.fakes import PHONE, Flow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
WHY = ("--reason", "звонили", "--by", "Мария")


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flow:
    """The shipped config.yaml over a database of its own, and a clock that both sides share; one case is asked."""
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/qc.db")
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    monkeypatch.delenv("QC_BY", raising=False)
    database, clock = Database(f"sqlite:///{tmp_path}/qc.db"), FixedClock(NOW)
    schema.upgrade(database)
    monkeypatch.setattr(wiring, "clock_of", lambda _: clock)
    flow = Flow(database, clock)
    flow.close_order()
    flow.later(days=1)
    return flow


def qc(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(ROOT / "config.yaml")])


def case(flow: Flow) -> CaseRow:
    with flow.database.reading() as session:
        return session.exec(select(CaseRow)).one()


def test_paused_let_go_and_stopped(flow: Flow) -> None:
    for do, still in (("pause", True), ("resume", False)):
        result = qc("case", do, "4312", *WHY)
        assert result.exit_code == 0, result.output
        flow.settle()
        assert bool(case(flow).still_since) is still
    assert qc("case", "stop", case(flow).id, *WHY).exit_code == 0
    flow.settle()
    assert case(flow).outcome == "stopped_by_person"
    told = qc("explain", "4312").stdout
    for words in ("Дело ставят на паузу. Почему: звонили. Кто: Мария", "Паузу снимают", "Дело останавливают"):
        assert words in told, words


def test_a_paused_case_says_so(flow: Flow) -> None:
    qc("case", "pause", "4312", *WHY)
    flow.settle()
    assert "Дело на паузе" in qc("why-not", "4312").stdout


def test_scores_by_hand(flow: Flow) -> None:
    result = qc("case", "score", "4312", "--score", "quality=9", "--score", "service=8,5", *WHY)
    assert (result.exit_code, result.stdout) == (
        0, f"case {case(flow).id} gets quality 9, service 8.5; see: qc explain {case(flow).id}\n",
    )  # fmt: skip
    flow.settle()
    assert case(flow).body["scores"] == {"quality": "9", "service": "8.5"}
    told = qc("explain", "4312").stdout
    assert "Внесено вручную" in told
    assert "8,5. Кто: Мария" in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("stop", "4312"), 2),
        (("stop", "4312", "--reason", "x"), 2),
        (("pause", "9999", *WHY), 1),
        (("score", "4312", *WHY), 2),
        (("score", "4312", "--score", "quality", *WHY), 2),
        (("score", "4312", "--score", "quality=много", *WHY), 2),
        (("score", "4312", "--score", "=9", *WHY), 2),
    ],
)
def test_what_is_refused(flow: Flow, arguments: tuple[str, ...], code: int) -> None:
    result = qc("case", *arguments)
    assert result.exit_code == code, result.output
    with flow.database.reading() as session:
        assert session.exec(select(InboxRow).where(InboxRow.source == "command")).all() == []


@pytest.mark.parametrize(
    "command", [("case", one) for one in ("stop", "pause", "resume", "score")]
    + [("client", one) for one in ("show", "erase", "scrub")],
)  # fmt: skip
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert (result.exit_code, "Example" in result.output) == (0, True)


def test_a_person_is_shown_and_erased(flow: Flow) -> None:
    told = json.loads(qc("client", "show", "+7 701 555 12 34").stdout)
    assert (told["phone"], [one["deal_id"] for one in told["cases"]]) == (PHONE, [4312])
    asked = qc("client", "erase", PHONE, *WHY)
    assert (asked.exit_code, "1 case(s)" in asked.stderr, case(flow).phone) == (2, True, PHONE)
    done = qc("client", "erase", PHONE, "--yes", "--json", *WHY)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["erased"]["cases"] == 1
    assert (case(flow).phone, case(flow).outcome) == ("", "erased")
    assert qc("client", "show", PHONE).exit_code == 1
    assert qc("client", "erase", PHONE, "--yes", *WHY).exit_code == 1
    with flow.database.reading() as session:
        assert [row.by for row in session.exec(select(ErasureRow)).all()] == ["Мария"]


def test_no_phone_is_wrong_use(flow: Flow) -> None:
    told = qc("client", "show", "кто-то")
    assert (told.exit_code, "country's code, for example +7 701" in told.stderr) == (2, True)


def test_free_space_is_rewritten(flow: Flow) -> None:
    assert qc("client", "scrub").stdout == "rewritten\n"


def test_a_wish_that_was_answered_otherwise(flow: Flow) -> None:
    with flow.database.transaction() as session:
        wishes.ask(session, case(flow).id, NOW, NOW)
    told = qc("attention")
    assert (told.exit_code, "qc client answered" in told.stdout) == (1, True)
    assert qc("client", "answered", case(flow).id).exit_code == 0
    assert qc("client", "answered", case(flow).id).exit_code == 1
    assert "просит удалить" not in qc("attention").stdout

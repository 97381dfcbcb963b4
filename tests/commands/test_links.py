"""qc links and qc redirect as a person calls them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.clock import FixedClock
from qc_engine.commands import links as commands
from qc_engine.commands import redirect as serving
from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.funnel import Funnel
from qc_engine.store.links import Click
from qc_engine.store.tables import CaseRow

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    monkeypatch.setattr(wiring, "clock_of", lambda _: FixedClock(NOW))
    return sqlite_database


def run(*words: str) -> Result:
    return CliRunner().invoke(commands.app, [*words, "--config", str(ROOT / "config.yaml")])


def prepare(database: Database, case: str, at: datetime) -> None:
    with database.transaction() as session:
        session.add(CaseRow(id=case, portal="main", deal_id=int(case[1:]), scenario="s", version="v", state="active",
                            step="x", branch="Центр", body={}, created_at=at, updated_at=at))  # fmt: skip
        links.add(session, case.ljust(22, "x"), case, "yandex", "https://x.example/", at)


def test_an_empty_database_says_what_makes_a_link(database: Database) -> None:
    done = run("funnel")
    assert done.exit_code == 0
    assert "No review link has been prepared." in done.stdout
    assert "review_pages" in done.stdout
    assert "No review link has been prepared since 7 days." in run("funnel", "--since", "7 days").stdout


def test_the_table_and_its_json(database: Database) -> None:
    prepare(database, "A1", NOW - timedelta(days=8))
    prepare(database, "A2", NOW)
    with database.transaction() as session:
        links.add_clicks(session, [Click("A2".ljust(22, "x"), NOW, "person", "")])
    done = run("funnel")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "branch  platform  prepared  sent  delivered  previewed  clicked  verified",
        "Центр   yandex           2     0          0          0        1    0 (0%)",
    ]
    told = json.loads(run("funnel", "--json", "--since", "7 days").stdout)
    assert told["since"] == "2026-02-25T09:00:00+00:00"
    assert told["funnel"] == [
        {"portal": "main", "branch": "Центр", "platform": "yandex", "prepared": 1, "sent": 0, "delivered": 0,
         "previewed": 0, "clicked": 1, "verified": 0}
    ]  # fmt: skip
    assert json.loads(run("funnel", "--json", "--since", "2026-03-04").stdout)["funnel"][0]["prepared"] == 1


def test_shares_and_portals() -> None:
    rows = [
        Funnel("main", "Центр", "yandex", 10, 8, 6, 7, 4, 2),
        Funnel("astana", "", "own", 1, 0, 0, 0, 0, 0),
    ]
    assert commands.as_table(rows).splitlines() == [
        "portal  branch  platform  prepared  sent  delivered  previewed  clicked  verified",
        "main    Центр   yandex          10     8    6 (75%)          7  4 (50%)   2 (50%)",
        "astana  -       own              1     0          0          0        0         0",
    ]


@pytest.mark.parametrize("since", ["yesterday", "7", "2026-13-01"])
def test_a_since_that_nobody_understands(database: Database, since: str) -> None:
    done = run("funnel", "--since", since)
    assert done.exit_code == 2
    assert "2026-03-01" in done.stderr


@respx.mock
def test_the_pages_are_asked_now(database: Database) -> None:
    respx.route().mock(return_value=httpx.Response(200))
    done = run("check")
    assert done.exit_code == 0, done.output
    assert ": alive  https://" in done.stdout
    respx.route().mock(return_value=httpx.Response(404))
    done = run("check", "--json")
    assert done.exit_code == 1
    assert {one["wrong"] for one in json.loads(done.stdout)["pages"]} == {"HTTP 404"}


@pytest.mark.parametrize(
    ("app", "command"), [(commands.app, "funnel"), (commands.app, "check"), (serving.app, "serve")]
)
def test_every_command_has_an_example(app: object, command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"], terminal_width=200).stdout  # type: ignore[arg-type]
    assert "Example" in told
    assert f"{command}" in told.split("Example")[1]

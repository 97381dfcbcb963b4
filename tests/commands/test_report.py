"""qc report week as a person calls it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.clock import FixedClock
from qc_engine.store import cases, holding, schema
from qc_engine.store.database import Database
from qc_engine.wiring.installation import stand_ins
from tests.conftest import NOON
from tests.connectors.mail.server import HANG_UP, MailServer, listening
from tests.flow.fakes import BRANCH, Flow
from tests.web.console.house import phone_of
from tests.web.console.test_analytics import case_of

ROOT = Path(__file__).resolve().parents[2]
SECRETS = dict(stand_ins(ROOT / "config.yaml"))


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


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("--week", "last"), "write a week as 2026-W09"),
        (("--week", "2026-W99"), "there is no such week: those of 2026 are W01 to W53"),
        (("--week", "2025-W53"), "those of 2025 are W01 to W52"),
        (("--week", "2026-W00"), "there is no such week"),
        (("--week", "0001-W01"), "write a week as 2026-W09"),
        (("--week", "2026-W10"), "not over yet; the last whole one is 2026-W09"),
        (("--week", "2030-W01"), "not over yet"),
        (("--language", "de"), "ru, kk or en"),
        (("--again",), "go with --mail"),
        (("--yes",), "go with --mail"),
        (("--arrived",), "go with --mail"),
    ],
)
def test_what_cannot_be_meant(flow: Flow, tmp_path: Path, wrong: tuple[str, ...], why: str) -> None:
    out = tmp_path / "week.html"
    result = qc("--out", str(out), *wrong)
    assert (result.exit_code, why in result.stderr, out.exists()) == (2, True, False), result.output


def test_a_file_that_cannot_be_written(flow: Flow, tmp_path: Path) -> None:
    result = qc("--out", str(tmp_path / "nowhere" / "week.html"))
    assert (result.exit_code, "name another file with --out" in result.stderr) == (3, True)


def test_what_a_client_wrote_is_text(flow: Flow, tmp_path: Path) -> None:
    case = case_of(1, '"><script>alert(1)</script> href="/console', NOON, 9, "")
    with flow.database.transaction() as session:
        cases.create(session, case, "", NOON)
    flow.later(days=7)
    out = tmp_path / "week.html"
    assert qc("--out", str(out), "--week", "2026-W10").exit_code == 0
    assert "<script>" not in out.read_text("utf-8")


# --- by mail ----------------------------------------------------------------------------------

OWNER, DEPUTY = "owner@company.kz", "deputy@company.kz"


@pytest.fixture
def server(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with listening(MailServer()) as one:
        mail = {"host": "127.0.0.1", "port": str(one.port), "security": "none", "sender": "qc@company.kz"}
        given = {"QC_MAIL": json.dumps(mail), "QC_WEEKLY_REPORT__TO": json.dumps([OWNER, DEPUTY]), **SECRETS}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield one


def test_sent_to_whom_it_was_confirmed(flow: Flow, server: MailServer) -> None:
    def by_mail(*more: str, answer: str = "") -> Result:
        arguments = ["report", "week", "--mail", *more, "--config", str(ROOT / "config.yaml")]
        return CliRunner().invoke(app, arguments, input=answer)

    declined = by_mail(answer="n\n")
    assert f"Send the report of 2026-W09 to 2: {OWNER}, {DEPUTY}?" in declined.output
    assert (declined.exit_code, server.taken) == (1, [])
    server.says["."] = HANG_UP
    lost = by_mail(answer="y\n")
    assert (lost.exit_code, f"{OWNER}: may have it" in lost.stdout, len(server.taken)) == (1, True, 2)
    del server.says["."]
    (asked,) = told_of_mail()
    assert (OWNER in asked, "--arrived" in asked) == (True, True)
    nobody = by_mail("--yes")
    assert (nobody.exit_code, "nobody is left to send it to" in nobody.stdout) == (0, True)
    again = by_mail("--again", "--yes", "--language", "en")
    assert (again.exit_code, again.stdout.count(": sent")) == (0, 2), again.output
    assert server.letters[-1]["Subject"].startswith("The report of the week")
    assert (len(server.taken), told_of_mail()) == (4, [])
    server.says["RCPT"] = "450 busy"
    old = by_mail("--yes", "--week", "2026-W05")
    assert (old.exit_code, old.stdout.count("An old week is not tried again by itself")) == (1, 2), old.output
    assert told_of_mail() == [], "the letters that leave by themselves are not touched by it"
    assert "2026-W05, an old week, tried once to 2" in by_mail("--week", "2026-W05", answer="n\n").output


def told_of_mail() -> list[str]:
    """What `qc attention` says of it."""
    told = CliRunner().invoke(app, ["attention", "--json", "--config", str(ROOT / "config.yaml")])
    alarms = json.loads(told.stdout)["alarms"]
    return [one["text"] + one["if_nothing"] for one in alarms if one["key"] == "mail:weekly"]


def test_a_person_says_that_it_arrived(flow: Flow, server: MailServer) -> None:
    assert "of nobody was it uncertain" in qc("--mail", "--arrived").stdout
    server.says["."] = HANG_UP
    assert qc("--mail", "--yes").exit_code == 1
    noted = qc("--mail", "--arrived")
    assert (noted.exit_code, noted.stdout.splitlines()[-1]) == (0, f"noted: {OWNER}, {DEPUTY}")
    assert (len(server.taken), told_of_mail()) == (2, [])


def test_a_command_reaches_the_people_and_the_alarm(flow: Flow, server: MailServer) -> None:
    server.says["RCPT"] = "550 no such user"
    refused = qc("--mail", "--yes")
    assert (refused.exit_code, "550 no such user" in refused.stdout, "qc doctor" in refused.stderr) == (
        1,
        True,
        True,
    )
    assert [OWNER in one for one in told_of_mail()] == [True]
    del server.says["RCPT"]
    assert qc("--mail", "--yes").exit_code == 0
    assert told_of_mail() == []


def test_nobody_is_named(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    result = qc("--mail")
    assert (result.exit_code, "write weekly_report" in result.stderr) == (1, True)


def test_nothing_leaves_after_a_restore(flow: Flow, server: MailServer) -> None:
    with flow.database.transaction() as session:
        holding.hold(session, NOON, NOON)
    result = qc("--mail", "--yes")
    assert (result.exit_code, "qc release" in result.stderr, server.taken) == (1, True, [])

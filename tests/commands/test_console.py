"""qc console: who may come in. Links are printed for whoever is to have them, and nobody knows a password."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from qc_engine.__main__ import app
from qc_engine.clock import SystemClock
from qc_engine.store import two_steps, users
from qc_engine.store.console_tables import AuditRow, TwoStepRow, UserRow
from qc_engine.store.database import Database
from qc_engine.telling.console import first_owner
from qc_engine.wiring import Installation, read_installation

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "Шинный центр на Абая"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = (ROOT / "config.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("database_url:", "public_url:"))]
    head = f"database_url: sqlite:///{tmp_path}/qc.db\npublic_url: https://qc.example/"
    (tmp_path / "config.yaml").write_text("\n".join([head, *lines]), "utf-8")
    return tmp_path / "config.yaml"


def qc(config: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["console", *arguments, "--config", str(config)])
    return result.exit_code, result.stdout, result.stderr


def invited(config: Path, *more: str) -> dict[str, object]:
    code, told, _ = qc(config, "invite", *more, "--json")
    assert code == 0
    found: dict[str, object] = json.loads(told)
    return found


@pytest.fixture
def settings(config: Path) -> Installation:
    return read_installation(config, with_secrets=False)


def test_an_invitation_is_one_line_on_stdout(config: Path) -> None:
    code, link, note = qc(config, "invite", "--role", "owner", "--name", "Анна")
    assert code == 0
    assert link.startswith("https://qc.example/console/enter/")
    assert len(link.strip().rpartition("/")[2]) == 22
    assert "works once, for 24 hours" in note


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--role", "head", "--name", "Анна"], "belongs to a branch"),
        (["--role", "owner", "--name", "Анна", "--branch", BRANCH], "sees every branch"),
        (["--role", "head", "--name", "Анна", "--branch", "Нигде"], "no such branch"),
        (["--role", "owner", "--name", "  "], "needs a name"),
    ],
)
def test_what_makes_no_sense_changes_nothing(config: Path, options: list[str], why: str) -> None:
    code, told, note = qc(config, "invite", *options)
    assert (code, told, why in note) == (1, "", True)
    assert qc(config, "users")[1].startswith("Nobody yet")


def test_a_list_of_everybody(config: Path, settings: Installation) -> None:
    branch = settings.branches[0].name
    invited(config, "--role", "head", "--name", "Анна", "--branch", branch)
    second = invited(config, "--role", "observer", "--name", "Борис")
    assert qc(config, "close", str(second["user"])[:8])[0] == 0
    told = json.loads(qc(config, "users", "--json")[1])["users"]
    assert [(one["name"], one["role"], one["branches"], one["state"]) for one in told] == [
        ("Анна", "head", [f"main/{branch}"], "invited"),
        ("Борис", "observer", None, "closed"),
    ]
    assert "every branch" in qc(config, "users")[1]
    code, _, note = qc(config, "link", str(second["user"])[:8])
    assert (code, "is nobody" in note) == (1, True), "whoever is shut out gets no link"


def test_a_newer_link_replaces_the_older_one(config: Path, settings: Installation) -> None:
    first = invited(config, "--role", "owner", "--name", "Анна")
    code, link, _ = qc(config, "link", str(first["user"])[:8])
    assert code == 0
    database, now = Database(settings.database_url), SystemClock().now()
    with database.reading() as session:
        tokens = [str(one).strip().rpartition("/")[2] for one in (first["link"], link)]
        assert [users.of_link(session, token, now) is not None for token in tokens] == [False, True]
        kept = "\n".join(map(repr, session.exec(select(AuditRow)).all()))
    assert [token in kept for token in tokens] == [False, False]
    database.close()


def test_roles_change_doors_shut_and_open(config: Path, settings: Installation) -> None:
    first = invited(config, "--role", "owner", "--name", "Анна")
    boris = str(invited(config, "--role", "observer", "--name", "Борис")["user"])[:8]
    branch = settings.branches[0].name
    for arguments, code, says in (
        (("role", boris, "--role", "manager", "--branch", branch), 0, "Борис: manager"),
        (("role", boris, "--role", "manager"), 1, "belongs to a branch"),
        (("role", boris, "--role", "manager", "--branch", "Нигде"), 1, "no such branch"),
        (("sign-out", boris), 0, "signed out everywhere"),
        (("forget-two-steps", boris), 1, "has no second step"),
        (("open", boris), 1, "is nobody"),
        (("close", boris), 0, "Борис: closed"),
        (("open", boris), 0, "may come in again"),
        (("close", str(first["user"])[:8]), 1, "the last owner"),
        (("role", str(first["user"])[:8], "--role", "admin"), 1, "the last owner"),
    ):
        found, told, note = qc(config, *arguments)
        assert (found, says in told + note) == (code, True), arguments
    rows = {one["name"]: one for one in json.loads(qc(config, "users", "--json")[1])["users"]}
    assert (rows["Борис"]["role"], rows["Борис"]["branches"]) == ("manager", [f"main/{branch}"])
    assert (rows["Анна"]["state"], rows["Борис"]["state"], rows["Анна"]["seen_at"]) == (
        "invited",
        "lapsed",
        None,
    )


def test_whoever_lost_the_phone_comes_in_by_the_password(config: Path, settings: Installation) -> None:
    user = str(invited(config, "--role", "owner", "--name", "Анна")["user"])
    database = Database(settings.database_url)
    with database.transaction() as session:
        now = SystemClock().now()
        two_steps.begin(session, user, "sealed", now)
        session.get_one(TwoStepRow, user).confirmed_at = now
    assert qc(config, "forget-two-steps", user[:8])[0] == 0
    with database.reading() as session:
        assert two_steps.get(session, user) is None
        last = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc())).first()
        assert last is not None
        assert (last.name, last.action, last.thing) == ("qc console", "two_steps.reset", f"user:{user}")
    database.close()


# --- the very first one -----------------------------------------------------------------------


def test_the_first_start_shows_a_link_once(database: Database, settings: Installation) -> None:
    now = SystemClock().now()
    link = first_owner(database, settings, now)
    assert link.startswith("https://qc.example/console/enter/")
    assert first_owner(database, settings, now + timedelta(hours=23)) == "", "it was told"
    later = now + timedelta(hours=25)
    again = first_owner(database, settings, later)
    assert again not in ("", link), "nobody came in meanwhile"
    with database.reading() as session:
        (owner,) = session.exec(select(UserRow)).all()
        assert (owner.name, owner.role, owner.branches) == ("Владелец", "owner", None)
    with database.transaction() as session:
        users.set_password(session, session.get_one(UserRow, owner.id), "owner", "kept")
    assert first_owner(database, settings, later + timedelta(days=9)) == "", "somebody can come in"

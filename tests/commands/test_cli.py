"""The commands as a person calls them: what they print, and with which code they end."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.lock import FileLock
from sandbox.demo.processes import free_port
from tests.whole.ready import Told, told

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "QC_BITRIX24__WEBHOOK_URL": "http://127.0.0.1:9/rest/1/canarycanary/",
    "QC_CHAT2DESK__TOKEN": "canarycanary",
    "QC_CHAT2DESK__WEBHOOK_SECRET": "canarycanarycanarycanary",
}


def qc(*words: str, config: Path | None = None, secrets: Mapping[str, str] = SECRETS) -> Told:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QC_")}
    more = ("--config", str(config)) if config else ()
    return told([*words, *more], environment | secrets)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped config.yaml, over a database of its own."""
    text = (ROOT / "config.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("database_url:", "port:"))]
    path = tmp_path / "config.yaml"
    path.write_text(
        f"database_url: sqlite:///{tmp_path}/qc.db\nport: {free_port()}\n" + "\n".join(lines), "utf-8"
    )
    return path


@pytest.mark.parametrize(
    "command", ["run", "check", "doctor", "explain", "attention", "resolve", "replay", "schemas"]
)
def test_every_command_helps_with_an_example(command: str) -> None:
    result = qc(command, "--help")
    assert result.code == 0
    assert "Example" in result.out


def test_check_of_the_shipped_files() -> None:
    result = qc("check", "--json", secrets={})
    document = json.loads(result.out)
    told, tests = document.pop("platform_rules"), document.pop("tests")
    assert (result.code, document) == (
        0,
        {"ok": True, "problems": [], "warnings": [], "names_read_at": {"main": None}},
    )
    assert {one["scenario"] for one in told} == {"tyre_centre"}
    assert {one["scenario"] for one in tests if one["passed"]} == {"tyre_centre", "open_invitation"}


def test_check_tells_all_faults_at_once_with_their_places(config: Path) -> None:
    config.write_text(
        config.read_text("utf-8").replace("Asia/Almaty", "Asia/Almatty", 1) + "\nportt: 1\n", "utf-8"
    )
    result = qc("check", config=config)
    assert result.code == 1
    assert result.err.count(f"{config}:") == 2
    assert "did you mean 'port'" in result.err
    assert "2 fault(s)" in result.err


def test_run_without_secrets_names_the_variables_and_starts_nothing(config: Path, tmp_path: Path) -> None:
    result = qc("run", config=config, secrets={})
    assert result.code == 1
    assert "webhook_url" in result.err
    assert not (tmp_path / "qc.db").exists()


def test_run_refuses_a_second_engine_on_one_file(config: Path, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "qc.db.lock")
    lock.take()
    result = qc("run", config=config)
    lock.free()
    assert result.code == 3
    assert "already works on" in result.err
    assert "Traceback" not in result.err


def test_run_refuses_a_newer_database(config: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    schema.upgrade(database)
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    result = qc("run", config=config)
    assert result.code == 3
    assert "update the program" in result.err


def test_run_on_a_taken_port(config: Path) -> None:
    port = next(line for line in config.read_text("utf-8").splitlines() if line.startswith("port:")).split()[
        1
    ]
    with socket.create_server(("127.0.0.1", int(port))):
        result = qc("run", config=config)
    assert result.code == 3
    assert f":{port}" in result.err
    assert "Traceback" not in result.err


def test_no_secret_is_printed_by_a_mistake_in_it(config: Path) -> None:
    result = qc("check", config=config, secrets=SECRETS | {"QC_BITRIX24__WEBHOOK_URL": "ftp://canarycanary"})
    assert result.code == 1
    assert "QC_BITRIX24__WEBHOOK_URL" in result.err
    assert "canary" not in result.err + result.out


def test_doctor_says_what_to_do_when_nobody_answers(config: Path) -> None:
    result = qc("doctor", "--json", config=config)
    findings = json.loads(result.out)["findings"]
    assert result.code == 1
    assert findings[0] == {"ok": True, "what": f"База данных на месте, схема {schema.newest()}", "remedy": ""}
    assert all(one["remedy"] for one in findings if not one["ok"])
    assert "canary" not in result.out + result.err


def test_the_database_up_down_and_checked(config: Path) -> None:
    assert "empty -> " in qc("db", "upgrade", config=config).out
    assert qc("db", "check", config=config).code == 0
    assert "nothing" in qc("db", "downgrade", "base", "--yes", config=config).out
    refused = qc("db", "check", config=config)
    assert (refused.code, "qc db upgrade" in refused.err) == (3, True)


def test_nothing_known_and_nothing_to_do(config: Path) -> None:
    qc("db", "upgrade", config=config)
    unknown = qc("explain", "4312", config=config, secrets={})  # it speaks with nobody outside
    assert (unknown.code, "no case, deal or phone" in unknown.err) == (1, True)
    assert qc("attention", config=config).code == 0
    assert qc("resolve", "7", "drop", config=config).code == 1
    assert qc("replay", "7", config=config).code == 1

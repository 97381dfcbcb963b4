"""The commands as a person calls them: what they print, and with which code they end."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.lock import FileLock

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "QC_BITRIX24__WEBHOOK_URL": "http://127.0.0.1:9/rest/1/canarycanary/",
    "QC_CHAT2DESK__TOKEN": "canarycanary",
    "QC_CHAT2DESK__WEBHOOK_SECRET": "canarycanarycanarycanary",
}


def qc(*arguments: str, config: Path | None = None, secrets: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QC_")}
    environment |= SECRETS if secrets else {}
    more = ("--config", str(config)) if config else ()
    return subprocess.run(
        [sys.executable, "-m", "qc_engine", *arguments, *more],
        capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60, check=False,
    )  # fmt: skip


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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@pytest.mark.parametrize(
    "command", ["run", "check", "doctor", "explain", "attention", "resolve", "replay", "schemas"]
)
def test_every_command_helps_with_an_example(command: str) -> None:
    result = qc(command, "--help")
    assert result.returncode == 0
    assert "Example" in result.stdout


def test_check_of_the_shipped_files() -> None:
    result = qc("check", "--json", secrets=False)
    document = json.loads(result.stdout)
    told, tests = document.pop("platform_rules"), document.pop("tests")
    assert (result.returncode, document) == (
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
    assert result.returncode == 1
    assert result.stderr.count(f"{config}:") == 2
    assert "did you mean 'port'" in result.stderr
    assert "2 fault(s)" in result.stderr


def test_run_without_secrets_names_the_variables_and_starts_nothing(config: Path, tmp_path: Path) -> None:
    result = qc("run", config=config, secrets=False)
    assert result.returncode == 1
    assert "webhook_url" in result.stderr
    assert not (tmp_path / "qc.db").exists()


def test_run_refuses_a_second_engine_on_one_file(config: Path, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "qc.db.lock")
    lock.take()
    result = qc("run", config=config)
    lock.free()
    assert result.returncode == 3
    assert "already works on" in result.stderr
    assert "Traceback" not in result.stderr


def test_run_refuses_a_newer_database(config: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    schema.upgrade(database)
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    result = qc("run", config=config)
    assert result.returncode == 3
    assert "update the program" in result.stderr


def test_run_on_a_taken_port(config: Path) -> None:
    port = next(line for line in config.read_text("utf-8").splitlines() if line.startswith("port:")).split()[
        1
    ]
    with socket.create_server(("127.0.0.1", int(port))):
        result = qc("run", config=config)
    assert result.returncode == 3
    assert f":{port}" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_secret_is_printed_by_a_mistake_in_it(config: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "qc_engine", "check", "--config", str(config)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        env=os.environ | SECRETS | {"QC_BITRIX24__WEBHOOK_URL": "ftp://canarycanary"},
    )  # fmt: skip
    assert result.returncode == 1
    assert "QC_BITRIX24__WEBHOOK_URL" in result.stderr
    assert "canary" not in result.stderr + result.stdout


def test_doctor_says_what_to_do_when_nobody_answers(config: Path) -> None:
    result = qc("doctor", "--json", config=config)
    findings = json.loads(result.stdout)["findings"]
    assert result.returncode == 1
    assert findings[0] == {"ok": True, "what": f"База данных на месте, схема {schema.newest()}", "remedy": ""}
    assert all(one["remedy"] for one in findings if not one["ok"])
    assert "canary" not in result.stdout + result.stderr


def test_the_database_up_down_and_checked(config: Path) -> None:
    assert "empty -> " in qc("db", "upgrade", config=config).stdout
    assert qc("db", "check", config=config).returncode == 0
    assert "nothing" in qc("db", "downgrade", "base", "--yes", config=config).stdout
    refused = qc("db", "check", config=config)
    assert (refused.returncode, "qc db upgrade" in refused.stderr) == (3, True)


def test_nothing_known_and_nothing_to_do(config: Path) -> None:
    qc("db", "upgrade", config=config)
    unknown = qc("explain", "4312", config=config, secrets=False)  # it speaks with nobody outside
    assert (unknown.returncode, "no case, deal or phone" in unknown.stderr) == (1, True)
    assert qc("attention", config=config).returncode == 0
    assert qc("resolve", "7", "drop", config=config).returncode == 1
    assert qc("replay", "7", config=config).returncode == 1

"""The files of deploy/ say nothing of their own: commands, ports, paths and names are those of the code."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from qc_engine.__main__ import app
from qc_engine.wiring.installation import Installation, read_installation

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8"))
KUBERNETES: list[dict[str, Any]] = list(
    YAML(typ="safe").load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))
)
OURS = ("worker", "web", "redirect")
WEB, LINKS = "8080", "8081"


@pytest.fixture
def settings() -> Installation:
    return read_installation(ROOT / "config.yaml", with_secrets=False)


def containers() -> Iterator[dict[str, Any]]:
    for one in KUBERNETES:
        if one["kind"] == "Deployment":
            yield from one["spec"]["template"]["spec"]["containers"]


def commands() -> dict[str, list[str]]:
    found = {f"compose {name}": COMPOSE["services"][name]["command"] for name in OURS}
    found |= {f"kubernetes {one['name']}": one["args"] for one in containers()}
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
        program, *words = shlex.split(line)
        assert program.endswith("/.venv/bin/qc-engine")
        found[unit.stem] = words
    return found


@pytest.mark.parametrize("where", sorted(commands()))
def test_every_command_is_one_of_ours(where: str) -> None:
    words = commands()[where]
    options = [word for word in words if word.startswith("--")]
    told = CliRunner().invoke(app, [*_path(words), "--help"])
    assert told.exit_code == 0, told.output
    assert all(option in told.output for option in options)
    if "--role" in words:
        assert words[words.index("--role") + 1] in ("worker", "web")


def _path(words: list[str]) -> list[str]:
    """'redirect serve' of 'redirect serve --port 8081'."""
    end = next((number for number, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:end]


def test_three_roles_are_started_everywhere() -> None:
    started = {" ".join(_path(words)) + ("" if "--role" not in words else " " + words[words.index("--role") + 1])
               for words in commands().values()}  # fmt: skip
    assert started == {"run worker", "run web", "redirect serve"}
    assert len(commands()) == 3 * len(OURS)


def test_ports(settings: Installation) -> None:
    assert str(settings.port) == WEB
    caddy = (DEPLOY / "Caddyfile").read_text("utf-8")
    assert dict(re.findall(r"(web|redirect):(\d+)", caddy)) == {"web": WEB, "redirect": LINKS}
    assert "reverse_proxy /r/* redirect" in caddy
    exposed = re.search(r"^EXPOSE (.+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert exposed
    assert exposed[1].split() == [WEB, LINKS]
    for name, words in commands().items():
        assert "--port" not in words or words[words.index("--port") + 1] == LINKS, name
    for one in containers():
        ports = [str(port["containerPort"]) for port in one.get("ports", ())]
        assert ports == {"worker": [], "web": [WEB], "redirect": [LINKS]}[one["name"]]


def test_what_is_to_be_kept_inside_is_not_passed_on() -> None:
    kept = re.search(r"Keep ([^;]+?) inside;", (ROOT / "README.md").read_text("utf-8"))
    assert kept
    caddy = (DEPLOY / "Caddyfile").read_text("utf-8")
    inside = [
        one for paths in re.findall(r"^\t@inside path (.+)$", caddy, re.MULTILINE) for one in paths.split()
    ]
    assert {one.removesuffix("/*") for one in inside} == set(re.findall(r"`(/\w+)`", kept[1])) != set()
    assert "\trespond @inside 404\n" in caddy


def test_who_asks_whether_it_is_well_asks_a_path_that_there_is() -> None:
    """The doors of the engine have both; review links alone have /healthz."""
    asked = {name: COMPOSE["services"][name]["healthcheck"]["test"][-1] for name in ("web", "redirect")}
    assert re.findall(r":(\d+)(/\w+)", asked["web"]) == [(WEB, "/readyz")]
    assert re.findall(r":(\d+)(/\w+)", asked["redirect"]) == [(LINKS, "/healthz")]
    probes = {
        one["name"]: {
            one[kind]["httpGet"]["path"] for kind in ("livenessProbe", "readinessProbe") if kind in one
        }
        for one in containers()
    }
    assert probes == {"worker": set(), "web": {"/healthz", "/readyz"}, "redirect": {"/healthz"}}


def test_one_image_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    images = {one["image"] for one in containers()} | {COMPOSE["services"][name]["image"] for name in OURS}
    assert images == {f"qc-engine:{project['version']}"}


def test_two_workers_share_the_work_and_have_time_to_end() -> None:
    worker = next(one for one in KUBERNETES if one["metadata"]["name"] == "qc-worker")
    assert worker["spec"]["replicas"] == COMPOSE["services"]["worker"]["deploy"]["replicas"] == 2
    # One after the other, and never all at once: a rolling update is what both do by themselves.
    assert "strategy" not in worker["spec"]
    assert "postgresql://" in COMPOSE["services"]["worker"]["environment"]["QC_DATABASE_URL"]
    assert (DEPLOY / "systemd" / "qc-worker@.service").exists()
    assert all("TimeoutStopSec=40" in unit.read_text("utf-8") for unit in UNITS)


def test_every_variable_is_a_setting(settings: Installation) -> None:
    """But those that only compose itself reads."""
    text = "".join(
        (DEPLOY / name).read_text("utf-8") for name in ("compose.yaml", "Dockerfile", "kubernetes.yaml")
    )
    found = set(re.findall(r"\bQC_[A-Z_0-9]+", text)) - {"QC_DB_PASSWORD", "QC_DOMAIN", "QC_CONFIG"}
    assert found
    assert {name.removeprefix("QC_").lower() for name in found} <= set(type(settings).model_fields)


def test_nobody_runs_it_as_root() -> None:
    (user,) = re.findall(r"^USER (.+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert user == "qc"
    for unit in UNITS:
        told = dict(
            re.findall(r"^(User|NoNewPrivileges|ProtectSystem)=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
        )
        assert told == {"User": "qc", "NoNewPrivileges": "yes", "ProtectSystem": "strict"}, unit.name


def test_what_is_built_is_what_is_needed() -> None:
    """The image holds the packages, and nothing that lies beside them: no secret, no history."""
    kept = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert (ROOT / ".dockerignore").read_text("utf-8").splitlines()[0] == "*"
    assert all((ROOT / name).exists() for name in kept)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert {*wheel["packages"], *wheel["force-include"], "requirements.lock"} <= set(kept)
    assert ".env" not in kept

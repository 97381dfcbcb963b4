"""The examples for Prometheus speak of figures that exist, and the pages of all of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from qc_engine.config_files.load import BadConfig
from qc_engine.flow.watching.metric_names import LABELS, MEANING
from qc_engine.wiring.installation import read_installation

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
SCRAPE: dict[str, Any] = YAML(typ="safe").load((FOLDER / "prometheus.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in YAML(typ="safe").load((FOLDER / "rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
SELECTOR = re.compile(r"\b(qc_\w+)(?:\{([^}]*)\})?")
BY = re.compile(r"\b(?:by|on) \(([^)]*)\)")
SPAN = re.compile(r"\d+[smhd]")
PAGES = [ROOT / "docs" / name for name in ("metrics.md", "metrics.ru.md")]
ROW = re.compile(r"^\| `(qc_\w+)` \| (.*?) \| .+ \|$", re.MULTILINE)

each_rule = pytest.mark.parametrize("rule", RULES, ids=[one["alert"] for one in RULES])


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_rule
def test_a_rule_asks_for_figures_that_exist(rule: dict[str, Any]) -> None:
    found = SELECTOR.findall(rule["expr"])
    assert found or 'up{job="qc-engine"}' in rule["expr"]
    for name, matchers in found:
        assert name in MEANING
        assert set(re.findall(r"(\w+) *(?:=~|!~|!=|=)", matchers)) <= set(LABELS.get(name, ()))
    known = {label for name, _ in found for label in LABELS.get(name, ())}
    by = {label.strip() for labels in BY.findall(rule["expr"]) for label in labels.split(",")}
    assert by <= known
    said = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", said)) <= by
    assert rule["expr"].count("(") == rule["expr"].count(")")


@each_rule
def test_a_rule_says_where_to_read_on(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert SPAN.fullmatch(rule.get("for", "1m"))
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / page)


def test_over_several_doors_nothing_is_added_up() -> None:
    assert not [one["alert"] for one in RULES if re.search(r"\b(sum|count|avg)\b", one["expr"])]
    assert len({one["alert"] for one in RULES}) == len(RULES)


def test_what_is_read_is_there() -> None:
    (job,) = SCRAPE["scrape_configs"]
    settings = read_installation(ROOT / "config.yaml", with_secrets=False)
    assert job["static_configs"] == [{"targets": [f"{settings.host}:{settings.port}"]}]
    assert (job["metrics_path"], job["authorization"]["type"]) == ("/metrics", "Bearer")
    assert [FOLDER / name for name in SCRAPE["rule_files"]] == [FOLDER / "rules.yml"]
    assert all(f'job="{job["job_name"]}"' in one["expr"] for one in RULES if "up{" in one["expr"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_has_every_figure(page: Path) -> None:
    rows = {name: tuple(re.findall(r"`(\w+)`", by)) for name, by in ROW.findall(page.read_text("utf-8"))}
    assert rows == {name: LABELS.get(name, ()) for name in MEANING}


def test_names_are_as_prometheus_likes_them() -> None:
    assert set(LABELS) <= set(MEANING)
    for name in MEANING:
        assert re.fullmatch(r"qc_[a-z]+(_[a-z]+)*", name)
        assert not name.endswith(
            ("_total", "_count", "_sum", "_bucket", "_info")
        )  # endings that mean other types


@pytest.mark.parametrize(("token", "wrong"), [("", False), ("x" * 16, False), ("x" * 15, True)])
def test_a_token_is_hard_to_guess(token: str, wrong: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_METRICS_TOKEN", token)
    if wrong:
        with pytest.raises(BadConfig, match="QC_METRICS_TOKEN") as refused:
            read_installation(ROOT / "config.yaml", with_secrets=False)
        assert token not in str(refused.value)
        return
    found = read_installation(ROOT / "config.yaml", with_secrets=False)
    assert found.metrics_token.get_secret_value() == token
    assert token == "" or token not in repr(found)

"""What `qc check` says of the rules of the platforms: warnings, and who has taken them upon himself."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from qc_engine.clock import FixedClock
from qc_engine.commands import platforms
from qc_engine.commands.check import Report, check, examine

ROOT = Path(__file__).resolve().parents[2]
NIGHT = datetime(2026, 3, 3, 20, 30, tzinfo=UTC)
TODAY = date(2026, 3, 4)  # there, where the engine stands: at night it is another day than in Greenwich
RULES = ["google/review-gating", "yandex/review-gating", "google/reward", "yandex/reward"]
Here = Callable[..., Path]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """The shipped files, to be changed: a config.yaml with these lines more."""
    (tmp_path / "scenarios").mkdir()
    for path in (ROOT / "scenarios").glob("*.yaml"):
        (tmp_path / "scenarios" / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QC_SCENARIOS", raising=False)
    monkeypatch.setattr(platforms, "clock_of", lambda _: FixedClock(NIGHT))

    def made(more: str = "", **replaced: str) -> Path:
        text = (ROOT / "config.yaml").read_text("utf-8")
        for old, new in replaced.items():
            text = text.replace(f"{old}:", new)
        (tmp_path / "config.yaml").write_text(f"{text}\n{more}\n", "utf-8")
        return Path("config.yaml")

    return made


def acknowledged(*rules: str, days_ago: int = 1, more: str = "") -> str:
    made = (TODAY - timedelta(days=days_ago)).isoformat()
    rows = [
        f"  - {{rule: {rule}, by: Анна Белова, reason: так решил владелец, date: {made}{more}}}"
        for rule in rules
    ]
    return "\n".join(["acknowledged:", *rows])


def row(report: Report) -> Any:
    return json.loads(json.dumps(report.document(), default=str))


def warned(capsys: pytest.CaptureFixture[str], config: Path, *, quiet: bool = False) -> str:
    """What stands on stderr; the exit code is 0, for a finding is no fault."""
    check(config, as_json=False, quiet=quiet, with_secrets=False, online=False)
    return capsys.readouterr().err


def test_both_shipped_scenarios_are_sound_and_one_begins(here: Here) -> None:
    report = examine(here(), with_secrets=False)
    assert report.problems == []
    assert report.scenarios == ["open_invitation (begins nothing)", "tyre_centre"]


def test_the_customers_scenario_is_warned_of_for_each_platform_of_the_branches(here: Here) -> None:
    document = row(examine(here(), with_secrets=False))
    assert document["ok"] is True
    assert [one["rule"] for one in document["platform_rules"]] == RULES
    first = document["platform_rules"][0]
    lines = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8").splitlines()
    assert first["file"] == "scenarios/tyre_centre.yaml"
    assert "клиент доволен" in lines[first["line"] - 1]
    assert [("доволен" in lines[one["line"] - 1]) for one in first["places"]] == [True, True]
    assert first["sources"][0]["url"].startswith("https://support.google.com/")
    assert (first["standing"], first["acknowledged"]) == ("reported", None)


def test_in_words(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    told = warned(capsys, here())
    assert told.count("scenarios/tyre_centre.yaml:") == 2
    assert "\n  google/reward, Google Карты: нельзя ничего предлагать за отзыв" in told
    assert "Как быть: " in told
    assert f"date: {TODAY.isoformat()}" in told


@pytest.mark.parametrize(
    ("language", "words"), [("en", "nothing may be offered"), ("kk", "ештеңе ұсынуға болмайды")]
)
def test_in_the_language_of_the_installation(
    here: Here, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    assert words in warned(capsys, here(language=f"language: {language} #"))


def test_another_platform_is_warned_of_too(here: Here) -> None:
    document = row(examine(here(google="2gis:"), with_secrets=False))
    assert [one["rule"] for one in document["platform_rules"]][::2] == ["2gis/review-gating", "2gis/reward"]


def test_one_line_switches_and_nothing_is_left_to_warn_of(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("scenarios/open_invitation.yaml")
    path.write_text(path.read_text("utf-8").replace("\nactive: false\n", "\nactive: true\n"), "utf-8")
    config = here()
    assert examine(config, with_secrets=False).scenarios == [
        "open_invitation",
        "tyre_centre (begins nothing)",
    ]
    assert warned(capsys, config, quiet=True) == ""


def test_what_is_acknowledged_is_one_short_line_and_quiet_says_nothing(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    config = here(acknowledged(*RULES))
    told = warned(capsys, config).splitlines()
    assert len(told) == len(RULES)
    assert all("так решил(а) Анна Белова" in one and "так решил владелец" in one for one in told)
    assert warned(capsys, config, quiet=True) == ""
    document = row(examine(config, with_secrets=False))
    assert document["platform_rules"][0]["acknowledged"]["by"] == "Анна Белова"


def test_quiet_still_tells_what_nobody_decided(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    config = here(acknowledged("yandex/reward", "google/reward"))
    quiet, loud = warned(capsys, config, quiet=True), warned(capsys, config)
    assert "Анна Белова" in loud
    assert "Анна Белова" not in quiet
    assert quiet.count("\n  ") == 2 + 2  # two rules, and the two lines of the advice


def test_an_unknown_rule_is_a_fault_at_its_place(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    config = here(acknowledged("google/rewad"))
    (fault,) = examine(config, with_secrets=False).problems
    line = config.read_text("utf-8").splitlines()[fault.line - 1]
    assert line[fault.column - 1 :].startswith("google/rewad")
    assert "did you mean 'google/reward'" in fault.message
    with pytest.raises(typer.Exit) as ended:
        check(config, as_json=False, quiet=True, with_secrets=False, online=False)
    assert ended.value.exit_code == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (acknowledged("google/reward", days_ago=400), "было в силе до"),
        (acknowledged("google/reward", more=", scenario: open_invitation"), "предупреждать больше нечего"),
    ],
)
def test_an_idle_acknowledgement_is_a_warning(here: Here, more: str, words: str) -> None:
    document = row(examine(here(more), with_secrets=False))
    assert document["ok"] is True
    (warning,) = document["warnings"]
    assert words in warning["message"]
    assert warning["file"] == "config.yaml"


@pytest.mark.parametrize("wrong", ["by: ''", "reason: да", "date: yesterday", "since: 2026-01-01"])
def test_who_and_why_and_when_cannot_be_left_out(here: Here, wrong: str) -> None:
    rows = {
        "rule": "google/reward",
        "by": "Анна Белова",
        "reason": "так решил владелец",
        "date": "2026-11-01",
    }
    rows[wrong.partition(":")[0]] = wrong.partition(": ")[2]
    more = "acknowledged:\n  - {" + ", ".join(f"{name}: {value}" for name, value in rows.items()) + "}"
    assert len(examine(here(more), with_secrets=False).problems) == 1


def test_two_scenarios_at_one_stage_are_a_warning(here: Here) -> None:
    config, path = here(), Path("scenarios/open_invitation.yaml")
    text = path.read_text("utf-8").replace("\nactive: false\ninstead_of: tyre_centre\n", "\n")
    path.write_text(text, "utf-8")
    (warning,) = row(examine(config, with_secrets=False))["warnings"]
    assert "open_invitation, tyre_centre" in warning["message"]


def test_a_text_that_lacks_a_language_is_told_and_is_no_fault(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    config, path = here(), Path("scenarios/tyre_centre.yaml")
    text = path.read_text("utf-8")
    said = "Хорошо, больше не будем писать. Всего доброго!"
    path.write_text(text.replace(f'"{said}"', f'{{ru: "{said}", kk: "Жақсы, енді жазбаймыз."}}'), "utf-8")
    assert "tyre_centre.yaml:17:11: no words in kk here, though elsewhere" in warned(capsys, config)
    document = row(examine(config, with_secrets=False))
    assert document["ok"]
    assert 17 in [one["line"] for one in document["warnings"] if "no words in kk" in one["message"]]


def test_one_branch_alone_goes_against_a_rule(here: Here) -> None:
    """The words of a parameter at that branch promise something for a review."""
    path = Path("scenarios/open_invitation.yaml")
    config, text = here(), path.read_text("utf-8").replace("active: false", "active: true")
    assert "{review_links}" in text
    path.write_text(text, "utf-8")
    rules = {one["rule"] for one in row(examine(config, with_secrets=False))["platform_rules"]}
    head = (
        "parameters:\n  more: {is: text, default: Спасибо}\n"
        "branches:\n  Шинный центр на Абая: {more: За отзыв подарим скидку}\n"
    )
    changed = text.replace("start:", head + "start:", 1).replace(
        "{review_links}", "{$more} {review_links}", 1
    )
    path.write_text(changed, "utf-8")
    report = examine(config, with_secrets=False)
    assert list(report.problems) == []
    assert {one["rule"] for one in row(report)["platform_rules"]} - rules == {
        "google/reward",
        "yandex/reward",
    }

"""The runbook speaks of alarms, words of the log and of the doctor that exist, and of every alarm that there is."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from qc_engine.explain.alarming import ANY, BROKEN, COMMANDS
from qc_engine.flow.watching.metric_names import MEANING
from qc_engine.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / name for name in ("runbook.md", "runbook.ru.md")]
LOCALE = ROOT / "qc_engine" / "explain" / "locale"
CODE = ("qc_engine", "connectors", "redirect")
SPAN = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
AFTER = "_after"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@cache
def code() -> str:
    return "\n".join(path.read_text("utf-8") for part in CODE for path in sorted((ROOT / part).rglob("*.py")))


@cache
def phrases(language: str) -> dict[str, str]:
    told: dict[str, str] = json.loads((LOCALE / f"{language}.json").read_text("utf-8"))
    return told


def alarms() -> set[str]:
    return {key for key in phrases("en") if key.startswith("alarm.") and not key.endswith(AFTER)}


def spans(page: Path) -> list[str]:
    return SPAN.findall(BLOCK.sub("", page.read_text("utf-8")))


def parts(page: Path) -> list[str]:
    return re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)[1:]


# --- both ways --------------------------------------------------------------------------------


@each_page
def test_every_alarm_has_its_place_and_no_other_is_told(page: Path) -> None:
    table, *others = parts(page)
    assert set(re.findall(r"`(alarm\.[\w.]+)`", table)) == alarms()
    # The table sends the reader to a part that speaks of this very alarm.
    assert set(re.findall(r"`(alarm\.[\w.]+)`", "\n".join(others))) == alarms()


@each_page
def test_what_the_log_says_stands_in_the_code(page: Path) -> None:
    told = {one.removeprefix("log: ") for one in spans(page) if one.startswith("log: ")}
    assert len(told) > 15
    assert sorted(one for one in told if f'"{one}"' not in code()) == []


@each_page
def test_what_the_doctor_says_stands_in_the_code(page: Path) -> None:
    told = {one.removeprefix("✗ ") for one in spans(page) if one.startswith("✗ ")}
    assert len(told) > 10
    assert sorted(one for one in told if one not in code()) == []


@each_page
def test_figures_exist(page: Path) -> None:
    told = set(re.findall(r"`(qc_\w+?)(?:\{[^`]*\})?`", page.read_text("utf-8")))
    assert len(told) > 8
    assert told <= set(MEANING)


def test_both_are_built_alike() -> None:
    def built(page: Path) -> list[str]:
        text = BLOCK.sub("", page.read_text("utf-8"))
        return re.findall(r"^(?:##|\d\.|- |\*\*(?=[А-ЯA-Z])|\|)", text, re.MULTILINE)

    def meant(page: Path) -> list[list[str]]:
        """What is the same in any language: commands, alarms, words of the log, settings."""
        return [sorted(set(SPAN.findall(BLOCK.sub("", part)))) for part in parts(page)]

    assert built(PAGES[0]) == built(PAGES[1])
    assert meant(PAGES[0]) == meant(PAGES[1])


@each_page
def test_every_part_says_how_it_shows_what_to_do_and_when_it_is_over(page: Path) -> None:
    heads = ("**Shows", "**Over:**") if page.name == "runbook.md" else ("**Видно", "**Прошло:**")
    for part in parts(page)[1:]:
        assert all(head in part for head in heads), part[:60]
        assert "\n1. " in part
        assert re.search(r"`\./qc |`curl |`openssl |`timedatectl|`df ", part), part[:60]


# --- the alarms themselves --------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alarm_says_what_to_do_next(language: str) -> None:
    """In its own words; a connection that does not work is told by `attention.broken`."""
    told = phrases(language)
    families = {key.split(".")[1] for key in alarms()} - {BROKEN}
    for family in families:
        assert "qc " in told[f"alarm.{family}{AFTER}"], family
    assert "qc " in told[f"attention.{BROKEN}{AFTER}"]
    for family in families:
        commands = COMMANDS.get(family, ANY)
        assert all(told[f"how.{how}"] and command.startswith("qc ") for how, command in commands)
    assert set(COMMANDS) <= families

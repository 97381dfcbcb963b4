"""What docs/faults.md says of every fault: it is whole, the same in both languages, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs" / "faults.md", "ru": ROOT / "docs" / "faults.ru.md"}
ROW = re.compile(r"^\| ([A-Z]-\d\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+\.py)::(test_\w+)`")
FAMILIES = {"I": 26, "O": 32, "S": 17, "T": 13, "P": 15, "C": 15, "H": 30, "X": 20}
REASONS = {
    "en": ("**In part:** ", "**Missing:** ", "**Not here:** ", "**Not tried:** "),
    "ru": ("**Частично:** ", "**Нет:** ", "**Неприменимо:** ", "**Не испытано:** "),
}
ROWS = {language: ROW.findall(page.read_text("utf-8")) for language, page in PAGES.items()}


@cache
def functions_in(path: str) -> frozenset[str]:
    file = ROOT / path
    nodes = ast.walk(ast.parse(file.read_text("utf-8"))) if file.exists() else ()
    return frozenset(one.name for one in nodes if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def reason(language: str, shown: str) -> int | None:
    """Which of the reasons is given; the words behind it are a sentence."""
    given = [place for place, word in enumerate(REASONS[language]) if word in shown]
    assert len(given) == shown.count("**") // 2 <= 1, shown
    return given[0] if given else None


@pytest.mark.parametrize("language", PAGES)
def test_every_fault_has_its_row(language: str) -> None:
    wanted = [f"{family}-{number + 1:02}" for family, many in FAMILIES.items() for number in range(many)]
    assert sorted(name for name, _, _ in ROWS[language]) == sorted(wanted)


def test_every_test_that_is_named_exists() -> None:
    named = [(path, name) for _, _, shown in ROWS["en"] for path, name in TEST.findall(shown)]
    assert [f"{path}::{name}" for path, name in named if name not in functions_in(path)] == []
    assert len(set(named)) > 200


@pytest.mark.parametrize("language", PAGES)
def test_each_is_shown_or_says_why_not(language: str) -> None:
    for name, _, shown in ROWS[language]:
        assert TEST.search(shown) or reason(language, shown) is not None, name
        assert "::" not in TEST.sub("", shown), f"{name}: a test is not written as path::name"


def test_both_languages_say_the_same() -> None:
    for (name, _, ours), (_, _, theirs) in zip(ROWS["en"], ROWS["ru"], strict=True):
        assert TEST.findall(ours) == TEST.findall(theirs), name
        assert reason("en", ours) == reason("ru", theirs), name


def test_the_page_is_found() -> None:
    assert "](faults.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")

"""What docs/security.md says of the standard is whole, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| ([\d., ]+) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+\.py)::(test_\w+)`")
# OWASP ASVS 5.0.0: how many requirements of levels 1 and 2 each section has; they come first in all of them.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
ROWS = ROW.findall(PAGE.read_text("utf-8"))


@cache
def functions_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return frozenset(one.name for one in nodes if isinstance(one, ast.FunctionDef))


def test_every_requirement_of_both_levels_has_its_row() -> None:
    told = [one for ids, _, _ in ROWS for one in ids.split(", ")]
    wanted = {f"{section}.{number + 1}" for section, count in SECTIONS.items() for number in range(count)}
    assert len(told) == len(set(told)), "one stands twice"
    assert sorted(set(told) ^ wanted) == []


@pytest.mark.parametrize(("ids", "what", "shown"), ROWS, ids=[ids.split(",")[0] for ids, _, _ in ROWS])
def test_each_is_shown_or_says_why_not(ids: str, what: str, shown: str) -> None:
    named = TEST.findall(shown)
    assert [f"{path}::{name}" for path, name in named if name not in functions_in(path)] == []
    reason = re.search(r"(?:\*\*Exception:\*\*|Does not apply:) (.{10,})", shown)
    page = re.search(r"\]\((?:\.\./)?[\w./-]*#?[\w-]*\)", shown)
    assert named or reason or page
    assert "::" not in TEST.sub("", shown), "a test is not written as path::name"


def test_the_page_is_found() -> None:
    assert "](security.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")

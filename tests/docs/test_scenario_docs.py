"""The tutorial and the cookbook do what they say: every block is carried out, and compared with what came out.

QC_WRITE_PAGES=1 writes what came out into the pages instead; read the difference before you keep it.
"""

import os
import re
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from qc_engine.scenario_files.yaml.source import plain
from qc_engine.scenario_files.yaml.strict import read_file
from tests.docs.pages import ROOT, SHIPPED, Block, Desk, alike, blocks_of, rewritten

FOLDER = ROOT / "docs" / "scenarios"
STEPS, TASKS = 10, 15
WRITE = os.environ.get("QC_WRITE_PAGES")


def language_of(page: Path) -> str:
    return "ru" if page.name.endswith(".ru.md") else "en"


TUTORIALS = [FOLDER / "tutorial.md", FOLDER / "tutorial.ru.md"]
COOKBOOKS = [FOLDER / "cookbook.md", FOLDER / "cookbook.ru.md"]
each_tutorial = pytest.mark.parametrize("page", TUTORIALS, ids=language_of)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped files without the tests of scenarios, in the current folder; no settings from outside."""
    shutil.copytree(ROOT / "scenarios" / "examples", tmp_path / "scenarios" / "examples")
    for path in [ROOT / "config.yaml", *(ROOT / "scenarios").glob("*.yaml")]:
        if path.name.endswith(".tests.yaml"):
            continue
        (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("QC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QC_SCENARIOS", "scenarios")
    return tmp_path


def follow(page: Path, blocks: list[Block]) -> None:
    """Carries the blocks out. What is changed is without faults, unless a console block shows which."""
    desk = Desk(language_of(page))
    for block in blocks:
        if desk.unjudged and block.kind not in ("console", "diff", "yaml"):
            assert desk.judge() == [], f"{page.name}:{block.line}"
        real = desk.carry_out(block)
        if WRITE and not alike(block.body, real):
            text = page.read_text(encoding="utf-8")
            page.write_text(rewritten(text, block, real), encoding="utf-8")
        elif not alike(block.body, real):
            assert block.body == real, f"{page.name}:{block.line}"
    assert not desk.unjudged or desk.judge() == [], f"{page.name}: the last change has faults"


def sections() -> Iterator[tuple[Path, list[Block]]]:
    for page in COOKBOOKS:
        if page.exists():
            for _, blocks in groupby(blocks_of(page.read_text(encoding="utf-8")), lambda one: one.section):
                yield page, list(blocks)


@each_tutorial
def test_the_tutorial_leads_to_the_shipped_scenario(page: Path, folder: Path) -> None:
    blocks = blocks_of(page.read_text(encoding="utf-8"))
    follow(page, blocks)
    made = plain(read_file(folder / "trial" / "tyre_centre.yaml").root)
    assert made == plain(read_file(ROOT / SHIPPED).root)


@pytest.mark.parametrize(
    ("page", "blocks"), [pytest.param(*one, id=f"{one[0].stem}:{one[1][0].line}") for one in sections()]
)
def test_a_task_of_the_cookbook(page: Path, blocks: list[Block], folder: Path) -> None:
    follow(page, blocks)


@each_tutorial
def test_ten_steps(page: Path) -> None:
    headings = re.findall(r"^## (\d+)\. ", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [str(number) for number in range(1, STEPS + 1)]
    by_step = groupby(blocks_of(page.read_text(encoding="utf-8")), lambda one: one.section)
    for section, blocks in by_step:
        kinds = {block.kind for block in blocks}
        assert "console" in kinds, section
        assert "text" in kinds or section.startswith(("1.", "2.")), f"what does a client see? {section}"


@pytest.mark.parametrize("page", COOKBOOKS, ids=language_of)
def test_fifteen_tasks_or_more(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^## (\d+)\. ", text, re.MULTILINE)
    assert headings == [str(number) for number in range(1, len(headings) + 1)]
    assert len({block.section for block in blocks_of(text)}) == len(headings) >= TASKS


@pytest.mark.parametrize(("english", "russian"), [TUTORIALS, COOKBOOKS], ids=["tutorial", "cookbook"])
def test_both_languages_show_the_same(english: Path, russian: Path) -> None:
    shown = [
        [
            (one.kind, one.file, one.body)
            for one in blocks_of(page.read_text(encoding="utf-8"))
            if one.kind != "text"
        ]
        for page in (english, russian)
    ]
    assert shown[0] == shown[1]
    stories = [
        [one.section[:3] for one in blocks_of(page.read_text(encoding="utf-8")) if one.kind == "text"]
        for page in (english, russian)
    ]
    assert stories[0] == stories[1]


# --- the checks themselves --------------------------------------------------------------------

PAGE = """
## 1. A change

`scenarios/tyre_centre.yaml`:

```diff
-        when: {average_at_least: 8}
+        when: {average_at_least: LIMIT}
```

```console
$ ./qc check
OUTPUT
```
"""


@pytest.mark.parametrize(
    ("limit", "output", "says"),
    [
        ("9", "scenarios/tyre_centre.yaml:52:9: no rule", "no rule for an average from 8 to below 9"),
        ("9", "...", ""),
        ("8", "...", "nothing is changed"),
        ("nine", "config.yaml: no faults", "is no number"),
    ],
)
def test_a_wrong_page_is_found_out(limit: str, output: str, says: str, folder: Path) -> None:
    page = folder / "page.md"
    page.write_text(PAGE.replace("LIMIT", limit).replace("OUTPUT", output), encoding="utf-8")
    if not says:
        follow(page, blocks_of(page.read_text(encoding="utf-8")))
        return
    with pytest.raises(AssertionError, match=says):
        follow(page, blocks_of(page.read_text(encoding="utf-8")))


def test_a_change_with_faults_must_show_them(folder: Path) -> None:
    page = folder / "page.md"
    page.write_text(PAGE.replace("LIMIT", "9").partition("```console")[0], encoding="utf-8")
    with pytest.raises(AssertionError, match="no rule for an average"):
        follow(page, blocks_of(page.read_text(encoding="utf-8")))


def test_a_story_is_played_and_not_believed(folder: Path) -> None:
    page = folder / "page.md"
    story = "Айгуль, +7 701 555 12 34, order closed 03.03 12:00\n04.03 12:00  us        Hello\n"
    page.write_text(f"## 1. A story\n\n```text\n{story}```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="visit_quality"):
        follow(page, blocks_of(page.read_text(encoding="utf-8")))

"""Texts from files below the scenarios' folder: where mistakes are, what is kept, what leads outside."""

from pathlib import Path

import pytest

from qc_engine.core.scenario import Say, Text
from qc_engine.scenario_files.load import BadScenarios, load_scenarios, load_text, version
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.including import whole_file

NAMES = Names(complete=False)
TEXT = """\
scenario: visit
title: T
include: {include}
start: {{deal_in_stage: C1:NEW, wait: 0 s, not_later_than: 1 day}}
contact: {{quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}}
{more}steps:
  one:
    do: [say: {said}, end: done]
"""
POLITE = """\
# Для всех сценариев.
language: ru
texts:
  good_day: Добрый день!
  good_bye: {text: Всего доброго!, template: bye|ru}
"""


def folder(
    tmp_path: Path, *, include: str = "[shared/polite.yaml]", more: str = "", said: str = "good_bye"
) -> Path:
    text = TEXT.format(include=include, more=more, said=said)
    (tmp_path / "visit.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def shared(tmp_path: Path, text: str = POLITE, name: str = "polite.yaml") -> None:
    (tmp_path / "shared").mkdir(exist_ok=True)
    (tmp_path / "shared" / name).write_text(text, encoding="utf-8")


def problems(tmp_path: Path) -> list[str]:
    with pytest.raises(BadScenarios) as bad:
        load_scenarios(tmp_path, NAMES)
    return [str(one).removeprefix(f"{tmp_path}/") for one in bad.value.problems]


def test_an_included_text_is_used_by_its_name(tmp_path: Path) -> None:
    shared(tmp_path)
    scenario = load_scenarios(folder(tmp_path), NAMES)["visit"]
    assert scenario.steps["one"].do[0] == Say(Text("Всего доброго!", "bye|ru"))


def test_what_is_kept_holds_what_was_included(tmp_path: Path) -> None:
    """A running case goes on by the very same texts when the file is another one, or gone."""
    shared(tmp_path)
    before = load_scenarios(folder(tmp_path), NAMES)["visit"]
    kept = whole_file(tmp_path / "visit.yaml").text
    assert load_text(kept, "visit@1", NAMES) == before
    assert before.version == version(kept) != version((tmp_path / "visit.yaml").read_text(encoding="utf-8"))
    shared(tmp_path, POLITE.replace("Всего доброго", "Пока"))
    after = load_scenarios(tmp_path, NAMES)["visit"]
    assert after.version != before.version
    (tmp_path / "shared" / "polite.yaml").unlink()
    assert load_text(kept, "visit@1", NAMES) == before
    assert load_text(kept.replace("\n", "\r\n"), "visit@1", NAMES) == before


def test_a_mistake_stands_in_the_file_that_has_it(tmp_path: Path) -> None:
    shared(tmp_path, POLITE.replace("Добрый день!", "'{brnch}'"))
    assert problems(folder(tmp_path)) == [
        "shared/polite.yaml:4:13: good_day: unknown variable 'brnch'; did you mean 'branch'?"
    ]
    with pytest.raises(BadScenarios, match=r"^shared/polite.yaml:4:13: good_day: unknown variable"):
        load_text(whole_file(tmp_path / "visit.yaml").text, "visit@1", NAMES)


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("texts: {a_b: 'x", ["shared/polite.yaml:1:16: a quote is opened and never closed; close it above"]),
        ("", ["shared/polite.yaml:1:1: the file is empty"]),
        ("language: ru\n", ["shared/polite.yaml:1:1: a file of texts needs 'texts': names and what belongs to each"]),
        ("include: [x/y.yaml]\ntexts: {good_bye: A}\n",
         ["shared/polite.yaml:1:1: a file of texts holds 'texts' and 'language' alone; put 'include' elsewhere"]),
        ("language: kk\ntexts: {good_bye: A}\n",
         ["shared/polite.yaml:1:11: these texts are in 'kk', the scenario's in 'ru'; write both in one"]),
        ("texts: {good_bye: A}\n---\ntexts: {b: A}\n",
         ["shared/polite.yaml:2:1: a second document begins here; one file holds one"]),
        ("--- # included: shared/other.yaml\ntexts: {good_bye: A}\n",
         ["visit.yaml:1:1: include: a line that begins with '--- # included:' is our own; delete it"]),
    ],
)  # fmt: skip
def test_a_file_of_texts_holds_texts_alone(tmp_path: Path, piece: str, expected: list[str]) -> None:
    shared(tmp_path, piece)
    found = problems(folder(tmp_path))
    assert [one for one in found if "unknown text" not in one] == expected


@pytest.mark.parametrize(
    ("include", "told"),
    [
        ("[../secret.yaml]", "leads out of the folder of scenarios"),
        ("[/etc/secret.yaml]", "leads out of the folder of scenarios"),
        ("[shared/../../secret.yaml]", "leads out of the folder of scenarios"),
        ("[shared/link.yaml]", "leads out of the folder of scenarios"),
        ("['shared\\secret.yaml']", "leads out of the folder of scenarios"),
        ("[shared/polit.yaml]", "unknown file 'shared/polit.yaml'; did you mean 'shared/polite.yaml'?"),
        (f"[shared/{'a' * 5000}.yaml]", "a path of 5012 letters is too long, at most 200"),
        ("[shared/folder.yaml]", "unknown file 'shared/folder.yaml'; did you mean 'shared/polite.yaml'?"),
        ("[polite.yaml]", "write the path of a file of texts below the folder"),
        ("[shared/polite.txt]", "write the path of a file of texts below the folder"),
        ("[{a: b}]", "write the path of a file of texts below the folder"),
        ("[" + ", ".join(f"a/{n}.yaml" for n in range(21)) + "]", "21 files are too many; at most 20"),
    ],
)
def test_no_path_leads_outside(tmp_path: Path, include: str, told: str) -> None:
    shared(tmp_path)
    (tmp_path.parent / "secret.yaml").write_text(POLITE, encoding="utf-8")
    (tmp_path / "shared" / "folder.yaml").mkdir()
    (tmp_path / "shared" / "link.yaml").symlink_to(tmp_path.parent / "secret.yaml")
    found = problems(folder(tmp_path, include=include, said="Hi"))
    assert any(one.startswith("visit.yaml:3:") and told in one for one in found)


def test_a_name_stands_for_one_text(tmp_path: Path) -> None:
    shared(tmp_path)
    shared(tmp_path, "texts: {good_day: Привет!}\n", "more.yaml")
    folder(tmp_path, include="[shared/polite.yaml, shared/more.yaml]", more="texts:\n  good_bye: Пока\n")
    assert problems(tmp_path) == [
        f"shared/more.yaml:1:9: text 'good_day' stands in {tmp_path}/shared/polite.yaml:4 too; give one another name",
        f"visit.yaml:7:3: text 'good_bye' stands in {tmp_path}/shared/polite.yaml:5 too; give one another name",
    ]


def test_only_own_texts_must_be_used(tmp_path: Path) -> None:
    shared(tmp_path)
    folder(tmp_path, more="texts:\n  own_one: Пока\n")
    assert problems(tmp_path) == [
        "visit.yaml:7:3: text 'own_one' is used nowhere; name it in an action, or delete it"
    ]

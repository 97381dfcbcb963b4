"""The reference says all that the language knows, in both languages, with examples that load."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from qc_engine.commands.check import examine
from qc_engine.core.wording.filters import FILTERS
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.reference.__main__ import (
    FILES,
    FILTERED,
    FOLDER,
    FURTHER,
    GROUPS,
    SAMPLE,
    blocks,
    full_name,
    further,
    reference,
    texts_of,
)
from qc_engine.scenario_files.reference.examples import on_one_line, way_to
from qc_engine.scenario_files.reference.schema import scenario_schema
from qc_engine.scenario_files.trials.words import EXPECT
from qc_engine.scenario_files.words.table import VARIABLES
from qc_engine.scenario_files.yaml.source import plain
from qc_engine.scenario_files.yaml.strict import read, read_file
from tests.docs.pages import ROOT, SHIPPED

PATH = ROOT / FOLDER / SAMPLE
TEXT = PATH.read_text(encoding="utf-8")
SHARED = "shared"  # the folder of what the sample includes
STARTS = {"event", "deal_field_changed", "schedule", "by_hand"}  # a scenario has one of them
MORE_CHANNELS = """
telegram: {bot: quality_bot}
sms: {gateway: smsc, sender: ACME}
webhooks: {loyalty: {url: "https://loyalty.example/hooks/qc"}}
"""


def words() -> Iterator[str]:
    """The full name of every word."""
    for block in blocks():
        yield from (full_name(block.name, word) for word in block.fields)
    for group in GROUPS:
        for name, word in group.words.items():
            yield full_name(group.prefix, name)
            if isinstance(word.takes, Mapping):
                yield from (full_name(name, one) for one in word.takes)


@pytest.mark.parametrize("language", FILES)
def test_the_pages_are_fresh(language: str) -> None:
    shown = (ROOT / FOLDER / FILES[language]).read_text(encoding="utf-8")
    others = further(ROOT / FOLDER)
    again = "write it again: python -m qc_engine.scenario_files.reference"
    assert shown == reference(language, TEXT, read_file(PATH), others), again


def test_the_examples_are_a_scenario_without_faults_whose_tests_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("QC_")]:
        monkeypatch.delenv(name)
    (tmp_path / "scenarios").mkdir()
    for name in (SAMPLE, *FURTHER):
        shutil.copy(ROOT / FOLDER / name, tmp_path / "scenarios" / name)
    shutil.copytree(ROOT / FOLDER / SHARED, tmp_path / "scenarios" / SHARED)
    # It says 'instead_of' this one.
    (tmp_path / "scenarios" / "tyre_centre.yaml").write_bytes((ROOT / SHIPPED).read_bytes())
    config = (ROOT / "config.yaml").read_text(encoding="utf-8") + MORE_CHANNELS
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    report = examine(Path("config.yaml"), with_secrets=False)
    assert list(report.problems) == []
    assert report.tests is not None
    for name in (SAMPLE, *FURTHER):
        told = plain(read_file(ROOT / FOLDER / name).root)
        played = [one.name for one in report.tests.played if one.scenario == told["scenario"]]
        assert played == [one["name"] for one in told["tests"]]


@pytest.mark.parametrize("language", FILES)
def test_the_ways_to_start_that_stand_in_no_sample_are_read(language: str) -> None:
    shown = re.findall(r"`(start: \{.*?\})` \|", texts_of(language)["start"])
    rest = "contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}\n"
    rest += "steps: {tell: {do: [say: Hello, end: told]}}\n"
    read = [
        load_text(f"scenario: s\ntitle: T\n{one}\n{rest}", "s.yaml", Names(complete=False)) for one in shown
    ]
    assert len(read) == len(STARTS)


def test_every_word_has_its_english_description() -> None:
    english = texts_of("en")["words"]
    assert set(english) == set(words())
    assert [about for about in english.values() if not about.isascii()] == []


def test_the_schema_has_no_word_that_the_reference_lacks() -> None:
    known = {name.rpartition(".")[2] for name in words()} | {EXPECT}
    assert set(_properties(scenario_schema())) <= known


def test_every_place_is_explained_in_both_languages() -> None:
    more = {"score_NAME", "comment_NAME", "telegram_link", "max_link"}
    for language in FILES:
        assert set(texts_of(language)["places_mean"]) == set(VARIABLES) | more


def test_every_filter_is_explained_in_both_languages() -> None:
    assert set(FILTERED) == set(FILTERS)
    for language in FILES:
        assert set(texts_of(language)["filters_mean"]) == set(FILTERS)


@pytest.mark.parametrize(
    ("word", "parent"),
    [
        (name, group.parent)
        for group in GROUPS
        for name, word in group.words.items()
        if not isinstance(word.takes, Mapping)
    ],
)
def test_an_example_on_one_line_says_the_same_as_the_sample(word: str, parent: str) -> None:
    sample = read_file(PATH)
    ((_, value),) = plain(read(on_one_line(sample, word, parent), "example").root).items()
    assert value == plain(sample.find(*way_to(sample, word, parent)))


def test_every_word_stands_in_the_sample() -> None:
    roots = [plain(read_file(ROOT / FOLDER / name).root) for name in (SAMPLE, *FURTHER)]
    written = {key for root in roots for key in _keys(root)} | STARTS
    assert {name.rpartition(".")[2] for name in words()} <= written


def _keys(node: object) -> Iterator[str]:
    """Every key, and every word that stands alone."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield str(key)
            yield from _keys(value)
    elif isinstance(node, list):
        for one in node:
            yield from _keys(one)
    elif isinstance(node, str):
        yield node


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "properties":
                yield from value
                for one in value.values():
                    yield from _properties(one)
            else:
                yield from _properties(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from _properties(one)

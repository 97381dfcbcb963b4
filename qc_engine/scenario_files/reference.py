"""The reference of the scenario language, written from the tables of words that the loader goes by.

    python -m qc_engine.scenario_files.reference [FOLDER]      (docs/scenarios, if none is named)

writes reference.md and reference.ru.md. Every example is cut out of every_word.yaml in that folder, which the
tests load.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import ContactRules, Question, Rule, Scenario, Start, Step, Text
from qc_engine.scenario_files.reading import Fields
from qc_engine.scenario_files.reference_examples import lines_of, on_one_line, top_lines, way_to
from qc_engine.scenario_files.reference_values import NOTHING, called, default, in_table
from qc_engine.scenario_files.rules import RULE, STEP_FIELDS
from qc_engine.scenario_files.shape import CONTACT, QUESTION, START, TOP
from qc_engine.scenario_files.source import Keys, Source, plain
from qc_engine.scenario_files.strict_yaml import read_file
from qc_engine.scenario_files.texts import TEXT_FIELDS
from qc_engine.scenario_files.trial_reading import TRIAL
from qc_engine.scenario_files.trial_words import EXPECTATIONS, FACTS, GIVEN
from qc_engine.scenario_files.words import ACTIONS, CONDITIONS, VARIABLES, Word
from qc_engine.trials.trial import Given, Trial

TEXTS = Path(__file__).parent / "reference_texts"
FOLDER = Path("docs/scenarios")
SAMPLE = "every_word.yaml"
FILES = {"en": "reference.md", "ru": "reference.ru.md"}


@dataclass(frozen=True)
class Block:
    """Words that stand together. `name` is the heading and the beginning of each word's full name."""

    name: str
    fields: Fields
    makes: Any  # whose parameters know the defaults
    example: Keys


def blocks() -> Iterator[Block]:
    """The blocks of a file from the top down; those of the actions are not among them."""
    yield Block("", TOP, Scenario, ())
    yield Block("start", START, Start, ("start",))
    yield Block("contact", CONTACT, ContactRules, ("contact",))
    yield Block("text", TEXT_FIELDS, Text, ("texts",))
    yield Block("question", QUESTION, Question, ("questions",))
    yield Block("step", STEP_FIELDS, Step, ("steps", "unhappy"))
    yield Block("rule", RULE, Rule, ("anytime", 0))
    yield Block("test", TRIAL, Trial, ("tests", 0))
    yield Block("given", GIVEN, Given, ("tests", 1, "given"))


@dataclass(frozen=True)
class Group:
    """Words of one kind, each with an example from under `parent`."""

    name: str  # the heading
    words: Mapping[str, Word]
    parent: str
    prefix: str = ""  # of each word's full name


GROUPS = (
    Group("conditions", CONDITIONS, "when"),
    Group("actions", ACTIONS, "do"),
    Group("story", FACTS, "story", "story"),
    Group("expect", EXPECTATIONS, "expect", "expect"),
)
IN_TESTS = ("test", "given", "story", "expect")


def reference(language: str, text: str, sample: Source) -> str:
    """The whole page; `text` is that of the sample."""
    page = _Page(texts_of(language), text.splitlines(), sample)
    lines = "\n".join(page.lines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def texts_of(language: str) -> dict[str, Any]:
    """The page's own words; `words`, what each word means, is missing in Russian: the tables say it."""
    texts: dict[str, Any] = plain(read_file(TEXTS / f"{language}.yaml").root)
    return texts


def write(folder: Path) -> None:
    path = folder / SAMPLE
    text, sample = path.read_text(encoding="utf-8"), read_file(path)
    for language, name in FILES.items():
        (folder / name).write_text(reference(language, text, sample), encoding="utf-8")


def full_name(block: str, word: str) -> str:
    """How ENGLISH calls it."""
    return f"{block}.{word}" if block else word


@dataclass(frozen=True)
class _Page:
    """One language of the reference."""

    texts: Mapping[str, Any]
    text: Sequence[str]
    sample: Source

    def lines(self) -> Iterator[str]:
        yield from self._said("top")
        yield from self._parts(in_tests=False)
        yield from self._said("places")
        yield from self._places()
        yield from self._said("values")
        yield from self._values()
        yield from self._parts(in_tests=True)

    def _parts(self, *, in_tests: bool) -> Iterator[str]:
        for block in blocks():
            if (block.name in IN_TESTS) is in_tests:
                yield from self._said(block.name or "file")
                yield from self._table(block.name, block.fields, block.makes)
                yield from self._example(block.example, top=not block.name)
        for group in GROUPS:
            if (group.name in IN_TESTS) is in_tests:
                yield from self._said(group.name)
                yield from self._words(group)
                yield from self._blocks_of(group)

    def _blocks_of(self, group: Group) -> Iterator[str]:
        for name, word in group.words.items():
            if isinstance(word.takes, Mapping):
                yield from ["", f"### `{name}`", "", f"{self._about(name, word.about)}.", ""]
                yield from self._table(name, word.takes, word.makes)
                yield from self._example(way_to(self.sample, name, group.parent))

    # --- tables ---

    def _said(self, name: str) -> Iterator[str]:
        yield from ["", *self.texts[name].strip().splitlines(), ""]

    def _columns(self, name: str) -> str:
        columns = self.texts[name]
        return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"

    def _table(self, block: str, fields: Fields, makes: Any) -> Iterator[str]:
        yield self._columns("columns")
        for word, field in fields.items():
            name = full_name(block, word)
            needed = self.texts["needed"] if field.needed else default(name, field, word, makes)
            cells = (f"`{word}`", called(field.kind, self.texts), needed, self._about(name, field.about))
            yield f"| {' | '.join(cells)} |"

    def _words(self, group: Group) -> Iterator[str]:
        yield self._columns("word_columns")
        for name, word in group.words.items():
            about = self._about(full_name(group.prefix, name), word.about)
            if isinstance(word.takes, Mapping):
                yield f"| `{name}` | [{self.texts['words_below']}](#{name}) | {about} | |"
                continue
            takes = called(word.takes, self.texts) if word.takes else NOTHING
            shown = in_table(on_one_line(self.sample, name, group.parent))
            yield f"| `{name}` | {takes} | {about} | `{shown}` |"

    def _about(self, name: str, russian: str) -> str:
        return in_table(self.texts.get("words", {}).get(name, russian))

    def _places(self) -> Iterator[str]:
        yield self._columns("place_columns")
        for name, about in self.texts["places_mean"].items():
            may_be_empty = VARIABLES.get(name, True)
            yield f"| `{{{name}}}` | {about} | {self.texts['yes'] if may_be_empty else NOTHING} |"

    def _values(self) -> Iterator[str]:
        yield self._columns("value_columns")
        for row in self.texts["how_written"]:
            yield f"| {' | '.join(row)} |"

    # --- examples ---

    def _example(self, keys: Keys, *, top: bool = False) -> Iterator[str]:
        cut = top_lines(self.text, self.sample) if top else lines_of(self.text, self.sample, keys)
        yield from ["", "```yaml", *cut, "```", ""]


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    write(folder)
    sys.stdout.write(f"{folder}: {', '.join(FILES.values())}\n")


if __name__ == "__main__":
    main()

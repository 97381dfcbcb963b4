"""The reference of the scenario language, written from the tables of words that the loader goes by.

    python -m qc_engine.scenario_files.reference [FOLDER]      (docs/scenarios, if none is named)

writes reference.md and reference.ru.md. Every example is cut out of every_word.yaml in that folder, which the
tests load.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from qc_engine.core.scenario import (
    Complaints,
    ContactRules,
    KnownValue,
    Question,
    ReRate,
    Rule,
    Say,
    Scenario,
    Schedule,
    Segment,
    Start,
    Step,
    Text,
)
from qc_engine.core.wording.filters import Manner
from qc_engine.core.wording.rendering import render
from qc_engine.scenario_files.reading import Fields
from qc_engine.scenario_files.reference.examples import lines_of, on_one_line, top_lines, way_to
from qc_engine.scenario_files.reference.values import NOTHING, called, default, in_table
from qc_engine.scenario_files.trials.reading import TRIAL
from qc_engine.scenario_files.trials.words import EXPECTATIONS, FACTS, GIVEN
from qc_engine.scenario_files.words.complaints import COMPLAINTS, RE_RATE
from qc_engine.scenario_files.words.further import BESIDE
from qc_engine.scenario_files.words.rules import RULE, STEP_FIELDS
from qc_engine.scenario_files.words.shape import CONTACT, QUESTION, TOP
from qc_engine.scenario_files.words.starts import SCHEDULE, SEGMENT, START
from qc_engine.scenario_files.words.table import ACTIONS, CONDITIONS, VARIABLES, Word
from qc_engine.scenario_files.words.texts import LANGUAGE_FIELDS, TEXT_FIELDS
from qc_engine.scenario_files.words.values import VALUE
from qc_engine.scenario_files.yaml.parameters import PARAMETER, Parameters
from qc_engine.scenario_files.yaml.source import Keys, Source, plain
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.trials.trial import Given, Trial

TEXTS = Path(__file__).parent / "texts"
FOLDER = Path("docs/scenarios")
SAMPLE = "every_word.yaml"
FURTHER = ("every_start.yaml",)  # a scenario has only one start
SHOWN_ON = date(2026, 3, 2)
SHOWN: Mapping[str, object] = {
    "client_name": "Анна Борисова",
    "clicked_time": datetime(2026, 3, 5, 18, 30, tzinfo=UTC),
    "look_date": date(2026, 3, 5),
    "amount": Decimal(12500),
    "visits": 3,
    "phone": "77015551234",
    "city": "алматы",
}
# Which of them shows what a filter does, and what stands in its brackets on a page of each language.
FILTERED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "first_name": ("client_name", {}),
    "short_name": ("client_name", {}),
    "upper_first": ("city", {}),
    "phone": ("phone", {}),
    "date": ("look_date", {}),
    "short_date": ("look_date", {}),
    "day_month": ("look_date", {}),
    "weekday": ("look_date", {}),
    "time": ("clicked_time", {}),
    "days_left": ("look_date", {}),
    "number": ("amount", {}),
    "money": ("amount", {"ru": "(₸)", "en": "(KZT)"}),
    "plural": ("visits", {"ru": "(визит, визита, визитов)", "en": "(visit, visits)"}),
}
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
    yield Block("parameter", PARAMETER, Parameters, ("parameters",))
    yield Block("value", VALUE, KnownValue, ("values",))
    yield Block("start", START, Start, ("start",))
    yield Block("schedule", SCHEDULE, Schedule, ("start", "schedule"))
    yield Block("segment", SEGMENT, Segment, ("start", "segment"))
    yield Block("contact", CONTACT, ContactRules, ("contact",))
    yield Block("text", TEXT_FIELDS, Text, ("texts",))
    yield Block("language", LANGUAGE_FIELDS, Text, ("texts", "please_rate"))
    yield Block("beside", BESIDE, Say, ("steps", "refund", "rules", 0, "do", 0))
    yield Block("question", QUESTION, Question, ("questions",))
    yield Block("complaints", COMPLAINTS, Complaints, ("complaints",))
    yield Block("re_rate", RE_RATE, ReRate, ("complaints", "re_rate"))
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


def reference(language: str, text: str, sample: Source, further: Sequence[tuple[str, Source]] = ()) -> str:
    """The whole page; `text` is that of the sample. `further` hold what one file cannot have at once."""
    others = [(one.splitlines(), source) for one, source in further]
    page = _Page(texts_of(language), text.splitlines(), sample, others)
    lines = "\n".join(page.lines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def texts_of(language: str) -> dict[str, Any]:
    """The page's own words; `words`, what each word means, is missing in Russian: the tables say it."""
    texts: dict[str, Any] = plain(read_file(TEXTS / f"{language}.yaml").root)
    return texts


def write(folder: Path) -> None:
    path = folder / SAMPLE
    text, sample, others = path.read_text(encoding="utf-8"), read_file(path), further(folder)
    for language, name in FILES.items():
        (folder / name).write_text(reference(language, text, sample, others), encoding="utf-8")


def further(folder: Path) -> list[tuple[str, Source]]:
    """The other samples with their texts."""
    return [((folder / name).read_text(encoding="utf-8"), read_file(folder / name)) for name in FURTHER]


def full_name(block: str, word: str) -> str:
    """How ENGLISH calls it."""
    return f"{block}.{word}" if block else word


@dataclass(frozen=True)
class _Page:
    """One language of the reference."""

    texts: Mapping[str, Any]
    text: Sequence[str]
    sample: Source
    further: Sequence[tuple[Sequence[str], Source]] = ()

    def lines(self) -> Iterator[str]:
        yield from self._said("top")
        yield from self._parts(in_tests=False)
        yield from self._said("places")
        yield from self._places()
        yield from self._said("filters")
        yield from self._filters()
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

    def _filters(self) -> Iterator[str]:
        yield self._columns("filter_columns")
        manner = Manner(self.texts["language_code"], UTC, SHOWN_ON)
        for name, about in self.texts["filters_mean"].items():
            value, arguments = FILTERED[name]
            place = f"{{{value}:{name}{arguments.get(manner.language, '')}}}"
            yield f"| `{name}` | {about} | `{place}` | {render(place, SHOWN, manner)} |"

    def _values(self) -> Iterator[str]:
        yield self._columns("value_columns")
        for row in self.texts["how_written"]:
            yield f"| {' | '.join(row)} |"

    # --- examples ---

    def _example(self, keys: Keys, *, top: bool = False) -> Iterator[str]:
        here = ((self.text, self.sample), *self.further)
        text, sample = next((one for one in here if one[1].find(*keys)), here[0])
        cut = top_lines(text, sample) if top else lines_of(text, sample, keys)
        yield from ["", "```yaml", *cut, "```", ""]


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    write(folder)
    sys.stdout.write(f"{folder}: {', '.join(FILES.values())}\n")


if __name__ == "__main__":
    main()

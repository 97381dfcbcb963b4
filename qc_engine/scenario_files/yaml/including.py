"""`include:`: texts from files below the scenarios' folder, as if they were written in the scenario itself.

A scenario is kept with a running case as one text: its own file, then each included one behind a line that no
single YAML document can hold.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from qc_engine.languages import LANGUAGES
from qc_engine.scenario_files.reading import Kind, Reading
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.yaml.source import (
    TOP,
    Items,
    Node,
    Pairs,
    Place,
    Problem,
    Source,
    Value,
    children,
    moved,
    problem_at,
)
from qc_engine.scenario_files.yaml.strict import normalised, read, read_file

WORD, TEXTS, LANGUAGE = "include", "texts", "language"
ENDINGS = (".yaml", ".yml")
SEAM = re.compile(r"^--- # included: (\S+)\n", re.MULTILINE)
MOST_FILES = 20
LONGEST_PATH = 200  # letters; far below what file systems take
HOW = "write the path of a file of texts below the folder of scenarios, for example shared/polite.yaml"
Pair = tuple[Value, Node]


@dataclass(frozen=True)
class Whole:
    """A scenario with the texts that it includes; `text` is all that it was made of."""

    source: Source
    text: str


def whole_file(path: Path) -> Whole:
    """Never raises: what cannot be read is among the problems of the source."""
    source = read_file(path)
    if source.root is None:
        return Whole(source, "")
    faults = {one: _fault(one, path.parent) for one in _named(source)}
    there = [one.text for one, fault in faults.items() if not fault]
    pieces = {name: read_file(path.parent / name) for name in there}
    text = path.read_text(encoding="utf-8") + "".join(_behind_its_seam(path.parent, name) for name in there)
    if len(SEAM.findall(text)) != len(there):
        faults[Value("", TOP)] = "a line that begins with '--- # included:' is our own; delete it"
    return Whole(_with_faults(_joined(source, pieces), faults), text)


def apart(text: str) -> tuple[str, dict[str, str]]:
    """The text with which a case is kept, as files: the scenario's own, and the included ones by paths."""
    plain = normalised(text)
    own, *rest = SEAM.split(plain) if SEAM.search(plain) else [text]
    return own, dict(zip(rest[::2], rest[1::2], strict=True))


def whole_text(text: str, file: str) -> Whole:
    """The same from the text with which a case is kept."""
    own, included = apart(text)
    pieces = {name: read(piece, name) for name, piece in included.items()}
    source = read(own, file)
    faults = {
        one: "" if one.text in pieces else f"{quoted(one.text)} is not here; {HOW}" for one in _named(source)
    }
    return Whole(_with_faults(_joined(source, pieces), faults), text)


def _behind_its_seam(folder: Path, name: str) -> str:
    text = (folder / name).read_text(encoding="utf-8", errors="replace")
    return f"\n--- # included: {name}\n{normalised(text)}"


def _with_faults(source: Source, faults: Mapping[Value, str]) -> Source:
    found = [problem_at(source.file, one.place, f"{WORD}: {why}") for one, why in faults.items() if why]
    return replace(source, problems=(*source.problems, *found))


# --- which files ------------------------------------------------------------------------------


def _named(source: Source) -> list[Value]:
    """Each file once; what is no list of words is told by the reader of that word."""
    node = source.find(WORD)
    items = node.items if isinstance(node, Items) else (node,)
    values = [one for one in items if isinstance(one, Value) and not one.empty]
    return list({one.text: one for one in reversed(values)}.values())[::-1][:MOST_FILES]


def _fault(value: Value, folder: Path) -> str:
    """Why this cannot be included; '' when it can."""
    written = PurePosixPath(value.text)
    if written.is_absolute() or ".." in written.parts or "\\" in value.text or not value.text.isprintable():
        return f"{quoted(value.text)} leads out of the folder of scenarios; {HOW}"
    if written.suffix not in ENDINGS or len(written.parts) < 2 or " " in value.text:
        return f"{quoted(value.text)}: {HOW}; spaces cannot stand in it"
    if len(value.text) > LONGEST_PATH:
        return f"a path of {len(value.text)} letters is too long, at most {LONGEST_PATH}; {HOW}"
    path = folder / value.text
    if not path.is_file():
        return unknown("file", value.text, _below(folder))
    if not path.resolve().is_relative_to(folder.resolve()):
        return f"{quoted(value.text)} leads out of the folder of scenarios; {HOW}"
    return ""


def _below(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())
    found = (path.relative_to(folder) for path in files)
    return [path.as_posix() for path in found if len(path.parts) > 1]


# --- one tree of all --------------------------------------------------------------------------


def _joined(source: Source, pieces: Mapping[str, Source]) -> Source:
    """With the included texts before the own ones, each with the place where it is written."""
    if not pieces or not isinstance(source.root, Pairs):
        return source
    problems = [*source.problems]
    texts: dict[str, Pair] = {}
    for piece in pieces.values():
        problems += [*piece.problems, *_misplaced(piece, language_in(source))]
        problems += _taken(_texts(piece), texts, piece.file)
    own = source.find(TEXTS)
    problems += _taken(own.pairs if isinstance(own, Pairs) else (), texts, source.file)
    whole = Pairs(tuple(texts.values()), own.place if own else TOP)
    others = tuple(pair for pair in source.root.pairs if pair[0].text != TEXTS)
    key = next((key for key, _ in source.root.pairs if key.text == TEXTS), Value(TEXTS, TOP))
    # What is no block of texts at all is told by its reader.
    told = whole if own is None or isinstance(own, Pairs) else own
    pairs = (*others, (key, told)) if texts or own else others
    return replace(source, root=Pairs(pairs, source.root.place), problems=tuple(problems))


def _texts(piece: Source) -> Iterator[Pair]:
    def of_file(place: Place) -> Place:
        return replace(place, file=piece.file)

    node = piece.find(TEXTS)
    if isinstance(node, Pairs):
        for key, value in node.pairs:
            yield replace(key, place=of_file(key.place)), moved(value, of_file)


def _taken(
    pairs: "Iterator[Pair] | tuple[Pair, ...]", texts: dict[str, Pair], file: str
) -> Iterator[Problem]:
    """Adds them to those that are known; a name stands for one text."""
    for key, value in pairs:
        first = texts.setdefault(key.text, (key, value))[0]
        if first is not key:
            where = f"{first.place.file}:{first.place.line}"
            yield problem_at(
                file, key.place, f"text {quoted(key.text)} stands in {where} too; give one another name"
            )


def _misplaced(piece: Source, language: str) -> Iterator[Problem]:
    if piece.root is None:
        return
    for key in piece.root.pairs if isinstance(piece.root, Pairs) else ():
        if key[0].text not in (TEXTS, LANGUAGE):
            why = (
                f"a file of texts holds '{TEXTS}' and '{LANGUAGE}' alone; put {quoted(key[0].text)} elsewhere"
            )
            yield problem_at(piece.file, key[0].place, why)
    if not isinstance(piece.find(TEXTS), Pairs):
        yield piece.problem([TEXTS], f"a file of texts needs '{TEXTS}': names and what belongs to each")
    if language_in(piece) != language:
        yield piece.problem(
            [LANGUAGE],
            f"these texts are in '{language_in(piece)}', the scenario's in '{language}'; write both in one",
        )


def own_texts(source: Source) -> set[str]:
    """The names of the shared texts that are written in the scenario itself."""
    node = source.find(TEXTS)
    pairs = node.pairs if isinstance(node, Pairs) else ()
    return {key.text for key, _ in pairs if not key.place.file}


def language_in(source: Source) -> str:
    """Of its texts; a word that is no language is told by its reader."""
    said = children(source.root).get(LANGUAGE)
    return said.text if isinstance(said, Value) and said.text in LANGUAGES else LANGUAGES[0]


def _read_include(node: Node, reading: Reading) -> tuple[str, ...]:
    """What is named was read before; here only the shape is looked at."""
    items = node.items if isinstance(node, Items) else (node,)
    for item in items:
        if not isinstance(item, Value) or item.empty:
            reading.report(item.place, f"{WORD}: {HOW}")
    if len(items) > MOST_FILES:
        reading.report(
            items[MOST_FILES].place, f"{WORD}: {len(items)} files are too many; at most {MOST_FILES}"
        )
    return ()


INCLUDE = Kind(
    _read_include,
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "examples": [["shared/polite.yaml"]]},
)

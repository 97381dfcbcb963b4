"""YAML 1.2 text -> Source. Strict: a file says what it says, nothing is resolved, merged or executed."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.yaml.source import (
    TOP,
    Items,
    Node,
    Pairs,
    Place,
    Problem,
    Source,
    Value,
    problem_at,
)

LARGEST_BYTES = 100_000
DEEPEST = 20
MOST_PIECES = 8_000  # keys and values; a large scenario has 2,000, a company of 300 branches 6,000
# Control signs, line ends that editors do not count, and signs that turn the direction of text.
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
HARD_SPACE_INDENT = re.compile("^[ \t]*\u00a0", re.MULTILINE)
CLEARER = (
    ("\\t", "a tab stands where only spaces may; indent with spaces"),
    (
        "mapping values are not allowed",
        "': ' inside a text, or a wrong indentation; quote a text that holds ': '",
    ),
    ("block mapping start", "the indentation fits no line above"),
    ("but found ','", "a text that begins with '{' or '[' must stand in quotes"),
    ("but found '<scalar>'", "something follows a closing quote or bracket; quote the whole text"),
    ("could not find expected ':'", "a line without ': '; is an indentation or a quote missing above?"),
    ("unexpected end of stream", "a quote is opened and never closed; close it above"),
    ("expected ',' or", "a bracket is opened and never closed; close it above"),
    ("sequence entries are not allowed", "'- ' must begin its own line"),
    ("cannot start any token", "a text that begins with this sign must stand in quotes"),
)


def read_file(path: Path) -> Source:
    """Never raises: a file that cannot be opened is a problem at its first line."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            return _refused(str(path), TOP, _too_large(size))
        return read(path.read_bytes(), str(path))
    except OSError as error:
        return _refused(str(path), TOP, f"cannot be opened: {error.strerror or type(error).__name__}")


# One command asks for the same file several times: for its scenario, its tests, its texts, its warnings.
@lru_cache(maxsize=32)
def read(content: bytes | str, file: str) -> Source:
    """UTF-8, one document, at most 20 levels; no anchors, aliases, tags, merge keys or keys written twice."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    if len(raw) > LARGEST_BYTES:
        return _refused(file, TOP, _too_large(len(raw)))
    try:
        text = normalised(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _refused(file, _end(normalised(raw[: error.start].decode("utf-8"))), _not_utf8(raw))
    odd = ODD.search(text) or HARD_SPACE_INDENT.search(text)
    if odd:
        return _refused(file, _end(text[: odd.end() - 1]), _odd_sign(odd.group()[-1]))
    return _Reader(file, text).source()


def normalised(text: str) -> str:
    """The same text from every editor: no byte order mark, line feeds only."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class _Stop(Exception):
    """The rest of the file cannot be understood."""


class _Reader:
    """Builds pieces from the parser's events."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.problems: list[Problem] = []
        self.understood = True
        self.pieces = 0
        self.events: Iterator[Any] = iter(())

    def source(self) -> Source:
        root: Node | None = None
        try:
            self.events = iter(YAML(typ="safe", pure=True).parse(self.text))
            root = self.document()
        except MarkedYAMLError as error:
            self.refuse(_place(error.problem_mark or error.context_mark), _clearer(error))
        except YAMLError:
            self.refuse(TOP, "this is not YAML")
        except _Stop:
            pass
        return Source(self.file, root if self.understood else None, tuple(self.problems))

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.check_start(event, root)
            elif isinstance(event, NodeEvent):
                root = self.node(event, 1)
        if root is None or (isinstance(root, Value) and root.empty):
            self.refuse(TOP, "the file is empty")
        return root

    def check_start(self, event: Any, before: Node | None) -> None:
        if before is not None:
            self.refuse(_place(event.start_mark), "a second document begins here; one file holds one")
            raise _Stop
        if event.version or event.tags:
            self.refuse(TOP, "lines that begin with % are not allowed; delete them")

    def node(self, event: Any, depth: int) -> Node:
        place = _place(event.start_mark)
        if depth > DEEPEST:
            self.refuse(place, f"nested more than {DEEPEST} levels deep; is a bracket too many?")
            raise _Stop
        self.pieces += 1
        if self.pieces > MOST_PIECES:
            self.refuse(place, f"more than {MOST_PIECES} keys and values in one file; leave something out")
            raise _Stop
        self.check_plain(event, place)
        if isinstance(event, MappingStartEvent):
            return Pairs(tuple(self.pairs(depth)), place)
        if isinstance(event, SequenceStartEvent):
            return Items(tuple(self.items(depth)), place)
        return _value(event, place, self.text)

    def check_plain(self, event: Any, place: Place) -> None:
        if isinstance(event, AliasEvent):
            self.refuse(place, f"an alias (*{event.anchor}) is not allowed; write the value again")
        elif event.anchor:
            self.refuse(place, f"an anchor (&{event.anchor}) is not allowed; delete it")
        if getattr(event, "tag", None):
            self.refuse(place, f"a tag ({event.tag}) is not allowed; delete it")

    def items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), SequenceEndEvent):
            yield self.node(event, depth + 1)

    def pairs(self, depth: int) -> Iterator[tuple[Value, Node]]:
        seen: dict[str, Place] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if isinstance(key, Value) and self.usable(key, seen):
                yield key, value
            elif not isinstance(key, Value):
                self.refuse(key.place, "a key must be one word; a text that begins with '{' needs quotes")

    def usable(self, key: Value, seen: dict[str, Place]) -> bool:
        if key.empty or key.text == "<<":
            self.refuse(
                key.place,
                "a merge key (<<) is not allowed; write the words out" if key.text else "a key is missing",
            )
            return False
        if key.text in seen:
            self.report(
                key.place,
                f"{quoted(key.text)} is written twice, first in line {seen[key.text].line}",
            )
            return False
        seen[key.text] = key.place
        return True

    def refuse(self, place: Place, message: str) -> None:
        self.understood = False
        self.report(place, message)

    def report(self, place: Place, message: str) -> None:
        self.problems.append(problem_at(self.file, place, message))


def _value(event: Any, place: Place, source: str) -> Value:
    text = getattr(event, "value", "")
    plain_style = bool(getattr(event, "implicit", (False,))[0])
    empty = plain_style and text in ("", "~", "null", "Null", "NULL")
    return Value(text, place, empty, _inside(event, text, place, source))


def _inside(event: Any, text: str, place: Place, source: str) -> Place | None:
    """Where the first sign of the text stands, if every other one follows it as in the text."""
    style, first = getattr(event, "style", None), event.start_mark.index
    if style == "|":
        line = source[source.find("\n", first) + 1 :].partition("\n")[0]
        indent = len(line) - len(line.lstrip())
        return Place(place.line + 1, indent + 1) if text.startswith(line[indent:]) else None
    quote = 1 if style else 0
    as_written = source[first + quote : event.end_mark.index - quote] == text
    return Place(place.line, place.column + quote) if as_written and "\n" not in text else None


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else TOP


def _end(text: str) -> Place:
    """The place of the sign that would follow this text."""
    return Place(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _clearer(error: MarkedYAMLError) -> str:
    words = str(error.problem or error.context or "this is not YAML")
    return next((clear for part, clear in CLEARER if part in words), words)


def _too_large(size: int) -> str:
    return f"too large: {size} bytes, at most {LARGEST_BYTES}; leave something out"


def _not_utf8(raw: bytes) -> str:
    found = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "windows-1251 or another old encoding"
    return f"not UTF-8 (looks like {found}); save the file as UTF-8"


def _odd_sign(sign: str) -> str:
    if sign == "\u00a0":
        return "a non-breaking space in the indentation; indent with plain spaces"
    return f"an invisible sign (U+{ord(sign):04X}) is not allowed; delete it"


def _refused(file: str, place: Place, message: str) -> Source:
    return Source(file, None, (problem_at(file, place, message),))

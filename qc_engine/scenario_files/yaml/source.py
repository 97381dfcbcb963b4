"""Plain pieces of a file that know where they were written, and the mistakes found in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, order=True)
class Place:
    """Line and column, both from 1.

    `file`: if it is not the scenario's own; `note`: what a reader of a mistake here must know besides.
    """

    line: int
    column: int
    file: str = ""
    note: str = field(default="", compare=False)


TOP = Place(1, 1)


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in one file, printed so that an editor can jump there."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True)
class Value:
    """One value exactly as written: 12:30, no and 007 stay text. `empty`: nothing, ~ or null."""

    text: str
    place: Place
    empty: bool = False
    # Of its first sign: behind a quote, or on the line below; None where lines and signs were folded.
    inside: Place | None = field(default=None, compare=False)

    def spot(self, line: int, column: int) -> Place:
        """Where a sign of the text stands in the file; both count from 1 within the text."""
        if self.inside is None:
            return self.place
        at = self.inside
        return replace(at, line=at.line + line - 1, column=at.column + column - 1)


@dataclass(frozen=True)
class Items:
    """A list."""

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True)
class Pairs:
    """Keys and their values, in the order of the file."""

    pairs: "tuple[tuple[Value, Node], ...]"
    place: Place


Node = Value | Items | Pairs
Keys = Sequence[str | int]  # the way from the top to a piece: keys, and numbers of items from 0


@dataclass(frozen=True)
class Source:
    """What a file holds. `root` is None when it cannot be understood; both may come with problems."""

    file: str
    root: Node | None
    problems: tuple[Problem, ...] = ()

    def place(self, keys: Keys, at_key: bool = False) -> Place:
        """Where a piece stands: a value at itself, a block at its key, an absent one at its parent."""
        node = self.root
        place = node.place if node else TOP
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            own, node = found
            place = node.place if isinstance(node, Value) and not node.empty and not at_key else own
        return place

    def find(self, *keys: str | int) -> Node | None:
        """The piece itself, or None."""
        node = self.root
        for key in keys:
            found = _child(node, key)
            if found is None:
                return None
            node = found[1]
        return node

    def problem(self, keys: Keys, message: str, at_key: bool = False) -> Problem:
        return problem_at(self.file, self.place(keys, at_key), message)


def problem_at(file: str, place: Place, message: str) -> Problem:
    said = f"{message} ({place.note})" if place.note else message
    return Problem(place.file or file, place.line, place.column, said)


def moved(node: Node, move: Callable[[Place], Place]) -> Node:
    """The same piece with other places."""
    match node:
        case Pairs(pairs, place):
            inside = tuple((replace(key, place=move(key.place)), moved(value, move)) for key, value in pairs)
            return Pairs(inside, move(place))
        case Items(items, place):
            return Items(tuple(moved(item, move) for item in items), move(place))
        case Value(place=place, inside=inside):
            return replace(node, place=move(place), inside=inside and move(inside))


def plain(node: Node | None) -> Any:
    """Dicts, lists, text and None, as a library wants them; numbers stay text."""
    match node:
        case Pairs(pairs):
            return {key.text: plain(value) for key, value in pairs}
        case Items(items):
            return [plain(item) for item in items]
        case Value(text, empty=empty):
            return None if empty else text
        case None:
            return None


def children(node: Node | None) -> Mapping[str, Node]:
    """What stands under each key; nothing for anything but a block of keys."""
    return {key.text: value for key, value in node.pairs} if isinstance(node, Pairs) else {}


def _child(node: Node | None, key: str | int) -> tuple[Place, Node] | None:
    if isinstance(node, Pairs):
        return next(((own.place, value) for own, value in node.pairs if own.text == str(key)), None)
    if isinstance(node, Items) and isinstance(key, int) and 0 <= key < len(node.items):
        return node.items[key].place, node.items[key]
    return None

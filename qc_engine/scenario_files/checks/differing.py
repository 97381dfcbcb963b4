"""What differs between two versions of a scenario, in the scenario's own words and places."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qc_engine.scenario_files.yaml.source import Items, Node, Pairs, Value

CHANGED, NEW, GONE, MOVED = "changed", "new", "gone", "order"
TEXTS = frozenset({"text", "say", "hint", "reminder", "title", "comment", "welcome", "look_again_text", "ru"})
TEXTS |= frozenset({"kk", "en", "by_link", "on_page"})
# A number or a span: what people mean by a threshold.
THRESHOLD = re.compile(r"[-\d.,:]+( ?(s|min|hours?|days?|weeks?))?( \d+ \w+)*", re.IGNORECASE)
PARTS = {"steps": "step", "rules": "rule", "anytime": "rule", "questions": "question", "tests": "test"}
LONGEST = 200  # letters of a piece that is told


@dataclass(frozen=True)
class Difference:
    """One piece: 'steps / ask / rules / «клиент доволен» / when / average_at_least', and its two values."""

    place: tuple[str, ...]
    kind: str  # changed, new, gone, order
    before: str = ""
    after: str = ""

    @property
    def what(self) -> str:
        """step, rule, question, test, text, threshold, or other: what a person would call it."""
        if self.kind in (NEW, GONE, MOVED) and (part := PARTS.get(self.place[-2] if self.place[1:] else "")):
            return part
        if self.place and self.place[0] == "tests":
            return "test"
        if any(word.partition(" ")[0] in TEXTS for word in self.place[-2:]):
            return "text"
        values = [value for value in (self.before, self.after) if value]
        return "threshold" if values and all(map(THRESHOLD.fullmatch, values)) else "other"

    def __str__(self) -> str:
        where = " / ".join(self.place)
        match self.kind:
            case "changed":
                return f"{where}: {self.before} -> {self.after}"
            case "new":
                return f"{where}: new: {self.after}"
            case "gone":
                return f"{where}: gone: {self.before}"
            case _:
                return f"{where}: another order: {self.after}"


def differences(before: Node | None, after: Node | None) -> list[Difference]:
    """In the order of the older version; comments and layout are of no matter."""
    return list(_between(before, after, ()))


def _between(before: Node | None, after: Node | None, place: tuple[str, ...]) -> Iterator[Difference]:
    if before is None or after is None:
        if before is not after:
            kind = NEW if before is None else GONE
            yield Difference(place, kind, _flat(before), _flat(after))
    elif isinstance(before, Value) or isinstance(after, Value) or type(before) is not type(after):
        if _flat(before) != _flat(after):
            yield Difference(place, CHANGED, _flat(before), _flat(after))
    else:
        yield from _inside(_named(before), _named(after), place)


def _inside(
    before: Mapping[str, Node], after: Mapping[str, Node], place: tuple[str, ...]
) -> Iterator[Difference]:
    names = [*before, *(name for name in after if name not in before)]
    for name in names:
        yield from _between(before.get(name), after.get(name), (*place, name))
    kept = [name for name in before if name in after]
    now = [name for name in after if name in before]
    # The first rule that matches wins: their order is more than looks.
    if kept != now and place:
        yield Difference(place, MOVED, ", ".join(kept), ", ".join(now))


def _named(node: Node) -> dict[str, Node]:
    """The pieces of a block or a list under names that stay when something is put between them."""
    found: dict[str, Node] = {}
    match node:
        case Pairs(pairs):
            found = {key.text: value for key, value in pairs}
        case Items(items):
            for item in items:
                name, piece = _name(item)
                number = sum(one.rpartition(" #")[0] == name or one == name for one in found)
                found[f"{name} #{number + 1}" if number else name] = piece
        case Value():
            found = {"": node}
    return found


def _name(item: Node) -> tuple[str, Node]:
    """A rule is called by its name, an action by its word, anything else by itself."""
    if isinstance(item, Pairs):
        own = next((value for key, value in item.pairs if key.text == "name"), None)
        if isinstance(own, Value):
            return f"«{own.text}»", item
        if len(item.pairs) == 1:
            return item.pairs[0][0].text, item.pairs[0][1]
    return _flat(item), item


def _flat(node: Node | None) -> str:
    """In one line, as one would write it."""
    match node:
        case None:
            told = ""
        case Value(text, empty=empty):
            told = "" if empty else text
        case Items(items):
            told = f"[{', '.join(map(_flat, items))}]"
        case Pairs(pairs):
            told = f"{{{', '.join(f'{key.text}: {_flat(value)}' for key, value in pairs)}}}"
    line = " ".join(told.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"

"""The examples of the reference: where a word stands in the sample, and the lines around it."""

from collections.abc import Sequence

from qc_engine.scenario_files.yaml.source import Items, Keys, Node, Pairs, Source, Value


def way_to(sample: Source, word: str, parent: str) -> Keys:
    """The first place under `parent` (when, do) where this word stands. Raises LookupError."""
    found = _where(sample.root, word, parent, ())
    if found is None:
        raise LookupError(f"{sample.file} has no example of '{word}' under '{parent}'")
    return found


def _where(node: Node | None, word: str, parent: str, keys: Keys) -> Keys | None:
    pairs = node.pairs if isinstance(node, Pairs) else ()
    parts: Sequence[tuple[str | int, Node]] = [(key.text, value) for key, value in pairs]
    if isinstance(node, Items):
        parts = list(enumerate(node.items))
    inside = bool({parent} & set(map(str, keys[-2:])))
    for key, part in parts:
        stands = key == word or (isinstance(part, Value) and part.text == word and key in (parent, 0))
        if stands and (inside or key == parent):
            return (*keys, key)
        found = _where(part, word, parent, (*keys, key))
        if found:
            return found
    return None


def on_one_line(sample: Source, word: str, parent: str) -> str:
    """A word and its value; of a word that takes none, what it stands for. Raises LookupError."""
    keys = way_to(sample, word, parent)
    return f"{word if keys[-1] == word else parent}: {_flow(sample.find(*keys))}"


def _flow(node: Node | None) -> str:
    match node:
        case Pairs(pairs):
            return "{" + ", ".join(f"{key.text}: {_flow(value)}" for key, value in pairs) + "}"
        case Items(items):
            return "[" + ", ".join(map(_flow, items)) + "]"
        case Value(text):
            return f'"{text}"' if not text or set(text) & set("{}[],:#|*") else text
        case _:
            return ""


def lines_of(text: Sequence[str], sample: Source, keys: Keys) -> list[str]:
    """The lines of a piece, moved to the left."""
    place = sample.place(keys, at_key=True)
    begin, indent = place.line - 1, place.column - 1
    if isinstance(keys[-1], int):  # an item begins at its first word, behind the dash
        indent -= 2
    rest = text[begin + 1 :]
    length = next((n for n, line in enumerate(rest) if line.strip() and _indent(line) <= indent), len(rest))
    lines = [line[indent:].rstrip() for line in text[begin : begin + 1 + length]]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def top_lines(text: Sequence[str], sample: Source) -> list[str]:
    """What stands at the top, above the first block."""
    root = sample.root
    assert isinstance(root, Pairs)
    plain = [value.place.line for _, value in root.pairs if isinstance(value, Value)]
    return [line for number, line in enumerate(text, 1) if number in plain]

"""Two numbers that each follow a name of what is marked: `мастеру десять администратору тоже десять`."""

from collections.abc import Sequence

from qc_engine.core.answers.tokens import Token

_HIGHEST = 20  # more is money or a size
_DATIVE = ("ге", "га", "ке", "ка", "не", "на", "у", "ю", "е", "ам", "ям", "ой", "ей")
_LIGHT = frozenset(("filler", "hedge", "same", "rate", "score", "and", "but", "thanks", "label", "plus"))
_NO_HEAD = frozenset(("unit", "place", "preposition", "compare"))
_MOST_BETWEEN = 5  # words


def stands_in_pair(tokens: Sequence[Token], at: int) -> bool:
    """True for either of two marks that close their halves of a message, each after its own subject."""
    numbers = [place for place, token in enumerate(tokens) if token.kind == "number" and not token.role]
    if len(numbers) != 2 or at not in numbers or any(tokens[place].value > _HIGHEST for place in numbers):
        return False
    first, second = numbers
    middle = [token for token in tokens[first + 1 : second] if token.kind == "word"]
    heads = [_head(tokens, place) for place in numbers]
    named = any(head is not None and _is_named(head) for head in heads)
    return (
        0 < len(middle) <= _MOST_BETWEEN
        and named
        and (_nothing_else(tokens) or all(map(_bears_a_mark, heads)))
        and all(token.role or token.kind != "word" or token.senses & _LIGHT for token in tokens[second + 1 :])
    )


def _head(tokens: Sequence[Token], at: int) -> Token | None:
    """The word that the mark belongs to: the nearest before it that is not light."""
    for token in reversed(tokens[max(at - _MOST_BETWEEN, 0) : at]):
        if token.role == "label" or (token.kind == "word" and not token.senses & _LIGHT - {"label"}):
            return token
        if token.kind != "word" and token.text not in ":-":
            return None
    return None


def _is_named(head: Token) -> bool:
    return head.role == "label" or "subject" in head.senses


def _nothing_else(tokens: Sequence[Token]) -> bool:
    """`монтаж 9 балансировка 6`: two words and two marks, by turns."""
    said = [token for token in tokens if token.role not in ("scale", "label")]
    plain = not any(token.senses & _NO_HEAD or token.role for token in said)
    return plain and [token.kind for token in said] == ["word", "number"] * 2


def _bears_a_mark(head: Token | None) -> bool:
    if head is None:
        return False
    inside_name = head.raw.istitle() and len(head.text) > 2
    return _is_named(head) or inside_name or (not head.senses and head.text.endswith(_DATIVE))

"""Marks that are not given outright: negated, compared, or tied to a condition."""

from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.context import neighbours
from qc_engine.core.answers.tokens import Token, words

_NOT = words("не not ne isnt isn't never далеко")
_BETWEEN_NOT_AND_MARK = words("на все всё прям a оценка")
_BEFORE_MARK = words("на чем в все the a прям")
_COMPARISONS = frozenset("<>≤≥")
_TOO_MUCH = words("мало много недостаточно аз көп")
_IDLE_IF = ("чест", "корот", "серь", "оцен")
_HOPED = ("хотел", "думал", "собирал", "планировал", "мог", "should", "could")
_BARGAIN = words(
    "верните вернете вернёте подарите сделаете дадите дайте заплатите исправите переделаете перезвоните"
)


def is_negated(tokens: Sequence[Token], at: int) -> bool:
    """`не 10`, `не на 10`, `8 емес`, `not 10`."""
    left = [word for word in _left(tokens, at) if word.text not in _BETWEEN_NOT_AND_MARK]
    right = _right(tokens, at)
    return bool(left and left[0].text in _NOT) or bool(right and right[0].text == "емес")


def is_compared(tokens: Sequence[Token], at: int) -> bool:
    """`почти 10`, `больше 9`, `не ниже 8`, `не 10`, `>8`, `8 и выше`, `10 не поставлю`."""
    if is_negated(tokens, at) or (at > 0 and tokens[at - 1].text in _COMPARISONS):
        return True
    left = [word for word in _left(tokens, at) if word.text not in _BEFORE_MARK]
    return _compared_before(left) or _compared_after(_right(tokens, at))


def is_conditional(tokens: Sequence[Token], at: int) -> bool:
    """`10, если бы...`, `было бы 10`: only a condition; polite "я бы поставил 9" is a mark."""
    said = [token for token in tokens if token.kind == "word"]
    if any("if" in word.senses and not _idle(said, place) for place, word in enumerate(said)):
        return True
    lead = _left(tokens, at)[:4] + _right(tokens, at)[:2]
    would = any("would" in word.senses for word in lead)
    hoped = any(word.text.startswith(_HOPED) for word in lead)
    wished = any("wished" in word.senses and not word.text.startswith("хотел") for word in lead)
    return (would and wished) or (hoped and not would) or _bargains(said)


def _compared_before(left: list[Token]) -> bool:
    if not left:
        return False
    first, second = left[0], left[1].text if len(left) > 1 else ""
    beyond = first.text in ("до", "least", "than", "менее") or "compare" in first.senses
    return beyond or (first.text, second) in (("к", "ближе"), ("бы", "хотя"))


def _compared_after(right: list[Token]) -> bool:
    said = [word for word in right if not word.senses & {"score", "and"} and word.text != "с"]
    if said and said[0].text != "ближе" and ("compare" in said[0].senses or said[0].text in _TOO_MUCH):
        return True
    return any(_refused(word, after) for word, after in pairwise(said[:4]))


def _refused(word: Token, after: Token) -> bool:
    return word.text in _NOT and ("rate" in after.senses or after.text.startswith(("буд", "дотян", "стан")))


def _bargains(said: Sequence[Token]) -> bool:
    """`верните деньги и поставлю 10`, `за скидку поставлю 10`."""
    promised = any(word.text in ("поставлю", "дам", "оценю", "тогда") for word in said)
    asked = any(word.text in _BARGAIN for word in said)
    paid = any(
        word.text == "за" and after.text in ("деньги", "скидку", "бонус", "подарок")
        for word, after in pairwise(said)
    )
    return promised and (asked or paid)


def _idle(said: Sequence[Token], at: int) -> bool:
    """`если честно, 8`: the word sets no condition."""
    follower = said[at + 1].text if at + 1 < len(said) else ""
    return follower.startswith(_IDLE_IF) or follower in ("в", "по", "что", "можно")


def _left(tokens: Sequence[Token], at: int) -> list[Token]:
    return neighbours(list(tokens), at, -1)


def _right(tokens: Sequence[Token], at: int) -> list[Token]:
    return neighbours(list(tokens), at, 1)

"""Stars and scales named by their top: `5 звёзд`, `по пятибалльной`: a scale that is not ours."""

from decimal import Decimal

from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token

_STARS = 5
_NAMED_SCALES = {
    "пятибал": 5,
    "десятибал": 10,
    "стобал": 100,
    "трехбал": 3,
    "семибал": 7,
    "двенадцатибал": 12,
}


def take_stars(tokens: list[Token], scale: Scale) -> bool:
    """`5 звёзд`: a scale of five, also without a number."""
    named = {top for token in tokens for stem, top in _NAMED_SCALES.items() if token.text.startswith(stem)}
    if named - {scale.highest}:
        return True
    if any(token.text == "⭐" for token in tokens) and any(
        token.kind == "number" and token.value <= _STARS for token in tokens
    ):
        return scale.highest != _STARS
    ours = any(token.role == "scale" and token.value == scale.highest for token in tokens)
    stars = [at for at, token in enumerate(tokens) if "star" in token.senses]
    ours = ours or _another_mark(tokens, stars, scale)
    for at in stars:
        before = near(tokens, at, -1)
        if before and before.kind == "number" and ours and "scored" not in before.marks:
            before.role = before.role or "noise"  # "9/10, one star off"
        elif before and before.kind == "number":
            before.marks |= {"scored"}
    return bool(stars) and not ours and Decimal(scale.highest) != _STARS


def _another_mark(tokens: list[Token], stars: list[int], scale: Scale) -> bool:
    """`на гугле 5 звёзд, тут 10`: a number that no scale of stars has stands beside them."""
    starred = {at - 1 for at in stars}
    others = (token for at, token in enumerate(tokens) if token.kind == "number" and at not in starred)
    return any(_STARS < token.value <= scale.highest and not token.role for token in others)

"""Plus and minus beside a mark: emphasis, a sign, arithmetic, or the marks of a school."""

from collections.abc import Sequence

from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token

_SCHOOL_TOP = 5
_FEW_POINTS = 3


def is_negative(tokens: list[Token], at: int) -> bool:
    """`-5`, `минус 3`; a dash after a label only separates."""
    before, earlier = near(tokens, at, -1), near(tokens, at, -2)
    if before is None:
        return False
    if "minus" in before.senses and before.text in ("минус", "minus"):
        return True
    separates = earlier is not None and earlier.kind == "word" and "rate" not in earlier.senses
    return before.text == "-" and not before.role and not separates and not tokens[at].spaced


def is_school_mark(tokens: list[Token], at: int, scale: Scale) -> bool:
    """`5+`, `пятёрка`, `на четыре с минусом`: the client thinks of a five-point scale."""
    if scale.highest <= _SCHOOL_TOP:
        return False
    token = tokens[at]
    return token.form == "school" or (2 <= token.value <= _SCHOOL_TOP and _has_sign_after(tokens, at))


def _has_sign_after(tokens: list[Token], at: int) -> bool:
    after, further = near(tokens, at, 1), near(tokens, at, 2)
    if after is None:
        return False
    if (
        after.text == "+"
        or after.senses & {"plus"}
        or (after.text in ("с", "s") and further is not None and further.senses & {"plus", "minus"})
    ):
        return True
    return (
        after.text == "-"
        and not after.spaced
        and (further is None or further.kind == "line" or further.text in "-,.!)")
    )


def is_arithmetic(tokens: list[Token], marks: Sequence[int]) -> bool:
    """`9 минус балл`, `10-1=9`, `8 + 1`: a sum that is left to the reader."""
    if any(token.text == "=" and not token.role for token in tokens[marks[0] + 1 :]) and len(marks) > 1:
        return True
    if is_explained(tokens, marks[0]):
        return False
    taken = is_negative(tokens, marks[0]) and _says_why(tokens, marks[0])
    return taken or any(_takes_away(tokens, at) for at in range(marks[0] + 1, len(tokens)))


def is_explained(tokens: list[Token], at: int) -> bool:
    """`поставлю 8, минус два балла за очередь`: the mark is given, the rest tells how it came about."""
    points = near(tokens, at, 1)
    step = 2 if points is not None and "score" in points.senses else 1
    before, after, minus = near(tokens, at, -1), near(tokens, at, step), near(tokens, at, step + 1)
    given = before is not None and "rate" in before.senses
    return (
        given and after is not None and after.text in ",." and minus is not None and "minus" in minus.senses
    )


def _says_why(tokens: list[Token], at: int) -> bool:
    """`минус 1 балл за ожидание` is a part of a mark that was not said."""
    after = [token.text for token in tokens[at + 1 : at + 3]]
    return tokens[at].value <= _FEW_POINTS and any(text in ("за", "for", "ушін", "ушин") for text in after)


def _takes_away(tokens: list[Token], at: int) -> bool:
    sign, amount = tokens[at], near(tokens, at, 1)
    named = bool(sign.senses & {"minus", "plus"}) and not sign.text.endswith("ом")
    drawn = sign.text == "+" and amount is not None and (sign.spaced or not amount.spaced)
    if amount is None or not (named or drawn):
        return False
    return amount.kind == "number" or bool(amount.senses & {"score"}) or amount.text in _PARTS


_PARTS = ("пол", "полбалла", "half", "a", "полтора")

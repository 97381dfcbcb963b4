"""Halves and tenths in words: `семь с половиной`, `жеті жарым`, `восемь и пять десятых`."""

from dataclasses import replace
from decimal import Decimal

from qc_engine.core.answers.tokens import Token, words

_HALF = Decimal("0.5")
_POINTS = ("point", "запятая")
_HALVES = words("половиной половинои половинкой полавиной палавиной половиною половина polovinoy polovinoi")


def with_halves(tokens: list[Token]) -> list[Token]:
    """`семь с половиной`, `жеті жарым`, `nine and a half`."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        taken = _half_after(tokens, at) if token.kind == "number" else 0
        tenths = _tenths_after(tokens, at) if token.kind == "number" else Decimal(0)
        point = tenths and tokens[at + 1].text in _POINTS
        part, taken = (tenths, 2 if point else 3) if tenths else (_HALF, taken)
        joined.append(replace(token, value=token.value + part, form="word") if taken else token)
        at += 1 + taken
    return joined


def _half_after(tokens: list[Token], at: int) -> int:
    following = [token.text for token in tokens[at + 1 : at + 4]]
    if following[:1] == ["жарым"]:
        return 1
    if len(following) > 1 and following[0] in ("с", "и", "s", "c") and following[1] in _HALVES:
        return 2
    return 3 if following == ["and", "a", "half"] else 0


def _tenths_after(tokens: list[Token], at: int) -> Decimal:
    """`восемь и пять десятых`."""
    following = tokens[at + 1 : at + 4]
    if len(following) > 1 and following[0].text in _POINTS and "spelled" in following[1].marks:
        return following[1].value / 10 if following[1].value < 10 else Decimal(0)
    if len(following) < 3 or following[0].text not in ("и", "целых") or following[1].kind != "number":
        return Decimal(0)
    return (
        following[1].value / 10
        if following[2].text.startswith("десятых") and following[1].value < 10
        else Decimal(0)
    )

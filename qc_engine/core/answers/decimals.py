"""What a point or a comma between digits means: a decimal, two marks, or doubt."""

from dataclasses import replace
from decimal import Decimal

from qc_engine.core.answers.tokens import Token


def with_decimals(tokens: list[Token]) -> list[Token]:
    """`7.5`, `7,5` and `10,10`: what a point or a comma without spaces means between digits."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        group = tokens[at : at + 3]
        if joined and _goes_on(joined[-1], group):
            joined[-1].marks |= {"ambiguous"}  # "8,5,9"
        if len(group) == 3 and group[1].text in (".", ",") and all(_digits(token) for token in group[::2]):
            glued = not group[1].spaced and not group[2].spaced
            if glued:
                joined.extend(_around_point(group))
                at += 3
                continue
        joined.append(tokens[at])
        at += 1
    return joined


def _goes_on(last: Token, group: list[Token]) -> bool:
    if len(group) < 2 or "decimal" not in last.marks or "," not in group[0].text:
        return False
    return group[1].kind == "number" and not group[0].spaced and not group[1].spaced


def doubted_when_numbered(tokens: list[Token]) -> list[Token]:
    """`1.6 2.7`: two decimals, or the marks of question 1 and question 2."""
    decimals = [token for token in tokens if token.kind == "number" and "decimal" in token.marks]
    if [int(token.value) for token in decimals] == [1, 2]:
        for token in decimals:
            token.marks |= {"ambiguous"}
    return tokens


def _digits(token: Token) -> bool:
    return token.kind == "number" and token.text.isdigit() and token.form == "digit" and len(token.text) <= 4


def _around_point(group: list[Token]) -> list[Token]:
    whole, point, part = group
    text = f"{whole.text}.{part.text}"
    marks = whole.marks | part.marks | {"decimal"}
    decimal = replace(part, text=text, spaced=whole.spaced, value=Decimal(text), marks=marks)
    if point.text == ".":
        return [decimal]
    if part.text.rstrip("0") == "5":
        return [decimal]
    if part.text == "10":
        return [whole, replace(point, spaced=False), replace(part, spaced=True)]
    return [replace(decimal, marks=decimal.marks | {"ambiguous"})]

"""Finds the numbers among the tokens: digits with endings, number words, halves, decimals, dotted pairs."""

from dataclasses import replace
from decimal import Decimal

from qc_engine.core.answers.endings import with_letters
from qc_engine.core.answers.halves import with_halves
from qc_engine.core.answers.number_words import NumberWord, number_word
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.tokens import Token

_GROUP = 3


def find_numbers(tokens: list[Token]) -> list[Token]:
    """The same tokens with every number made one token that carries its value; words get their senses."""
    tokens = with_letters(_split_pairs(tokens))
    few = sum(token.kind == "word" for token in tokens) <= 4
    for token in tokens:
        if token.kind == "word":
            token.senses = WORDS.senses(token.text)
            _read_word(token, few)
    return _repeated(with_halves(_decimals(_compound(_grouped(tokens)))))


def _split_pairs(tokens: list[Token]) -> list[Token]:
    """`восемь-девять` is three tokens, `где-то` stays one."""
    parts: list[Token] = []
    for token in tokens:
        pieces = token.raw.split("-")
        if token.kind == "word" and len(pieces) > 1 and any(number_word(piece, False) for piece in pieces):
            parts.extend(_cut(token, pieces))
        else:
            parts.append(token)
    return parts


def _cut(token: Token, pieces: list[str]) -> list[Token]:
    parts: list[Token] = []
    for piece in pieces:
        if parts:
            parts.append(Token("-", "-", "sign", False))
        spaced = token.spaced and not parts
        parts.append(replace(token, text=piece.lower(), raw=piece, spaced=spaced))
    return parts


def _read_word(token: Token, guess: bool) -> None:
    known = bool(token.senses - {"unit", "compare", "label"})
    found = number_word(token.raw, guess and not known and not token.senses)
    if found and not (known and found.language != "kk" and found.form == "strict"):
        _becomes(token, found)


def _becomes(token: Token, found: NumberWord) -> None:
    token.kind = "number"
    token.value = Decimal(found.value)
    token.form = found.form
    token.marks = frozenset((found.language, "spelled"))


def _grouped(tokens: list[Token]) -> list[Token]:
    """`10 000` is one number."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and _continues(last, token):
            joined[-1] = replace(last, text=last.text + token.text, value=last.value * 1000 + token.value)
        else:
            joined.append(token)
    return joined


def _continues(last: Token, token: Token) -> bool:
    both = last.form == token.form == "digit" and token.kind == last.kind == "number" and token.spaced
    return (
        both and len(token.text) == _GROUP and last.value > 0 and len(last.text) <= 9 and token.text == "000"
    )


def _compound(tokens: list[Token]) -> list[Token]:
    """`двадцать один`, `он бір`, `сто пятьсот`: number words that make one number."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and _adds(last, token):
            form = "ordinal" if token.form == "ordinal" else "word"
            joined[-1] = replace(last, value=last.value + token.value, form=form)
        elif last and _multiplies(last, token):
            joined[-1] = replace(last, value=last.value * token.value)
        else:
            joined.append(token)
    return joined


def _adds(last: Token, token: Token) -> bool:
    if not ("spelled" in last.marks and "spelled" in token.marks) or "from" in (last.form, token.form):
        return False
    small = 0 < token.value < 10 and token.form in ("word", "strict", "ordinal")
    tens = (last.value == 10 and "kk" in last.marks & token.marks) or last.value in range(20, 100, 10)
    hundreds = last.value in (100, 1000) and token.value < last.value * 10
    return (small and tens) or hundreds


def _multiplies(last: Token, token: Token) -> bool:
    """`алты жүз`, `five hundred`; Russian hundreds are words of their own."""
    spelled = (
        "spelled" in last.marks
        and "spelled" in token.marks
        and not last.marks.isdisjoint(token.marks - {"spelled"})
    )
    thousands = (
        last.form == "digit" and token.value == 1000 and "spelled" in token.marks and last.value < 1000
    )
    return thousands or (
        spelled and 0 < last.value < 10 and token.value in (100, 1000) and "ru" not in token.marks
    )


def _decimals(tokens: list[Token]) -> list[Token]:
    """`7.5`, `7,5` and `10,10`: what a point or a comma without spaces means between digits."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        group = tokens[at : at + 3]
        if len(group) == 3 and group[1].text in (".", ",") and all(_digits(token) for token in group[::2]):
            glued = not group[1].spaced and not group[2].spaced
            if glued:
                joined.extend(_around_point(group))
                at += 3
                continue
        joined.append(tokens[at])
        at += 1
    return joined


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


def _repeated(tokens: list[Token]) -> list[Token]:
    """`9 (девять)`: the same number said again in brackets."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 2] if at > 1 else None
        again = before and before.kind == token.kind == "number" and tokens[at - 1].text == "("
        same = again and before and before.value == token.value and before.form != token.form
        kept.append(replace(token, role="noise") if same else token)
    return kept

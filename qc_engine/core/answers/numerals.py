"""Finds the numbers among the tokens: digits with endings, number words, halves, decimals, dotted pairs."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from qc_engine.core.answers.decimals import doubted_when_numbered, with_decimals
from qc_engine.core.answers.endings import misspells_points, with_letters
from qc_engine.core.answers.halves import with_halves
from qc_engine.core.answers.number_words import NumberWord, number_word
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.tokens import Token

_GROUP = 3
_NEAR = 4  # tokens
_GLUED_POINTS = re.compile(r"(?<=[а-я]{3})бал+(?:ов|а|ы)?$")
_OF_POINTS = re.compile(r"(?:(?:балл?|упай)(?:дан|ден|дын|нын|тын)|устинен|ишинен)$")


def find_numbers(tokens: list[Token]) -> list[Token]:
    """The same tokens with every number made one token that carries its value; words get their senses."""
    tokens = with_letters(_split_pairs(tokens))
    few = sum(token.kind == "word" for token in tokens) <= 4
    for before, token in pairwise([*tokens[:1], *tokens]):
        if token.kind == "word":
            slip = before.kind == "number" and misspells_points(token.text)
            token.senses = WORDS.senses("баллов" if slip else token.text)
            _read_word(token, few)
    return _repeated(
        _in_cases(with_halves(doubted_when_numbered(with_decimals(_compound(_grouped(tokens))))))
    )


def _split_pairs(tokens: list[Token]) -> list[Token]:
    """`восемь-девять` is three tokens, `где-то` stays one."""
    parts: list[Token] = []
    for token in tokens:
        pieces = _unglued(token.raw) or token.raw.split("-")
        if token.kind == "word" and len(pieces) > 1 and any(number_word(piece, False) for piece in pieces):
            parts.extend(_cut(token, pieces))
        else:
            parts.append(token)
    return parts


def _unglued(raw: str) -> list[str]:
    """`десятбалов`: the number and the word that counts."""
    points = _GLUED_POINTS.search(raw.lower())
    whole = points is not None and number_word(raw[: points.start()], True) is not None
    return [raw[: points.start()], raw[points.start() :]] if points is not None and whole else []


def _cut(token: Token, pieces: list[str]) -> list[Token]:
    parts: list[Token] = []
    for piece in pieces:
        if parts and "-" in token.raw:
            parts.append(Token("-", "-", "sign", False))
        spaced = (token.spaced and not parts) or "-" not in token.raw
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
    return both and len(token.text) == _GROUP and last.value > 0 and len(last.text) <= 9


def _compound(tokens: list[Token]) -> list[Token]:
    """`двадцать один`, `он бір`, `сто пятьсот`: number words that make one number."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and _adds(last, token) and not _opens_the_second(joined, token):
            form = "ordinal" if token.form == "ordinal" else "word"
            joined[-1] = replace(last, value=last.value + token.value, form=form)
        elif last and _multiplies(last, token):
            joined[-1] = replace(last, value=last.value * token.value)
        else:
            joined.append(token)
    return joined


def _opens_the_second(said: list[Token], token: Token) -> bool:
    """`бірінші он екінші сегіз`: ten and "the second", not "the twelfth"."""
    return token.form == "ordinal" and any(word.form == "ordinal" and word.value == 1 for word in said)


def _adds(last: Token, token: Token) -> bool:
    if (
        not ("spelled" in last.marks and "spelled" in token.marks)
        or "from" in (last.form, token.form)
        or token.text.endswith("сине")
    ):
        return False
    small = 0 < token.value < 10 and token.form in ("word", "strict", "ordinal")
    tens = (last.value == 10 and "kk" in last.marks & token.marks) or (
        last.value % 100 in range(20, 100, 10) and last.value < 1000
    )
    hundreds = last.value in (100, 1000) and token.value < last.value * 10
    rest = last.value in range(200, 1000, 100) and 0 < token.value < 100
    return (small and tens) or hundreds or rest


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


def _repeated(tokens: list[Token]) -> list[Token]:
    """`9 (девять)`, `цифрой 9 прописью девять`: the same number said again in the other way."""
    return [
        replace(token, role="noise") if _says_again(tokens, at) else token for at, token in enumerate(tokens)
    ]


def _says_again(tokens: list[Token], at: int) -> bool:
    for place in range(at - 1, max(at - _NEAR, -1), -1):
        before = tokens[place]
        if before.kind == "number" and tokens[at].kind == "number":
            digits = {"spelled" in before.marks, "spelled" in tokens[at].marks}
            return before.value == tokens[at].value and digits == {True, False}
        if before.text not in ("(", "-") and (before.kind != "word" or before.senses - {"label", "scale_of"}):
            return False
    return False


def _in_cases(tokens: list[Token]) -> list[Token]:
    """`10 балдан 9`, `он баллдың сегізі`: a Kazakh case makes the first number the top of the scale."""
    for number, word in pairwise(tokens):
        if number.kind == "number" and word.kind == "word" and _OF_POINTS.match(word.text):
            number.form = "from"
            word.role = "scale"
    return tokens

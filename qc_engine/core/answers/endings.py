"""Numbers with letters glued to them: `10ка`, `9-ку`, `10-нан`, `1о`, `9ч`, `R17`."""

from dataclasses import replace
from decimal import Decimal
from itertools import takewhile

from qc_engine.core.answers.number_words import number_word
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.tokens import Token

_FORMS = {
    "noun": "ка ку ки кой тка тку очка очку ечка ечку ашка чик",
    "scored": "б бал балл баллов балов балла бала балик ball balls points point упай",
    "digit": "мь емь вять ять сять ish ти и ми ть ды ди ты ни ге ке ин ын н",
    "from": "нан нен дан ден тан тен",
    "ordinal": "й ый ой ая я ое е го ого му ому м ю ую ши инши ынши ші інші st nd rd th да де та те нда нде",
    "share": "дык дик тык тик балдык балльная балльной бальной балльный бальная",
}  # endings are compared with Kazakh letters already written as Russian ones
_MEASURED = ("лет", "мин", "час", "днев", "раз", "крат", "этаж", "дюйм", "цил", "ступен", "месяч", "жыл")
_ENDINGS = {ending: form for form, endings in _FORMS.items() for ending in endings.split()}


def with_letters(tokens: list[Token]) -> list[Token]:
    """Joins a number with the letters glued to it: `10ка`, `9-ку`, `10-нан`, `1о`, `9ч`, `R17`."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        token, taken = _joined(tokens, at)
        joined.append(token)
        at += taken
    return joined


def _joined(tokens: list[Token], at: int) -> tuple[Token, int]:
    token = tokens[at]
    after = list(takewhile(lambda following: not following.spaced, tokens[at + 1 : at + 3]))
    if token.kind == "word" and token.raw in ("l", "I", "l0") and after[:1] and after[0].text == "0":
        return replace(after[0], text="10", value=Decimal(10), spaced=token.spaced), 2
    if token.kind == "number" and len(after) == 2 and after[0].raw in ("w", "W") and after[1].text == "-":
        return replace(token, form="name"), 4  # "5w-40" is an oil
    if token.kind == "word" and after[:1] and after[0].kind == "number" and _names_a_thing(token):
        form = "ordinal" if token.text in ("в", "q") else "name"
        return replace(after[0], form=form, spaced=token.spaced), 2
    if token.kind != "number" or not after:
        return token, 1
    if after[0].kind == "word":
        return _with_ending(token, after[0]), (1 if _own_word(after[0]) else 2)
    if len(after) == 2 and after[0].text == "-" and after[1].text in _ENDINGS and after[1].kind == "word":
        return _with_ending(token, after[1]), 3
    if len(after) == 2 and after[0].text == "-" and after[1].text.startswith(_MEASURED):
        return replace(token, form="name"), 3
    return token, 1


def _names_a_thing(word: Token) -> bool:
    return not (WORDS.senses(word.text) & {"of", "label", "on", "rate", "score"}) and len(word.text) <= 2


def _own_word(word: Token) -> bool:
    """`10из10`, `9спасибо`: a word of its own without a space."""
    return (
        word.text not in _ENDINGS
        and word.text not in ("о", "o")
        and len(word.text) > 1
        and not _is_unit(word)
        and bool(WORDS.senses(word.text) or number_word(word.raw, False))
    )


def _is_unit(word: Token) -> bool:
    return "unit" in WORDS.senses(word.text)


def _with_ending(number: Token, ending: Token) -> Token:
    if ending.text in ("о", "o") and number.text == "1":
        return replace(number, text="10", value=Decimal(10))
    if _own_word(ending):
        return number
    form = _ENDINGS.get(ending.text, "name")
    if form == "noun" and number.value in (2, 3, 4, 5):
        form = "school"
    marks = frozenset(("scored",)) if form == "scored" else frozenset[str]()
    return replace(number, form="digit" if form == "scored" else form, marks=marks)

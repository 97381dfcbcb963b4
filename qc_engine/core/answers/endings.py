"""Numbers with letters glued to them: `10ка`, `9-ку`, `10-нан`, `1о`, `9ч`, `R17`."""

from dataclasses import replace
from decimal import Decimal
from itertools import takewhile

from qc_engine.core.answers.number_words import number_word
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.spelling import one_slip_apart
from qc_engine.core.answers.tokens import Token, words

_FORMS = {
    "noun": "ка ку ки кой тка тку очка очку ечка ечку ашка чик",
    "scored": "б бал балл баллов балов балла бала балик ball balls points point упай",
    "digit": "мь емь вять ять сять ish ти и ми ть ды ди ты ни ге ке ин ын н",
    "from": "нан нен дан ден тан тен nan nen dan den tan",
    "ordinal": "й ый ой ая я ое е го ого му ому м ю ую ши инши ынши ші інші st nd rd th да де та те нда нде",
    "share": "дык дик тык тик балдык балльная балльной бальной балльный бальная",
}  # endings are compared with Kazakh letters already written as Russian ones
_MEASURED = ("лет", "мин", "час", "днев", "раз", "крат", "этаж", "дюйм", "цил", "ступен", "месяч", "жыл")
_CASES = words("нан нен дан ден тан тен га ге ка ке nan nen dan den tan")
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
        return replace(after[0], form=form, spaced=token.spaced), 2 + _rest_of_a_measure(tokens, at + 2)
    if token.kind == "number" and _case_stands_apart(tokens, at):
        return _with_ending(token, tokens[at + 1]), 2
    if token.kind != "number" or not after:
        return token, 1
    if len(after) == 2 and after[0].text == "-" and after[1].text == "га":
        return token, 3
    if after[0].kind == "word":
        return _with_ending(token, after[0]), (1 if _own_word(after[0]) else 2)
    if len(after) == 2 and after[0].text == "-" and after[1].text in _ENDINGS and after[1].kind == "word":
        return _with_ending(token, after[1]), 3
    if len(after) == 2 and after[0].text == "-" and after[1].text.startswith(_MEASURED):
        return replace(token, form="name"), 3
    return token, 1


def _rest_of_a_measure(tokens: list[Token], at: int) -> int:
    """How many tokens more belong to `R22.5`."""
    point, rest = (tokens[place] if place < len(tokens) else None for place in (at, at + 1))
    if point is None or rest is None or point.text not in ".," or point.spaced or rest.spaced:
        return 0
    return 2 if rest.kind == "number" else 0


def _case_stands_apart(tokens: list[Token], at: int) -> bool:
    """`10 нан 8`, `1 ден 10 ға дейін`: the ending of a Kazakh case after a space."""
    if at + 2 >= len(tokens) or tokens[at + 1].text not in _CASES:
        return False
    return tokens[at + 2].text == "дейин" or any(after.kind == "number" for after in tokens[at + 2 : at + 4])


def _names_a_thing(word: Token) -> bool:
    return not (WORDS.senses(word.text) & {"of", "label", "on", "rate", "score"}) and len(word.text) <= 2


def _own_word(word: Token) -> bool:
    """`10из10`, `9спасибо`: a word of its own without a space."""
    return (
        word.text not in _ENDINGS
        and word.text not in ("о", "o")
        and len(word.text) > 1
        and not _is_unit(word)
        and bool(WORDS.senses(word.text) or number_word(word.raw, False) or misspells_points(word.text))
    )


def misspells_points(word: str) -> bool:
    """`9 ьаллов`, `10бадлов`."""
    return len(word) > 4 and one_slip_apart(word, "баллов")


def _is_unit(word: Token) -> bool:
    return "unit" in WORDS.senses(word.text)


def _with_ending(number: Token, ending: Token) -> Token:
    if ending.text == "га":
        return number
    if ending.text in ("о", "o") and number.text == "1":
        return replace(number, text="10", value=Decimal(10))
    if _own_word(ending):
        return number
    form = _ENDINGS.get(ending.text, "name")
    if form == "noun" and number.value in (2, 3, 4, 5):
        form = "school"
    marks = frozenset(("scored",)) if form == "scored" else frozenset[str]()
    return replace(number, form="digit" if form == "scored" else form, marks=marks)

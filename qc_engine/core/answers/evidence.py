"""Which of several numbers are clearly marks: a count or a measure beside a clear mark is left out."""

from collections.abc import Sequence

from qc_engine.core.answers.emphasis import is_negative
from qc_engine.core.answers.left_side import has_cue
from qc_engine.core.answers.nearby import near, neighbours
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token, words

_AMOUNT = 1000
_FEW = 4
_KAZAKH_PERSONS = words("шебер жігіт қыз адам")
_MEASURE = words("вместо вместа instead надо нужно норма")
_SINGULAR_ENDS = ("р", "к", "т", "н", "ь", "с")  # `1 мастер`, not `1 мастеру`


def clear_marks(tokens: list[Token], places: list[int], scale: Scale) -> list[int]:
    """The places of clear marks, or all of them when none is clearer than the others."""
    clear = [at for at in places if not _is_doubtful(tokens, at)]
    clear = clear or places
    if any(fits(tokens[at], scale) for at in clear):
        clear = [at for at in clear if tokens[at].value < _AMOUNT]  # `обещали 12 000, взяли 15 000. 7`
    if any(fits(tokens[at], scale) and has_cue(tokens, at) for at in clear):
        clear = [at for at in clear if not _is_stray(tokens, at, scale)]
    return clear


def fits(token: Token, scale: Scale) -> bool:
    """Is it a mark of this scale?"""
    return scale.lowest <= token.value <= scale.highest


def _is_stray(tokens: list[Token], at: int, scale: Scale) -> bool:
    """Beside a mark that is called one: `оценка 9, размер 205 55 16`, `сделали 3, оценка 3`."""
    if tokens[at].marks & {"scored"} or has_cue(tokens, at):
        return False
    before = near(tokens, at, -1)
    counted = before is not None and "counting" in before.senses
    return counted or not fits(tokens[at], scale)


def _is_doubtful(tokens: list[Token], at: int) -> bool:
    """`1 мастер на всех`, `в мороз -30`, `накачали вместо 2.5`."""
    if tokens[at].marks & {"scored"}:
        return False
    return _counts_a_person(tokens, at) or _below_zero(tokens, at) or _measured(tokens, at)


def _counts_a_person(tokens: list[Token], at: int) -> bool:
    after = near(tokens, at, 1)
    if after is None or "subject" not in after.senses:
        return False
    if after.text in _KAZAKH_PERSONS and tokens[at].value <= _FEW:
        return True  # after a Kazakh number the noun stays as it is
    if tokens[at].value != 1:
        return False
    further = near(tokens, at, 2)
    return after.text.endswith(_SINGULAR_ENDS) and further is not None and further.kind == "word"


def _below_zero(tokens: list[Token], at: int) -> bool:
    before = near(tokens, at, -2)
    dash = near(tokens, at, -1)
    beside_a_word = before is not None and before.kind == "word" and dash is not None and dash.spaced
    return (beside_a_word and not tokens[at].spaced and is_negative(tokens, at)) or _drawn_minus(tokens, at)


def _drawn_minus(tokens: list[Token], at: int) -> bool:
    """`температура -15`: the sign belongs to the number, a word stands before it."""
    dash, word = near(tokens, at, -1), near(tokens, at, -2)
    if dash is None or word is None or dash.text != "-" or word.kind != "word":
        return False
    cold = word.text in ("t", "т") or word.text.startswith(("темп", "мороз", "улиц"))
    return dash.spaced and not tokens[at].spaced and (cold or tokens[at].value > 10)


def _measured(tokens: Sequence[Token], at: int) -> bool:
    before = neighbours(list(tokens), at, -1)[:1]
    return "." in tokens[at].text and bool(before) and before[0].text in _MEASURE

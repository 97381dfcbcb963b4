"""What of a long message is read: its beginning, its end, and the places between that speak of the matter.

A mark or a wish to be left alone stands at one of the two ends; in a long story a word that hardly means
anything else is looked for in the middle too, so that the work stays small whatever is sent.
"""

import re
from itertools import islice

from qc_engine.core.answers.tokens import Token

_FIRST, _LAST = 500, 250  # characters
_MOST_PLACES = 4
_AROUND = 60  # characters on each side
_FIRST_TOKENS, _LAST_TOKENS = 110, 50  # more than a page of words has
_GAP = "\n¤\n"
_LOUD = re.compile(
    r"(?i)\b(?:стоп\b|не ?пиши|не ?присыл|не ?беспок|отпиши|отписат|рассылк|спам|удалите|ошиблись"
    r"|ставлю|оценк|жазба|жіберме|жиберме|мазалам|тоқтат|токтат|өшір|stop\b|unsub|opt.out|remove me"
    r"|wrong number|don'?t (?:text|message|contact|write))"
)


def worth_reading(folded: str) -> str:
    """The same text when it is no longer than a page; else its two ends and the loud places between."""
    if len(folded) <= _FIRST + _LAST:
        return folded
    middle = folded[_FIRST:-_LAST]
    places = [_around(middle, match.start()) for match in islice(_LOUD.finditer(middle), _MOST_PLACES)]
    return _GAP.join((_to_last_space(folded[:_FIRST]), *places, _from_first_space(folded[-_LAST:])))


def ends_of(tokens: list[Token]) -> list[Token]:
    """The same tokens, without the middle of a page that consists of signs."""
    if len(tokens) <= _FIRST_TOKENS + _LAST_TOKENS:
        return tokens
    return tokens[:_FIRST_TOKENS] + tokens[-_LAST_TOKENS:]


def _around(middle: str, at: int) -> str:
    start = max(at - _AROUND, 0)
    piece = middle[start : at + _AROUND]
    return _to_last_space(_from_first_space(piece) if start else piece)


def _to_last_space(piece: str) -> str:
    """Without the word that was cut; a piece without a space stays whole."""
    return piece.rsplit(" ", 1)[0]


def _from_first_space(piece: str) -> str:
    return piece.split(" ", 1)[-1]

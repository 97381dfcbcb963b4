"""Slips of the hand in a whole message: letters set apart (`с т о п`), a keyboard not switched (`cnjg`)."""

import re

from qc_engine.core.answers.number_words import number_word
from qc_engine.core.answers.opt_out import speaks_of_messages
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.spelling import other_layout, plain

_SET_APART = re.compile(r"(?<![^\W\d_])[^\W\d_]([ .*_-])(?:[^\W\d_]\1)+[^\W\d_](?![^\W\d_])")
_WORDS_OF_ONE_LETTER = frozenset("авикосуяжбaiouy")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_NO_KEY = re.compile(r"[^\W\d_a-zа-яё]", re.IGNORECASE)  # a letter of neither layout
_PIECE = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W\d_]")
_MOST_WORDS = 12
_LETTERS = 3  # a shorter word is known by chance


def undo_slips(folded: str) -> str:
    """The text as it was meant to be typed."""
    joined = _SET_APART.sub(_together, folded)
    return _switched(joined) or joined


def _together(match: re.Match[str]) -> str:
    letters = match.group()[:: len(match.group(1)) + 1]
    return match.group() if _WORDS_OF_ONE_LETTER.issuperset(letters.lower()) else letters


def _switched(text: str) -> str:
    """The text under the other layout when only that makes sense; else empty."""
    typed = [piece for piece in _PIECE.findall(text) if _LETTER.search(piece)]
    if (
        not 0 < len(typed) <= _MOST_WORDS
        or _NO_KEY.search(text)
        or bool(_LATIN.search(text)) == bool(_CYRILLIC.search(text))
    ):
        return ""
    if any(_means_something(plain(word.strip(".,!?;:"))) for word in typed):
        return ""
    meant = [_meant(word) for word in typed]
    if 2 * sum(_is_known(word) for word in meant) < len(meant):
        return ""
    turned = dict(zip(typed, meant, strict=True))
    return _PIECE.sub(lambda piece: turned.get(piece.group(), piece.group()), text)


def _meant(word: str) -> str:
    """The comma in `cgfcb,j` is a letter; the one in `cnjg,` is not."""
    bare = word.rstrip(".,;!?")
    whole, shorter = other_layout(word.lower()), other_layout(bare.lower())
    return whole if _is_known(whole) or not _is_known(shorter) else shorter + word[len(bare) :]


def _means_something(word: str) -> bool:
    return bool(WORDS.senses(word)) or _is_known(word)


def _is_known(word: str) -> bool:
    word = word.strip(".,!?")
    if len(word) < _LETTERS or not word.isalpha():
        return False
    return WORDS.holds(word) or speaks_of_messages(word) or number_word(word, False) is not None

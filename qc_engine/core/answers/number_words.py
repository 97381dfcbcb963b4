"""Words for numbers in Russian, Kazakh and English, in every form that a client may write."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qc_engine.core.answers.number_tables import ENGLISH, KAZAKH, KAZAKH_LATIN, RUSSIAN
from qc_engine.core.answers.spelling import (
    drawn_in_latin,
    one_slip_apart,
    other_layout,
    plain,
    sound,
    spellings,
)


@dataclass(frozen=True)
class NumberWord:
    """A number, how its word is used, and the language of the word."""

    value: int
    form: str  # word; strict (also an article, a pronoun); noun; school; from ("из", "-нан"); ordinal
    language: str


_KAZAKH_CASES = {
    "word": ["ды", "ді", "ты", "ті", "ны", "ні", "ға", "ге", "қа", "ке"],
    "from": ["дан", "ден", "тан", "тен", "нан", "нен"],
}
_NOT_NUMBERS = frozenset(("бірге", "бірден", "бірке"))
# Ordinary words one slip away from a number word.
_LOOKS_LIKE = """
    есть жесть жест шерсть шест честь лесть месть тесть весть сесть опять пятью пасть путь осень восьмой
    семья семью девать деть дети девятый десятый десятая четверо четверг зять деять шестой чистить жетім
    night light right might fight sight tight weight height freight eighty eighth even never severn seen
    event there these tree thee threw throw sevens fever lever forty seventy
    """
_GUESSED = {
    "девять": 9, "десять": 10, "восемь": 8, "четыре": 4, "шесть": 6, "seven": 7, "eight": 8, "three": 3,
    "тогыз": 9, "сегиз": 8, "жети": 7,
}  # fmt: skip


def number_word(raw: str, guess: bool) -> NumberWord | None:
    """The number that a whole word stands for; guess = one slip of the pen may be forgiven."""
    word = plain(raw).rstrip("'")
    for form in (*spellings(word), other_layout(word), drawn_in_latin(raw) if raw[:2].isupper() else ""):
        if len(form) > 1 and form in _WORDS:
            return _WORDS[form]
    return _guess(word) if guess else None


@lru_cache(maxsize=4096)
def _guess(word: str) -> NumberWord | None:
    if len(word) < 4 or any(form in _ORDINARY for form in spellings(word)):
        return None
    values = {value for right, value in _GUESSED.items() if one_slip_apart(word, right)}
    return NumberWord(values.pop(), "word", "") if len(values) == 1 else None


def _entries() -> Iterator[tuple[str, NumberWord]]:
    tables = (("ru", RUSSIAN), ("kk", KAZAKH), ("kk", KAZAKH_LATIN), ("en", ENGLISH))
    for language, table in tables:
        for form, words in table.items():
            for value, spelled in words.items():
                yield from ((word, NumberWord(value, form, language)) for word in spelled.split())


def _inflected() -> Iterator[tuple[str, NumberWord]]:
    for value, word in (*KAZAKH["word"].items(), (1, "бір"), (10, "он")):
        for form, endings in _KAZAKH_CASES.items():
            for ending in endings:
                if word + ending not in _NOT_NUMBERS:
                    yield word + ending, NumberWord(value, form, "kk")


def _table() -> dict[str, NumberWord]:
    words: dict[str, NumberWord] = {}
    for word, meaning in (*_entries(), *_inflected()):
        words.setdefault(plain(word), meaning)
    for word, meaning in list(words.items()):
        if len(word) > 4:
            words.setdefault(sound(word), meaning)
    return words


_WORDS = _table()
_ORDINARY = frozenset(plain(word) for word in _LOOKS_LIKE.split())

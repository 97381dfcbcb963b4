"""Words for numbers in Russian, Kazakh and English, in every form that a client may write."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qc_engine.core.answers.near_words import NearWords
from qc_engine.core.answers.number_tables import ENGLISH, KAZAKH, KAZAKH_LATIN, NOUN_STEMS, RUSSIAN
from qc_engine.core.answers.spelling import drawn_in_latin, plain, sound, spellings


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
_NOT_NUMBERS = frozenset(("бірге", "бірден", "бірке", "бірді"))  # the last sounds like "gave"
# Ordinary words one slip away from a number word.
_LOOKS_LIKE = """
    есть жесть жест шерсть шест честь лесть месть тесть весть сесть опять пятью пасть путь осень восьмой
    семья семью девать деть дети девятый десятый десятая четверо четверг зять деять шестой чистить жетім
    night light right might fight sight tight weight height freight eighty eighth even never severn seen
    event there these tree thee threw throw sevens fever lever forty seventy
    """
_GUESSED = {
    "девять": 9, "десять": 10, "восемь": 8, "четыре": 4, "шесть": 6, "seven": 7, "eight": 8, "three": 3,
    "десяти": 10, "тогыз": 9, "сегиз": 8, "жети": 7,
}  # fmt: skip


def number_word(raw: str, guess: bool) -> NumberWord | None:
    """The number that a whole word stands for; guess = one slip of the pen may be forgiven."""
    word = plain(raw).rstrip("'")
    hardened = word[:-1] + "ь" if word.endswith("ъ") else ""
    for form in (*spellings(word), hardened, drawn_in_latin(raw) if raw[:2].isupper() else ""):
        if len(form) > 1 and form in _WORDS:
            return _WORDS[form]
    return _noun(word) or (_guess(word) if guess else None)


@lru_cache(maxsize=4096)
def _noun(word: str) -> NumberWord | None:
    """`девятку`, `девяточкой`: a noun by its stem, whatever its ending; but `шестеро` are people."""
    if word.endswith("еро"):
        return None
    for form in spellings(word):
        for ending in range(_LONGEST_ENDING + 1):
            meaning = _NOUN_STEMS.get(form[: len(form) - ending])
            if meaning:
                return meaning
    return None


@lru_cache(maxsize=4096)
def _guess(word: str) -> NumberWord | None:
    if len(word) < 4 or any(form in _ORDINARY for form in spellings(word)):
        return None
    near = _GUESSES.nearest(word)
    likely = [right for right in near if len(right) != len(word) or sorted(right) == sorted(word)] or near
    values = {_GUESSED[right] for right in likely}  # a lost letter is likelier than a wrong one
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
        if len(word) > 4 and not (meaning.form == "strict" or (meaning.language == "kk" and len(word) < 6)):
            words.setdefault(sound(word), meaning)
    return words


def _noun_stems() -> Iterator[tuple[str, NumberWord]]:
    for form in ("noun", "school"):
        for value, stems in NOUN_STEMS[form].items():
            for stem in stems.split():
                yield from (
                    (spelled, NumberWord(value, form, "ru")) for spelled in {plain(stem), sound(stem)}
                )


_WORDS = _table()
_NOUN_STEMS = dict(_noun_stems())
_GUESSES = NearWords(lambda: _GUESSED)
_LONGEST_ENDING = 3  # letters
_ORDINARY = frozenset(plain(word) for word in _LOOKS_LIKE.split())

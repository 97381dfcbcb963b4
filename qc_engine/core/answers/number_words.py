"""Words for numbers in Russian, Kazakh and English, in every form that a client may write."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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


_RUSSIAN = {
    "word": {
        0: "ноль нуль ноля нуля нолик", 2: "два две двух", 3: "три трех трёх трешка", 4: "четыре четырех",
        5: "пять пяти пят", 6: "шесть шести", 7: "семь сем семи", 8: "восемь восьми", 9: "девять девяти",
        10: "десять десяти десятью", 11: "одиннадцать", 12: "двенадцать", 13: "тринадцать", 14: "четырнадцать",
        15: "пятнадцать", 16: "шестнадцать", 17: "семнадцать", 18: "восемнадцать", 19: "девятнадцать",
        20: "двадцать", 30: "тридцать", 40: "сорок", 50: "пятьдесят", 60: "шестьдесят", 70: "семьдесят",
        80: "восемьдесят", 90: "девяносто", 200: "двести", 300: "триста", 500: "пятьсот",
        100500: "стопятьсот", 1000000: "миллион мильон лям",
    },
    "strict": {1: "один одна одно", 100: "сто ста сотня сотку сотка", 1000: "тысяча тысячу тыща"},
    "noun": {
        1: "единица единицу единичка единичку единицы", 6: "шестерка шестерку шестерочка шестерочку шестерки",
        7: "семерка семерку семерочка семерочку семерки", 8: "восьмерка восьмерку восьмерочка восьмерочку восьмерки",
        9: "девятка девятку девяточка девяточку девятки девятки девяточки девяткой",
        10: "десятка десятку десяточка десяточку десятки десяточки десяткой десятчик десяточек",
    },
    "school": {
        2: "двойка двойку двоечка двоечку двойки пара пару", 3: "тройка тройку троечка троечку тройки трояк",
        4: "четверка четверку четверочка четверочку четверки", 5: "пятерка пятерку пятерочка пятерочку пятерки пятак",
    },
    "ordinal": {
        1: "первый первая первое первого первому первой первую первом", 2: "второй вторая второе второго второму вторую втором",
        3: "третий третья третье третьего третьему третью третьем", 4: "четвертый четвертая четвертое",
        5: "пятый пятая пятое", 6: "шестой шестая", 7: "седьмой седьмая", 8: "восьмой восьмая", 9: "девятый", 10: "десятый",
    },
}  # fmt: skip
_KAZAKH = {
    "word": {
        0: "нөл", 2: "екі", 3: "үш", 4: "төрт", 5: "бес", 6: "алты", 7: "жеті", 8: "сегіз", 9: "тоғыз",
        20: "жиырма", 30: "отыз", 40: "қырық", 50: "елу", 60: "алпыс", 70: "жетпіс", 80: "сексен", 90: "тоқсан",
    },
    "strict": {1: "бір", 10: "он", 100: "жүз", 1000: "мың"},
    "ordinal": {1: "бірінші біріншісі біріншіге", 2: "екінші екіншісі екіншіге", 3: "үшінші", 4: "төртінші"},
    "school": {2: "екілік", 3: "үштік", 4: "төрттік", 5: "бестік"},
    "noun": {6: "алтылық", 7: "жетілік", 8: "сегіздік", 9: "тоғыздық", 10: "ондық"},
}  # fmt: skip
_KAZAKH_LATIN = {
    "word": {2: "eki", 3: "ush uch", 4: "tort", 5: "bes", 6: "alty alti", 7: "zheti jeti jety zhety",
             8: "segiz segyz", 9: "togyz togiz toguz toghyz", 0: "nol"},
    "strict": {1: "bir", 10: "on"},
}  # fmt: skip
_ENGLISH = {
    "word": {
        0: "zero nil", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine nien ninee",
        10: "ten tenn", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen",
        17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty",
        60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety",
    },
    "strict": {1: "one", 100: "hundred", 1000: "thousand million"},
    "ordinal": {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"},
}  # fmt: skip
_KAZAKH_CASES = {
    "word": ["ды", "ді", "ты", "ті", "ны", "ні", "ға", "ге", "қа", "ке"],
    "from": ["дан", "ден", "тан", "тен", "нан", "нен"],
}
_NOT_NUMBERS = frozenset(["бірге", "бірден", "онда", "онан", "еківтін", "жетіні"]) - {"жетіні"}
# Ordinary words one slip away from a number word.
_LOOKS_LIKE = frozenset(
    ["есть", "жесть", "шерсть", "шест", "честь", "лесть", "месть", "тесть", "весть", "сесть", "опять", "пятью", "пасть", "путь", "осень", "восьмой", "семья", "семью", "девать", "деть", "дети", "девятый", "десятый", "десятая", "десятки", "девятки", "четверо", "четверг", "зять", "деять", "шестой", "шесто", "night", "light", "right", "might", "fight", "sight", "tight", "weight", "height", "freight", "eighty", "eighth", "even", "never", "severn", "seen", "event", "there", "these", "tree", "thee", "threw", "throw", "sevens", "fever", "lever", "forty", "steven", "seventy", "чистить", "жетім", "жетик", "жетис", "сегізі", "жест", "шерст"]
)
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
    tables = (("ru", _RUSSIAN), ("kk", _KAZAKH), ("kk", _KAZAKH_LATIN), ("en", _ENGLISH))
    for language, table in tables:
        for form, words in table.items():
            for value, spelled in words.items():
                yield from ((word, NumberWord(value, form, language)) for word in spelled.split())


def _inflected() -> Iterator[tuple[str, NumberWord]]:
    for value, word in (*_KAZAKH["word"].items(), (1, "бір"), (10, "он")):
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
_ORDINARY = frozenset(plain(word) for word in _LOOKS_LIKE)

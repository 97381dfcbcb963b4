"""Under which names a client may have written a review: people are called otherwise in every service."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

MOST = 8
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# As passports write it; Kazakh letters by the country's Latin spelling of names in passports.
PLAIN = str.maketrans({
    "а": "a", "ә": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh",
    "з": "z", "и": "i", "й": "i", "к": "k", "қ": "k", "л": "l", "м": "m", "н": "n", "ң": "n", "о": "o",
    "ө": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ұ": "u", "ү": "u", "ф": "f", "х": "kh",
    "һ": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "і": "i", "ь": "", "э": "e",
    "ю": "iu", "я": "ia",
})  # fmt: skip
# As people write their own names.
USUAL = PLAIN | str.maketrans({"й": "y", "ю": "yu", "я": "ya", "х": "h", "ё": "yo"})
PATRONYMIC = re.compile(r"(?:вич|ьич|вна|ична|ұлы|улы|қызы|кызы|оглы|оғлы)$")
ENDINGS = ("ий", "ый")


def name_variants(name: str) -> Sequence[str]:
    """The full name, the first name with an initial, and both in Latin letters; nothing of an empty name."""
    words = called_by(WORD.findall(name))
    return tuple(dict.fromkeys(_spelled(words)))[:MOST] if words else ()


def called_by(words: Sequence[str]) -> Sequence[str]:
    """Nobody signs a review with the patronymic; where it comes last, the surname comes first."""
    if len(words) < 3:
        return words
    kept = [word for word in words if not PATRONYMIC.search(word.casefold())]
    return kept[::-1] if len(kept) == 2 and kept == list(words[:2]) else kept or words


def _spelled(words: Sequence[str]) -> Iterator[str]:
    yield from _forms(words, lambda word: word)
    yield from _forms(words, lambda word: _latin(word, USUAL))
    yield from _forms(words, lambda word: _latin(word, PLAIN))


def _forms(words: Sequence[str], spell: Callable[[str], str]) -> Iterator[str]:
    first, *rest = map(spell, words)
    yield " ".join((first, *rest))
    if rest:
        yield f"{first} {spell(words[-1][0])}."
        yield f"{rest[-1]} {first}"


def _latin(word: str, table: Mapping[int, str]) -> str:
    """'Сергей' -> 'Sergey'; what is Latin already stays as it is."""
    if word.isascii():
        return word
    low = word.casefold()
    ending = "y" if table is USUAL and low.endswith(ENDINGS) else ""
    spelled = (low[:-2] if ending else low).translate(table) + ending
    return "-".join(part[:1].upper() + part[1:] for part in spelled.split("-"))

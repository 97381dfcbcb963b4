"""How people spell: other scripts, look-alike letters, the wrong keyboard layout, letters by ear."""

import re
from functools import lru_cache

_KAZAKH = str.maketrans("әғқңөұүһіёѕ", "агкноууxиес".replace("x", "х"))
_SOUND = str.maketrans(
    {"о": "а", "е": "и", "э": "и", "я": "и", "ы": "и", "й": "и", "щ": "ш", "ь": "", "ъ": "", "'": ""}
)
_LOOKALIKE = str.maketrans("aAbBcCeEHiIkKmMoOpPTtxXyYrnu0", "аАьВсСеЕНіІкКмМоОрРТтхХуУгпио")
_PLAIN_LATIN = str.maketrans("çğǵıöşüáéíóúñń", "cggiosuaeiounn")
_TRANSLIT = [
    *zip(("shch", "sch", "zh", "kh", "ch", "sh", "gh", "ya", "yu", "yo", "ye", "ja", "ju", "ia"),
         ("щ", "щ", "ж", "х", "ч", "ш", "г", "я", "ю", "е", "е", "я", "ю", "я"), strict=True),
    *zip("abcdefghijklmnopqrstuvwxyz'", "абцдефгхижклмнопкрстуввхыз", strict=False),
    ("'", "ь"),
]  # fmt: skip
_TRANSLIT_OF = dict(_TRANSLIT)
_TRANSLIT_PIECE = re.compile("|".join(re.escape(latin) for latin, _ in _TRANSLIT))
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_JCUKEN = "йцукенгшщзхъфывапролджэячсмитьбю"
_TO_JCUKEN = str.maketrans(_QWERTY, _JCUKEN)
_TO_QWERTY = str.maketrans(_JCUKEN, _QWERTY)
_DOUBLE = re.compile(r"(.)\1+")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яёѐ-ӿ]", re.IGNORECASE)


@lru_cache(maxsize=4096)
def plain(raw: str) -> str:
    """Lower case, Kazakh letters as Russian ones, a Latin letter inside a Cyrillic word as its look-alike."""
    if _CYRILLIC.search(raw) and _LATIN.search(raw.lower()):
        raw = raw.translate(_LOOKALIKE)
    return raw.lower().translate(_KAZAKH).translate(_PLAIN_LATIN)


@lru_cache(maxsize=4096)
def sound(word: str) -> str:
    """The word as it is heard: unstressed vowels, soft signs and doubled letters fall together."""
    return _DOUBLE.sub(r"\1", word.translate(_SOUND))


@lru_cache(maxsize=4096)
def cyrillic(word: str) -> str:
    """A transliterated word in Cyrillic letters."""
    return _TRANSLIT_PIECE.sub(lambda piece: _TRANSLIT_OF[piece.group()], word)


@lru_cache(maxsize=4096)
def spellings(word: str) -> tuple[str, ...]:
    """The forms under which a plain word may stand in a word list, the word itself first."""
    if not _LATIN.search(word):
        return (word, sound(word)) if len(word) > 3 else (word,)
    turned = dict.fromkeys((cyrillic(word), cyrillic(word.replace("j", "zh"))))
    heard = [sound(form) for form in turned if len(form) > 3]
    return (word, _DOUBLE.sub(r"\1", word), *turned, *heard)


def other_layout(word: str) -> str:
    """The word as it would be if the keyboard had been switched: `cnjg` is `стоп`, `ыещз` is `stop`."""
    return word.translate(_TO_JCUKEN) if _LATIN.search(word) else word.translate(_TO_QWERTY)


def drawn_in_latin(raw: str) -> str:
    """A word drawn with Latin capitals only: `BOCEMb` is `восемь`."""
    return plain(raw.translate(_LOOKALIKE))


def one_slip_apart(word: str, right: str) -> bool:
    """True when one letter is missing, extra, different, or two neighbours are swapped."""
    if abs(len(word) - len(right)) > 1 or word == right:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, right, strict=False)) if a != b), None)
    if start is None:
        return True
    tail, right_tail = word[start:], right[start:]
    swapped = tail[:2] == right_tail[1::-1] and tail[2:] == right_tail[2:]
    return swapped or right_tail[1:] in (tail, tail[1:]) or tail[1:] == right_tail

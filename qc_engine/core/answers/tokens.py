"""Cuts a message into words, numbers and signs."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from qc_engine.core.answers.spelling import plain

MOST_CHARACTERS = 4096
_CHARACTERS_REMEMBERED = 4096

_KEYCAP_TEN = re.compile("1\ufe0f?\u20e30\ufe0f?\u20e3|\U0001f51f")
_KEYCAP = re.compile("([0-9]{1,4})\ufe0f?\u20e3")
_PARTICLE = re.compile(r"-(?:ка|ак|ау|шы|ши|таки)$")  # `напишите-ка`, `жазбай-ақ`
_ABOUT = re.compile(r"(?:\+/?-|±|плюс[ -]?минус) ?(?=\d)", re.IGNORECASE)
_ZERO_FOR_O = re.compile(r"(?<=[a-zа-яё])0(?=[a-zа-яё])", re.IGNORECASE)
_THAT_IS = re.compile(r"(?<!\w)(?:т\. ?е\.|то есть(?!\w))", re.IGNORECASE)
_HALF = re.compile(r"(\d) ?(?:½| 1[/⁄]2(?!\d))")
_TOKEN = re.compile(r"\n|[0-9]+|[^\W\d_]+(?:['-][^\W\d_]+)*'?|\S")
_SAME = {
    **dict.fromkeys("–—‐‑‒―−﹣－", "-"),
    **dict.fromkeys("«»“”„‟″❝❞", '"'),
    **dict.fromkeys("’‘`´ʼʻ′", "'"),
    **dict.fromkeys("⁄∕／＼\\", "/"),
    **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    "➖": "-", "➕": "+", "✖": "*", "➗": "/",
    "…": ".", "‚": ",", "，": ",", "、": ",", "：": ":", "；": ";", "！": "!", "？": "?", "．": ".",
}  # fmt: skip
_DASH_WITH_ROOM = re.compile(r"^\s*[–—]\s+(?=\S)")


@dataclass(slots=True, eq=False)
class Token:
    """One word, number or sign; later steps write down what it turned out to be."""

    text: str
    raw: str
    kind: str  # "number", "word", "sign" or "line"
    spaced: bool  # is there a space or a line break before it
    senses: frozenset[str] = frozenset()
    value: Decimal = Decimal(0)
    form: str = ""  # how a number is written: digit, word, strict, noun, from, ordinal, share
    role: str = ""  # "" for what may still be a mark, else what it is: noise, scale, label, unit
    marks: frozenset[str] = frozenset()  # what was noticed about a number: plus, below, negative ...


def fold(text: str) -> str:
    """The same text with plain digits, dashes, quotes and spaces; letters keep their case."""
    text = unicodedata.normalize("NFC", text)
    text = _DASH_WITH_ROOM.sub("", text)  # a dash of speech, not a minus
    text = _ABOUT.sub(" около ", text)
    text = _THAT_IS.sub(" тоесть ", text)
    text = _ZERO_FOR_O.sub("o", text)
    text = _KEYCAP.sub(r" \1 ", _KEYCAP_TEN.sub(" 10 ", text))
    return _HALF.sub(r"\1.5", text).translate(_plain)


def tokenise(folded: str) -> list[Token]:
    """Every token of a folded text, in order."""
    tokens = []
    end = 0
    for match in _TOKEN.finditer(folded):
        spaced = match.start() > end or match.start() == 0 or folded[match.start() - 1] == "\n"
        tokens.append(_token(match.group(), spaced))
        end = match.end()
    return tokens


def words(text: str) -> frozenset[str]:
    """A set of words, written as a line of words."""
    return frozenset(text.split())


def words_of(tokens: list[Token]) -> list[Token]:
    """Only the words."""
    return [token for token in tokens if token.kind == "word"]


def _token(raw: str, spaced: bool) -> Token:
    if raw == "\n":
        return Token("\n", raw, "line", spaced)
    if raw[0].isdigit():
        return Token(raw, raw, "number", spaced, value=Decimal(raw), form="digit")
    if raw[0].isalpha():
        return Token(_PARTICLE.sub("", plain(raw).rstrip("'")), raw, "word", spaced)
    return Token(raw, raw, "sign", spaced)


class _PlainCharacters(dict[int, str]):
    """What each character of a message is read as; worked out at its first sight."""

    def __missing__(self, code: int) -> str:
        found = _plain_character(chr(code))
        if len(self) < _CHARACTERS_REMEMBERED:
            self[code] = found
        return found


def _plain_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character == "\n" or " " <= character <= "~" or "\u0400" <= character <= "\u04ff":
        return character
    category = unicodedata.category(character)
    if category in ("Nd", "No"):
        return _plain_digit(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category[0] in "CZ":
        return " "
    folded = unicodedata.normalize("NFKC", character)
    return (
        folded if category[0] == "L" or (len(folded) == 1 and folded.isalpha()) else character
    )  # "ⓢ" is a letter too


def _plain_digit(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    number = unicodedata.numeric(character)
    return f" {int(number)} " if number == int(number) else " "


_plain = _PlainCharacters()

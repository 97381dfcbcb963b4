"""The catalogue of sentences: a key and its values become words of a language."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from qc_engine.core.wording.texts import PLACE
from qc_engine.explain.moments import local, moment_in, span_in

LOCALE = Path(__file__).parent / "locale"
DEFAULT = "ru"
# A value may refine a key: 'event.AnswerReceived' with kind=voice is 'event.AnswerReceived.voice', if known.
REFINING = ("kind", "answer", "purpose")
# Words of people and vendors: shown as they came, whatever they look like.
VERBATIM = frozenset({"text", "words", "reason", "result", "title", "fields", "formula", "values"})
NUMBERS = frozenset({"score", "scores", "average", "limit"})
POINT = re.compile(r"(?<=\d)[.,](?=\d)")
NUMBER = re.compile(r"-?\d+[.,]\d+")


def languages() -> list[str]:
    """Every language that has a catalogue."""
    return sorted(path.stem for path in LOCALE.glob("*.json"))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Key -> sentence; the default language's for a language that nobody has written."""
    path = LOCALE / f"{language if language in languages() else DEFAULT}.json"
    sentences: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return sentences


def known(key: str, language: str) -> bool:
    return key in catalogue(language)


def say(key: str, values: Mapping[str, str], language: str, zone: str = "UTC") -> str:
    """The sentence with its values, times as '04.03.2026 10:15' in `zone`; an unknown key is told as is."""
    sentence = _sentence(key, values, language)
    if sentence is None:
        return _bare(key, values)
    shown = {name: _shown(name, value, language, zone) for name, value in values.items()}
    # One pass: what a client wrote is never read as a template.
    return PLACE.sub(lambda place: shown.get(place["name"], "") or place["fallback"] or "", sentence)


def counted(thing: str, number: int, language: str) -> str:
    """'7 431 задание': a number of things whose forms the catalogue has under 'count.'."""
    digits = f"{number:,}" if language == "en" else f"{number:,}".replace(",", " ")
    return catalogue(language)[f"count.{thing}.{_form(number, language)}"].replace("{n}", digits)


def number(value: str, language: str) -> str:
    """'3,5', in English '3.5'; what is no number with a fraction stays as it is."""
    return _pointed(value, language) if NUMBER.fullmatch(value) else value


def _pointed(value: str, language: str) -> str:
    return POINT.sub("." if language == "en" else ",", value)


def _sentence(key: str, values: Mapping[str, str], language: str) -> str | None:
    sentences = catalogue(language)
    finer = (f"{key}.{values[name]}" for name in REFINING if name in values)
    return next((sentences[one] for one in (*finer, key) if one in sentences), None)


def _bare(key: str, values: Mapping[str, str]) -> str:
    told = ", ".join(f"{name}={value}" for name, value in values.items())
    return f"{key}: {told}" if told else key


def _shown(name: str, value: str, language: str, zone: str) -> str:
    if name in VERBATIM:
        return value
    if name in NUMBERS:
        return _pointed(value, language)
    if name == "span":
        return _span(value, language)
    moment = moment_in(value)
    return local(moment, zone) if moment else value


def _span(value: str, language: str) -> str:
    """'30 days, 0:00:00' -> '30 дней', in the forms that the language has for its numbers."""
    sentences = catalogue(language)
    parts = [
        sentences[f"span.{unit}.{_form(number, language)}"].replace("{n}", str(number))
        for unit, number in span_in(value)
    ]
    return " ".join(parts) or value


def _form(number: int, language: str) -> str:
    """Which of three forms a number takes; the catalogue repeats what its language does not tell apart."""
    if number == 1 or (language != "en" and number % 10 == 1 and number % 100 != 11):
        return "one"
    return "few" if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else "many"

"""What the console itself says: a catalogue of its own in three languages."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("ru", "kk", "en")
NUMBER = re.compile(r"-?\d+[.,]\d+")
PLACE = re.compile(r"\{(\w+)\}")
UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Key -> sentence. Raises KeyError for a language that there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    sentences: dict[str, str] = json.loads((LOCALE / f"{language}.json").read_text(encoding="utf-8"))
    return sentences


def say(language: str, key: str, **values: object) -> str:
    """The sentence with its values. Raises KeyError for one that nobody has written."""
    shown = {name: str(value) for name, value in values.items()}
    return PLACE.sub(lambda place: shown.get(place[1], ""), catalogue(language)[key])


def counted(language: str, thing: str, number: int) -> str:
    """'3 дела': a number of things, in the form that the language has for it."""
    return say(language, f"count.{thing}.{_form(language, number)}", n=number)


def number(language: str, value: object) -> str:
    """As the language writes it, whichever sign stands before the fraction; what is no number stays."""
    text = str(value)
    return text.replace(*(",.") if language == "en" else (".,")) if NUMBER.fullmatch(text) else text


def ago(language: str, moment: datetime, now: datetime) -> str:
    """'2 часа назад', in the largest whole unit."""
    passed = now - moment
    unit = next(((span, name) for span, name in UNITS if passed >= span), None)
    return counted(language, f"ago_{unit[1]}", passed // unit[0]) if unit else say(language, "ago.now")


def clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%d.%m.%Y %H:%M")


def _form(language: str, number: int) -> str:
    if number == 1 or (language == "ru" and number % 10 == 1 and number % 100 != 11):
        return "one"
    few = language == "ru" and number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    return "few" if few else "many"

"""How a place in a text writes its value: {name:filter}. A closed table; a new filter is one line here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from qc_engine.core.frozen import frozen
from qc_engine.core.wording.dates import day_and_month, long_date, short_date, weekday
from qc_engine.core.wording.names import called_by
from qc_engine.core.wording.plurals import plural_form
from qc_engine.core.wording.texts import spoken, written

TEXT, NUMBER, DATE, MOMENT = "text", "number", "date", "moment"  # the kinds of values
KINDS = (TEXT, NUMBER, DATE, MOMENT)
CALL = re.compile(r":\s*([^:()]*?)\s*(?:\(([^()]*)\))?\s*(?=:|$)")
HARD_SPACE = "\u00a0"


@frozen
class Manner:
    """How a text is written out: in which language, by which clock, on which day."""

    language: str = "ru"
    zone: tzinfo = UTC
    today: date | None = None


@dataclass(frozen=True)
class Call:
    """One filter as a text names it."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """What a filter takes and gives, and how: (value, manner, arguments) -> value or None for nothing."""

    takes: tuple[str, ...]
    gives: str
    write: Callable[[Any, Manner, Sequence[str]], object]
    arguments: str = ""  # how they are written; "": it takes none
    may_be_empty: bool = False  # also for a value that is there


@lru_cache(maxsize=1024)
def calls_in(how: str) -> tuple[Call, ...]:
    """':days_left:plural(день, дня, дней)' -> two calls. Raises ValueError when it cannot be understood."""
    calls, read = [], 0
    while read < len(how):
        found = CALL.match(how, read)
        if not found or not found[1]:
            raise ValueError(how)
        given = found[2].split(",") if found[2] is not None else []
        calls.append(Call(found[1], tuple(one.strip() for one in given)))
        read = found.end()
    return tuple(calls)


def filtered(value: object, how: str, manner: Manner) -> str:
    """The value through all its filters; '' where one of them has nothing to say, or does not fit."""
    try:
        for call in calls_in(how):
            known = FILTERS[call.name]
            if value is None or kind_of(value) not in known.takes:
                return ""
            value = known.write(value, manner, call.arguments)
    except (LookupError, ValueError):
        # Checked when the scenario was read; a client gets no traceback.
        return ""
    return plain(value, manner)


def kind_of(value: object) -> str:
    match value:
        case datetime():
            return MOMENT
        case date():
            return DATE
        case bool():
            return TEXT
        case int() | Decimal() | Fraction():
            return NUMBER
        case _:
            return TEXT


def plain(value: object, manner: Manner) -> str:
    """As people read it: '7,67', '05.03.2026', '05.03.2026 18:30'; '' for nothing."""
    match value:
        case str():
            return value
        case None:
            return ""
        case datetime():
            return value.astimezone(manner.zone).strftime("%d.%m.%Y %H:%M")
        case date():
            return value.strftime("%d.%m.%Y")
        case int():
            return str(value)
        case Decimal() | Fraction():
            return spoken(value)
        case _:
            return str(value)


# --- the filters ------------------------------------------------------------------------------


def _first_name(name: str, manner: Manner, arguments: Sequence[str]) -> str:
    words = called_by(name.split())
    return _named(words[0]) if words else ""


def _short_name(name: str, manner: Manner, arguments: Sequence[str]) -> str:
    words = called_by(name.split())
    initials = [f"{word[0].upper()}." for word in words[1:][-1:]]
    return " ".join([*map(_named, words[:1]), *initials])


def _named(word: str) -> str:
    """'АННА' and 'анна' are typed by hand; 'МакДональд' is meant so."""
    return word.capitalize() if word.isupper() or word.islower() else word


def _upper_first(text: str, manner: Manner, arguments: Sequence[str]) -> str:
    return text[:1].upper() + text[1:]


def _phone(number: str, manner: Manner, arguments: Sequence[str]) -> str:
    """'+7 701 •••': enough for the client to recognise it."""
    digits = "".join(one for one in number if one.isdecimal())
    if len(digits) < 8:
        return ""
    if len(digits) == 11 and digits[0] in "78":
        return f"+7 {digits[1:4]} •••"
    return f"+{digits[:3]} •••"


def _number(number: Any, manner: Manner, arguments: Sequence[str]) -> str:
    """Thousands apart, at most two decimals."""
    whole, _, decimals = written(Fraction(number)).partition(".")
    return _apart(whole, decimals, manner)


def _money(number: Any, manner: Manner, arguments: Sequence[str]) -> str:
    """The same with no or two decimals, and the currency behind it if one is named."""
    whole, _, decimals = written(Fraction(number)).partition(".")
    amount = _apart(whole, decimals.ljust(2, "0") if decimals else "", manner)
    return HARD_SPACE.join((amount, *arguments))


def _apart(whole: str, decimals: str, manner: Manner) -> str:
    thousands, point = (",", ".") if manner.language == "en" else (HARD_SPACE, ",")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return sign + f"{int(digits):,}".replace(",", thousands) + (point + decimals if decimals else "")


def _days_left(day: date, manner: Manner, arguments: Sequence[str]) -> int | None:
    """Nothing once it is over."""
    left = (_day(day, manner) - manner.today).days if manner.today else -1
    return left if left >= 0 else None


def _plural(number: Any, manner: Manner, forms: Sequence[str]) -> str:
    return forms[plural_form(number, manner.language, len(forms))]


def _time(moment: datetime, manner: Manner, arguments: Sequence[str]) -> str:
    return moment.astimezone(manner.zone).strftime("%H:%M")


def _of_day(write: Callable[[date, str], str]) -> Callable[[Any, Manner, Sequence[str]], str]:
    return lambda value, manner, arguments: write(_day(value, manner), manner.language)


def _day(value: date, manner: Manner) -> date:
    return value.astimezone(manner.zone).date() if isinstance(value, datetime) else value


DAYS = (DATE, MOMENT)
FILTERS: Mapping[str, Filter] = {
    "first_name": Filter((TEXT,), TEXT, _first_name),
    "short_name": Filter((TEXT,), TEXT, _short_name),
    "upper_first": Filter((TEXT,), TEXT, _upper_first),
    "phone": Filter((TEXT,), TEXT, _phone, may_be_empty=True),
    "date": Filter(DAYS, TEXT, _of_day(long_date)),
    "short_date": Filter(DAYS, TEXT, _of_day(short_date)),
    "day_month": Filter(DAYS, TEXT, _of_day(day_and_month)),
    "weekday": Filter(DAYS, TEXT, _of_day(weekday)),
    "time": Filter((MOMENT,), TEXT, _time),
    "days_left": Filter(DAYS, NUMBER, _days_left, may_be_empty=True),
    "number": Filter((NUMBER,), TEXT, _number),
    "money": Filter((NUMBER,), TEXT, _money, "(₸)"),
    "plural": Filter((NUMBER,), TEXT, _plural, "(день, дня, дней)"),
}

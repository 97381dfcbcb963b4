"""What the CRM and a start tell about a deal, read by its kind; and which language a client speaks."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from qc_engine.core.events import Deal
from qc_engine.core.scenario import ContactRules

GAPS = re.compile("[\\s\u00a0\u202f']")
NUMBER = re.compile(r"[-+]?\d{1,15}(?:[.,]\d{1,6})?")
DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
)
# How people and lists of values in a CRM call a client's language.
LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("ru", "rus", "рус", "русский", "русский язык", "орыс", "орысша", "russian"), "ru"),
    **dict.fromkeys(("kk", "kz", "kaz", "каз", "қаз", "казахский", "казахский язык"), "kk"),
    **dict.fromkeys(("қазақ", "қазақша", "қазақ тілі", "казакша", "kazakh"), "kk"),
    **dict.fromkeys(("en", "eng", "англ", "английский", "английский язык", "english", "ағылшын"), "en"),
}


def language_of(rules: ContactRules, deal: Deal) -> str:
    """ru, kk or en by the field that the scenario names; '' when it says nothing that we know."""
    told = (deal.fields.get(rules.language_field, ""), deal.contact_fields.get(rules.language_of_contact, ""))
    known = (LANGUAGES.get(" ".join(one.casefold().replace("ё", "е").split())) for one in told if one)
    return next((language for language in known if language), "")


def read(kind: str, text: str, zone: tzinfo) -> object | None:
    """Text, Decimal, date or aware datetime; None when it cannot be read as such."""
    try:
        return READERS[kind](text.strip(), zone) if text.strip() else None
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _number(text: str, zone: tzinfo) -> Decimal:
    """'12 500,50', and '12500|KZT' as a portal writes money."""
    plain = GAPS.sub("", text.partition("|")[0])
    if not NUMBER.fullmatch(plain):
        raise ValueError(text)
    return Decimal(plain.replace(",", "."))


def _date(text: str, zone: tzinfo) -> date:
    """The day as it is written: a portal writes midnight of its own clock behind it."""
    return (day_first(text) or datetime.fromisoformat(text)).date()


def _moment(text: str, zone: tzinfo) -> datetime:
    """Without an offset it is meant by the clock of the branch."""
    moment = day_first(text) or datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def day_first(text: str) -> datetime | None:
    """'05.03.2026 18:30', by whatever clock; None when it is not written so. ValueError: 31.02.2026."""
    found = DAY_FIRST.fullmatch(text)
    if not found:
        return None
    parts = ("year", "month", "day", "hour", "minute", "second")
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in parts)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (the caller knows the zone)


READERS: Mapping[str, Callable[[str, tzinfo], object]] = {
    "text": lambda text, zone: text,
    "number": _number,
    "date": _date,
    "moment": _moment,
}

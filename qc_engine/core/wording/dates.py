"""Dates in words of each language; names of months and days as in Unicode CLDR."""

from collections.abc import Mapping
from datetime import date

MONTHS: Mapping[str, tuple[str, ...]] = {
    "ru": ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
           "ноября", "декабря"),
    "kk": ("қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан",
           "қараша", "желтоқсан"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    "kk": ("дүйсенбі", "сейсенбі", "сәрсенбі", "бейсенбі", "жұма", "сенбі", "жексенбі"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def long_date(day: date, language: str) -> str:
    """'5 марта 2026', '2026 жылғы 5 наурыз', '5 March 2026'."""
    day_of = day_and_month(day, language)
    return f"{day.year} жылғы {day_of}" if language == "kk" else f"{day_of} {day.year}"


def day_and_month(day: date, language: str) -> str:
    """'5 марта'."""
    return f"{day.day} {MONTHS[language][day.month - 1]}"


def short_date(day: date, language: str) -> str:
    """'05.03'; in English '5 Mar', because there half of the readers take 05.03 for the third of May."""
    return f"{day.day} {MONTHS['en'][day.month - 1][:3]}" if language == "en" else f"{day:%d.%m}"


def weekday(day: date, language: str) -> str:
    return WEEKDAYS[language][day.weekday()]

"""One spelling for a phone number, so that the CRM, the channel and a person mean the same client."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

LONGEST_RAW = 128
KNOWN_ZONES = frozenset(available_timezones())
# A whole country on one clock, though its mobile numbers tell nothing but the country code it shares.
ONE_TIME = {"KZ": ("Asia/Almaty",)}  # since 1 March 2024
# What a channel writes instead of a number, for example "[tg] 807892".
CHANNEL_MARK = re.compile(r"^\s*\[[^\]]*\]")
EXTENSION = re.compile(r"(?i)(?:доб|вн|ext|x|#).*$")
SEVERAL = re.compile(r"[,;/|\n]|\s(?:или|и|or)\s")


def normalise(raw: str, region: str = "KZ") -> str:
    """E.164 digits without the plus, or '' when there is no valid number in `raw`.

    `region` (ISO 3166, two letters) only completes a number written without its country code:
    the country itself comes from the number, because +7 is shared.
    """
    raw = raw[:LONGEST_RAW]
    if CHANNEL_MARK.match(raw):
        return ""
    spellings = (raw, EXTENSION.sub("", raw), *SEVERAL.split(raw))
    return next(filter(None, (_number(spelling, region) for spelling in spellings)), "")


@lru_cache(maxsize=4096)
def zones_of(phone: str) -> tuple[str, ...]:
    """Every time zone in which this number (E.164 digits) may be at home; empty when nobody knows."""
    try:
        number = phonenumbers.parse(f"+{phone}")
    except phonenumbers.NumberParseException:
        return ()
    country = phonenumbers.region_code_for_number(number)
    found = ONE_TIME.get(country or "") or time_zones_for_number(number)
    return tuple(zone for zone in found if zone in KNOWN_ZONES)


def _number(raw: str, region: str) -> str:
    digits = _digits(raw)
    if not 7 <= len(digits) <= 20:
        return ""
    candidates = _candidates(digits, international=raw.lstrip().startswith(("+", "＋")), region=region)
    return next(filter(None, map(_valid, candidates)), "")


def _candidates(digits: str, *, international: bool, region: str) -> Iterator[str]:
    if international:
        yield digits
    code = phonenumbers.country_code_for_region(region)
    yield LOCAL_FORMS.get(code, _plain_local)(digits, code)
    yield digits.removeprefix("00")


def _of_seven(digits: str, code: int) -> str:
    """Kazakhstan and Russia: 8 is the trunk prefix, 810 and 00 lead abroad."""
    for abroad in ("810", "00"):
        if digits.startswith(abroad) and len(digits) > len(abroad) + 9:
            return digits.removeprefix(abroad)
    if len(digits) == 11 and digits.startswith("8"):
        return f"{code}{digits[1:]}"
    return f"{code}{digits}" if len(digits) == 10 else digits


def _plain_local(digits: str, code: int) -> str:
    """Elsewhere: one leading zero is the trunk prefix."""
    return f"{code}{digits.removeprefix('0')}"


# How people of a country code write their numbers at home.
LOCAL_FORMS: Mapping[int, Callable[[str, int], str]] = {7: _of_seven}


def _valid(digits: str) -> str:
    # With the plus and without a region: 79161234567 parsed as KZ would become +779161234567.
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def _digits(raw: str) -> str:
    # People paste full-width and Arabic digits; unicodedata reads what int() of '²' would refuse.
    return "".join(
        str(unicodedata.decimal(sign)) for sign in raw if unicodedata.decimal(sign, None) is not None
    )

"""Links, phones, dates, clock times, plates and placeholders: what is blanked out before words are read."""

import re

_GONE = " ¤ "  # a sign, so that the words around do not touch
_URL = re.compile(r"(?:https?://|www\.)[^\s,]+|[\w.+-]{1,64}@[\w.-]{1,64}|@\w+", re.IGNORECASE)
_HOST = re.compile(r"\b[a-z0-9-]{1,40}\.(?:kz|ru|com|net|org|io|me|app)\b(?:/[^\s,]*)?", re.IGNORECASE)
_FILE = re.compile(
    r"[\w-]{1,60}\.(?:pdf|jpe?g|png|docx?|xlsx?|mp[34]|zip|heic|og[ga]|opus|webp|avi|mov)\b", re.IGNORECASE
)
_PHONE = re.compile(
    r"(?<![\d.,])(?:\+?[78][ \-(]{0,3}\d{3}[ \-)]{0,3}\d{3}[ \-]{0,2}\d{2}[ \-]{0,2}\d{2}"
    r"|\d{3}[ -]\d{3}[ -]\d{2}[ -]?\d{2}|\+\d[\d()-]{7,16}|\d{2,3}-\d{2}-\d{2})(?!\d)"
)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d{2}|\d{4}-\d{2}-\d{2}|0\d\.\d{1,2}|\d{1,2}\.0\d|[123]\d\.1[012])(?![\d.])"
)
_PLATE = re.compile(
    r"(?<![\w-])(?:\d{3} ?[A-ZАВЕКМНОРСТУХ]{3} ?\d{2}|\d{3}[a-zа-я]{2,3}\d{2}"
    r"|[A-ZА-Я] ?\d{3} ?[A-ZА-Я]{2,3}(?: ?\d{2,3})?"
    r"|[a-zа-я]\d{3}[a-zа-я]{2}(?:\d{2,3})?)(?!\w)"
)
_SHOUT = re.compile(r"(?<=!)!+1+(?!\d)|(?<=!)11+(?!\d)")
_TYRE_SIZE = re.compile(r"(?<!\d)[12]\d{2}[ /][3-9]\d[ /][Rr]?[12]\d(?!\d)")
_TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{0,200}\]")
_BRACKETED = re.compile(r"\[\s*(?:[\d.,/ ]{1,7}|(?i:стоп|stop))\s*\]")  # what a client may have put there
_VULGAR_SHARE = re.compile(r"(?<!\d)24/7(?!\d)")


def without_links_and_phones(folded: str) -> str:
    """The text with placeholders, links, phones, dates and clock times blanked out."""
    folded = _PLACEHOLDER.sub(
        lambda found: found.group() if _BRACKETED.fullmatch(found.group()) else _GONE, folded
    )
    for pattern in (_URL, _FILE, _HOST, _PHONE, _DATE, _TIME, _PLATE, _SHOUT, _VULGAR_SHARE, _TYRE_SIZE):
        folded = pattern.sub(_GONE, folded)
    return folded


def only_placeholders(folded: str) -> bool:
    """True when nothing but `[voice]` and the like was sent."""
    left = _PLACEHOLDER.sub(lambda found: "9" if _BRACKETED.fullmatch(found.group()) else "", folded)
    return not left.strip()

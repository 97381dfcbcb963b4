"""Vendor's words and raw bodies, made fit for a screen: no full phone number, no key."""

import re

from qc_engine.core.wording.texts import masked

# A date with its hour ('2026-03-04 10') has as many digits as a phone, and is none.
PHONE = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d\b)\d(?:[\s().-]{0,3}\d){9,14}(?!\d)")
KEY = re.compile(r'(?i)((?:token|secret|password|api_?key)[\w\]%"\\]{0,12}\s*[=:]\s*"?)[^\s&",}]+')


def hidden(text: str) -> str:
    """The text with phone numbers as '7701•••4567' and values of keys as '•••'."""
    return PHONE.sub(lambda found: masked(found[0]), KEY.sub(r"\1•••", text))


def beginning(text: str, length: int) -> str:
    """The first characters, hidden before they are cut: half a phone is not seen as a phone."""
    return hidden(text[: 4 * length])[:length]

"""Vendor's words, raw bodies and our own texts, made fit for a screen: no full phone number, no key."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qc_engine.core.wording.texts import masked

# A date with its hour ('2026-03-04 10') has as many digits as a phone, and is none.
PHONE = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d\b)\d(?:[\s().-]{0,3}\d){9,14}(?!\d)")
KEY = re.compile(r'(?i)((?:token|secret|password|api_?key)[\w\]%"\\]{0,12}\s*[=:]\s*"?)[^\s&",}]+')

PAGE = re.compile(r"(/[asp]/)[A-Za-z0-9]{8,}\S*")


def hidden(text: str) -> str:
    """The text with phone numbers as '7701•••4567' and values of keys as '•••'."""
    return PHONE.sub(lambda found: masked(found[0]), KEY.sub(r"\1•••", text))


def beginning(text: str, length: int) -> str:
    """The first characters, hidden before they are cut: half a phone is not seen as a phone."""
    return hidden(text[: 4 * length])[:length]


def without_pages(value: Any) -> Any:
    """JSON without the addresses of our own pages: whoever has one answers for the client or the manager."""
    if isinstance(value, str):
        return PAGE.sub(r"\1…", value)
    if isinstance(value, Mapping):
        return {name: without_pages(one) for name, one in value.items()}
    return [without_pages(one) for one in value] if isinstance(value, Sequence) else value

"""Values as Chat2Desk writes them, turned into ours: tolerant of form, strict about what is kept."""

import html
import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, NoReturn

Row = dict[str, Any]  # a JSON object of the vendor

LONGEST_TEXT = 4096
LONGEST_RAW_TEXT = 4 * LONGEST_TEXT
LARGEST_ID = 2**63 - 1
LONGEST_NUMBER = 20

LINE_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li)>")
TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
# Zero-width signs, bidirectional controls, soft hyphen, byte order mark.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_json(raw: bytes) -> object:
    """The value in `raw`. Raises ValueError, and nothing else, whatever stands there."""
    try:
        return json.loads(
            raw.decode("utf-8-sig"), parse_constant=_no_number, parse_int=_whole, parse_float=_finite
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def part(row: Row, name: str) -> Row:
    """The object inside an object, empty when something else stands there."""
    inner = row.get(name)
    return inner if isinstance(inner, dict) else {}


def given_id(row: Row) -> str:
    """The id that the sender of a message gave it; only senders through the API do."""
    return words(row.get("external_id")) or words(part(row, "extra_data").get("external_id"))


def whole_number(value: object) -> int | None:
    """An id: 77 or '77'; anything that is no positive 64-bit number is None."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID:
        return value
    return None


def words(value: object) -> str:
    """The words in a field that may hold a string, a number or null; storable everywhere."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return UNSTORABLE.sub("\ufffd", str(value)[:LONGEST_RAW_TEXT])


def clean_text(value: object) -> str:
    """What the client wrote, as a person sees it: no markup, no invisible signs, at most 4096 signs."""
    text = LINE_BREAK.sub("\n", words(value).replace("\r\n", "\n"))
    text = html.unescape(TAG.sub("", text))
    text = CONTROL.sub(" ", INVISIBLE.sub("", UNSTORABLE.sub("\ufffd", text)))
    return unicodedata.normalize("NFC", text)[:LONGEST_TEXT].strip()


def same_words(text: object) -> str:
    """A text as it is compared with its echo: markup, spaces and empty lines do not matter."""
    return " ".join(clean_text(text).split())


def moment(value: object) -> datetime | None:
    """Aware UTC out of any spelling that Chat2Desk uses; without a zone it is taken as UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    text = words(value).strip().removesuffix("UTC").rstrip()
    for reading in (datetime.fromisoformat, _dotted):
        try:
            found = reading(text)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _dotted(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=UTC)


def _from_epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number too long to be one")
    return int(digits)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number too large to be one")
    return value

"""Values as messengers write them, turned into ours: tolerant of form, strict about what is kept."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, NoReturn

from qc_engine.ports import Unreadable

Row = dict[str, Any]  # a JSON object of the vendor

LONGEST_TEXT = 4096
LONGEST_RAW_TEXT = 4 * LONGEST_TEXT
LARGEST_ID = 2**63 - 1
LONGEST_NUMBER = 20
# Deep links carry so much at most (core.telegram.org/bots/features, "Deep linking").
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Zero-width signs, bidirectional controls, soft hyphen, byte order mark.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_update(raw: bytes, who: str) -> Row:
    """The object in a webhook's body. Raises Unreadable, and nothing else, whatever stands there."""
    try:
        body = read_json(raw)
    except ValueError as problem:
        raise Unreadable(f"{who}: webhook body is no JSON: {type(problem).__name__}") from problem
    if not isinstance(body, dict):
        raise Unreadable(f"{who}: webhook body is no object")
    return body


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


def rows(value: object) -> list[Row]:
    """The objects of a list; anything else in it, or instead of it, is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def whole_number(value: object) -> int | None:
    """An id; anything that is no positive 64-bit number is None."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID:
        return value
    return None


def address_of(value: object) -> str:
    """The number of a chat or a person as text; '' for anything else. Chats of groups are negative."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < abs(value) <= LARGEST_ID:
        return str(value)
    return ""


def words(value: object) -> str:
    """The words in a field that may hold a string, a number or null; storable everywhere."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return UNSTORABLE.sub("\ufffd", str(value)[:LONGEST_RAW_TEXT])


def clean_text(value: object) -> str:
    """What the client wrote, as a person sees it: no invisible signs, at most 4096 signs."""
    text = words(value).replace("\r\n", "\n")
    text = CONTROL.sub(" ", INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", text)[:LONGEST_TEXT].strip()


def same_words(text: object) -> str:
    """A text as it is compared with another: spaces and empty lines do not matter."""
    return " ".join(clean_text(text).split())


def moment(value: object, *, per_second: int = 1) -> datetime | None:
    """Aware UTC out of a count since 1970; `per_second` is 1000 where the vendor counts milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def length(text: str) -> int:
    """As messengers count: in UTF-16 units, so that an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


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

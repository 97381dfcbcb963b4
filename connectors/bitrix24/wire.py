"""The portal's spelling: PHP brackets, loose numbers, empty maps that come as lists, times without a zone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote

# The portal resolves "$result[..]" even inside encoded values of a batch, and a client may write that.
REFERENCE = re.compile(r"\$(?=result)", re.IGNORECASE)
INVISIBLE = {code: None for code in range(32) if chr(code) not in "\n\t"} | {0x7F: None}
# Full-width brackets look the same to a person and mean nothing to the portal's BBCode.
PLAIN_BRACKETS = {ord("["): "［", ord("]"): "］"}
BIGGEST_ID = 2**53


def as_map(value: object) -> Mapping[str, object]:
    """PHP writes an empty map as [] and one with keys 0..n-1 as a list."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list):
        return {str(place): item for place, item in enumerate(value)}
    return {}


def as_list(value: object) -> Sequence[object]:
    """A list, or the values of a map that PHP made of a list."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, Mapping) else []


def as_id(value: object) -> int | None:
    """A positive id written as a number or as a string; anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    return int(text) if 0 < int(text) <= BIGGEST_ID else None


def as_text(value: object) -> str:
    """A field's value as one line of text: numbers without a needless '.0', flags as Y and N."""
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def as_time(value: object, zone: tzinfo) -> datetime | None:
    """Aware UTC; a time without an offset is meant in the portal's `zone`. None when it is no time."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        read = _read_time(value.strip())
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # Some old methods answer in the portal's local format; the zone is added by the caller.
        return datetime.strptime(text, "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007


def zone_of(value: object) -> tzinfo | None:
    """The offset that a time of the portal carries."""
    try:
        return datetime.fromisoformat(value).tzinfo if isinstance(value, str) else None
    except ValueError:
        return None


def iso(moment: datetime) -> str:
    """With seconds and an explicit offset, as the portal wants it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def clean(text: str) -> str:
    """Without control characters and lone surrogates, which neither JSON nor the portal's tables take."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").translate(INVISIBLE)


def plain(text: str) -> str:
    """A text that shows as it is: no BBCode of a client reaches a comment, a task or a notification."""
    return clean(text).translate(PLAIN_BRACKETS)


def query(params: Mapping[str, object]) -> str:
    """The parameters of one batch command: PHP brackets, every value URL-encoded once."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in _pairs(params))


def _pairs(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            part = quote(str(key), safe="")
            yield from _pairs(item, f"{name}[{part}]" if name else part)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _pairs(item, f"{name}[{place}]")
    else:
        yield name, REFERENCE.sub("$\u200b", clean(as_text(value) if not isinstance(value, str) else value))

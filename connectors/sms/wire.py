"""Answers and callbacks of a gateway, whatever they look like; nothing in them can raise but ValueError."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from qc_engine.core.wording.texts import masked

LARGEST_ID = 2**63 - 1
LONGEST_WORD = 200
LONGEST_REASON = 300
MOST_FIELDS = 200
DIGITS = re.compile(r"\d{1,19}")
PHONE = re.compile(r"\+?\d[\d ()-]{5,20}\d")
KEY = re.compile(r"\b[0-9A-Za-z]{24,}\b")
UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
KEY_OF_ROW = "@key"


@dataclass(frozen=True)
class Said:
    """One answer, or one row of it, in which paths lead to words."""

    node: Any
    key: str = ""  # under which this row stood
    is_text: bool = False

    def at(self, path: str) -> str:
        """The words there or ''; a path is 'data.id' or 'sms.*.code', and for a plain text a pattern."""
        if not path:
            return ""
        if self.is_text:
            return _matched(path, self.node)
        return self.key if path == KEY_OF_ROW else words(_follow(self.node, path))

    def has(self, path: str) -> bool:
        """Is there anything at all?"""
        if self.is_text:
            return bool(self.at(path))
        return _follow(self.node, path) not in (None, "", [], {})

    def rows(self, path: str) -> list["Said"]:
        """The objects of a list, or of an object that holds objects under their numbers."""
        if self.is_text:
            return [self]
        found = _follow(self.node, path) if path else self.node
        if isinstance(found, list):
            return [Said(one) for one in found if isinstance(one, dict)]
        if isinstance(found, dict) and found and all(isinstance(one, dict) for one in found.values()):
            return [Said(one, words(key)) for key, one in found.items()]
        return [Said(found)] if isinstance(found, dict) else []


def read_answer(raw: bytes, form: str) -> Said:
    """`form`: json or text. Raises ValueError when it is neither an object nor a list."""
    text = raw.decode("utf-8-sig", "replace")
    if form == "text":
        if not text.strip():
            raise ValueError("empty")
        return Said(text, is_text=True)
    return Said(_read_json(text))


def read_body(raw: bytes) -> Said:
    """A callback: JSON when it begins like that, else a form. Raises ValueError."""
    text = raw.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return Said(_read_json(text))
    fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    if not fields:
        raise ValueError("neither JSON nor a form")
    return Said(fields)


def words(value: object) -> str:
    """Text or a truth in one short line; '' for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return UNSTORABLE.sub(" ", value[:LONGEST_WORD]).strip() if isinstance(value, str) else ""


def whole_number(text: str) -> int | None:
    """An id that is a positive 64-bit number."""
    number = int(text) if text.isascii() and DIGITS.fullmatch(text) else 0
    return number if 0 < number <= LARGEST_ID else None


def moment(text: str, now: datetime) -> datetime:
    """Epoch seconds or ISO with a zone; `now` for anything else, and for what would lie ahead."""
    try:
        found = (
            datetime.fromtimestamp(int(text), UTC) if DIGITS.fullmatch(text) else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return now
    return min(found, now) if found.tzinfo and found.year > 2000 else now


def scrubbed(text: str, hidden: Sequence[str] = ()) -> str:
    """The gateway's words, fit for a log: without our secrets and texts, keys and full numbers."""
    for secret in sorted(filter(None, hidden), key=len, reverse=True):
        text = text.replace(secret, "•••")
    text = KEY.sub("•••", text)
    return PHONE.sub(lambda number: masked(number[0]), text)[:LONGEST_REASON]


def _read_json(text: str) -> Any:
    try:
        # Numbers stay text: an id is compared and sent back, never counted with.
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict | list):
        raise ValueError("neither an object nor a list")
    return found


def _follow(node: Any, path: str) -> Any:
    for step in path.split("."):
        node = next(_below(node, step), None)
    return node


def _below(node: Any, step: str) -> Iterator[Any]:
    if isinstance(node, Mapping):
        yield from node.values() if step == "*" else ([node[step]] if step in node else [])
    elif isinstance(node, list) and (step == "*" or step.isdecimal()):
        yield from node if step == "*" else node[int(step) : int(step) + 1]


def _matched(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    if not found:
        return ""
    return words(found[1] if found.re.groups else found[0])

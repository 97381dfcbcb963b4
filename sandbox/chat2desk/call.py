"""One REST call as its method sees it: path ids, and query, form and JSON fields in one dict."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

_DATE_FORMATS = ("%d-%m-%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S UTC")
DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 200
_INDEXED = re.compile(r"^([^\[\]]+)\[\d*\]$")
_TRUE = {"true", "1", "yes", "on"}


class ApiError(Exception):
    """The account refuses the call with this status and body."""

    def __init__(self, status: int, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def invalid(name: str, text: str) -> ApiError:
    return ApiError(400, "Validation failed", {name: [text]})


def not_found(name: str) -> ApiError:
    return ApiError(404, f"{name.capitalize()} not found", {name: ["not found"]})


@dataclass(frozen=True, slots=True)
class Call:
    """`fields` come from the query and, stronger, from the body; values may be text or JSON."""

    fields: dict[str, Any]
    ids: tuple[int, ...] = ()

    @property
    def id(self) -> int:
        return self.ids[0]

    def integer(self, name: str) -> int | None:
        """None when absent; ApiError when it is no whole number."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise invalid(name, "is not a number") from None

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.fields.get(name)
        return default if value is None or value == "" else str(value).lower() in _TRUE

    def many(self, name: str) -> list[Any]:
        """A list also when only one value came, or several with commas."""
        value = self.fields.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, list):
            return value
        return str(value).split(",")

    def integers(self, name: str) -> list[int]:
        try:
            return [int(value) for value in self.many(name)]
        except (TypeError, ValueError):
            raise invalid(name, "is not a list of numbers") from None

    def has(self, name: str) -> bool:
        return name in self.fields


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for."""

    limit: int
    offset: int
    newest_first: bool = field(default=False)


def page_of(call: Call) -> Page:
    limit = call.integer("limit")
    asked = DEFAULT_LIMIT if limit is None else limit
    newest_first = (call.text("order") or "asc").lower() == "desc"
    return Page(max(0, min(asked, HIGHEST_LIMIT)), max(0, call.integer("offset") or 0), newest_first)


def listed(items: list[Any], total: int, page: Page) -> dict[str, Any]:
    """The envelope of a list."""
    meta = {"total": total, "limit": page.limit, "offset": page.offset}
    return {"data": items, "meta": meta, "status": "success"}


def single(item: dict[str, Any]) -> dict[str, Any]:
    """The envelope of one thing."""
    return {"data": item, "status": "success"}


def read_fields(query: bytes, body: bytes, content_type: str) -> dict[str, Any]:
    """ApiError when a JSON body is no JSON object."""
    fields = _collected(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
    if not body:
        return fields
    if content_type.startswith("application/x-www-form-urlencoded"):
        return fields | _collected(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        parsed = json.loads(body)
    except ValueError:
        raise ApiError(400, "Body is not JSON") from None
    if not isinstance(parsed, dict):
        raise ApiError(400, "Body is not a JSON object")
    return fields | parsed


def _collected(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    # Clients send arrays as repeated keys, as key[] and as key[0].
    fields: dict[str, Any] = {}
    for key, value in pairs:
        indexed = _INDEXED.match(key)
        name = indexed[1] if indexed else key
        if name in fields:
            before = fields[name]
            fields[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            fields[name] = [value] if indexed else value
    return fields


def instant(call: Call, name: str) -> datetime | None:
    """A moment in any spelling that the vendor's clients use; ApiError for anything else."""
    text = call.text(name)
    if text is None:
        return None
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise invalid(name, "is not a date")

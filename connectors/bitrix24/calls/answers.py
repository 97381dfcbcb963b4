"""The envelope of an answer: what a method returned, and which command of a batch ended how."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.bitrix24.wire import as_list, as_map


@dataclass(frozen=True)
class Command:
    """One call of one method."""

    method: str
    params: Mapping[str, object] = field(default_factory=dict)
    urgent: bool = False  # the batch that carries it goes ahead of bulk


@dataclass(frozen=True)
class Answer:
    """What a method returned; `next` is where its next page begins."""

    result: object
    next: int | None = None


def parsed(body: bytes) -> Mapping[str, object]:
    """Empty for whatever is no JSON object: a login page, half an answer, a number of 5,000 digits."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def by_key(value: object, sent: Mapping[str, Command]) -> Mapping[str, object]:
    """A map of the batch by command key, also when PHP made a list of it."""
    if isinstance(value, list):
        return dict(zip(sent, value, strict=False)) if len(value) == len(sent) else {}
    return as_map(value)


def errors_of(whole: Mapping[str, object], sent: Mapping[str, Command]) -> Mapping[str, object]:
    """Errors by command key; a bare list of them belongs to the commands without a result, in order."""
    value = whole.get("result_error")
    if not isinstance(value, list):
        return as_map(value)
    silent = [key for key in sent if key not in by_key(whole.get("result"), sent)]
    return dict(zip(silent, as_list(value), strict=False)) if len(silent) == len(value) else {}

"""Why a decision came out as it did, in words that can be translated later."""

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from qc_engine.core.frozen import frozen


@frozen
class Phrase:
    """A sentence by its key in the catalogue, with its values; the core speaks no language."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def phrase(key: str, **values: object) -> Phrase:
    """A phrase whose values are written out as text."""
    return phrase_of(key, values)


def phrase_of(key: str, values: dict[str, Any]) -> Phrase:
    """The same of values that nobody else holds: they are written out in their place."""
    if not values:
        return _bare(key)
    for name, value in values.items():
        if value.__class__ is not str:
            values[name] = str(value)
    return Phrase(key, values)


@lru_cache(maxsize=512)
def _bare(key: str) -> Phrase:
    """The same each time: there are as many as the catalogue has keys."""
    return Phrase(key)


@frozen
class Verdict:
    """Whether a condition holds, and why."""

    passed: bool
    why: Phrase


@frozen
class Checked:
    """One condition of one rule, its verdict, and the line where it is written."""

    rule: str
    verdict: Verdict
    line: int

"""What Chat2Desk's own words mean: as an error of a call, and as a refusal by the messenger."""

import re
from collections.abc import Iterable

from connectors.chat2desk.settings import ErrorPattern, Meaning
from qc_engine.core.texts import masked

LONGEST = 300
NUMBER = re.compile(r"\+?\d[\d ()-]{7,20}\d")
KEY = re.compile(r"\b[0-9A-Fa-f]{24,}\b")


def meaning_of(text: str, patterns: Iterable[ErrorPattern]) -> Meaning | None:
    """The meaning of the first pattern found in the text."""
    found = (known.meaning for known in patterns if re.search(known.pattern, text, re.IGNORECASE))
    return next(found, None)


def scrubbed(text: str) -> str:
    """The vendor's words, fit for a log: short, without keys and full numbers."""
    text = KEY.sub("•••", text[: 4 * LONGEST])
    return NUMBER.sub(lambda number: masked(number[0]), text)[:LONGEST]

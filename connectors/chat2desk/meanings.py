"""The vendor's words, fit for a log."""

import re

from qc_engine.core.wording.texts import masked

LONGEST = 300
NUMBER = re.compile(r"\+?\d[\d ()-]{7,20}\d")
KEY = re.compile(r"\b[0-9A-Fa-f]{24,}\b")


def scrubbed(text: str) -> str:
    """The vendor's words, fit for a log: short, without keys and full numbers."""
    text = KEY.sub("•••", text[: 4 * LONGEST])
    return NUMBER.sub(lambda number: masked(number[0]), text)[:LONGEST]

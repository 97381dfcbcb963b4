"""Texts with their places filled; what a client wrote is never read as a template."""

import re
from collections.abc import Mapping

from qc_engine.core.filters import Manner, filtered, plain
from qc_engine.core.texts import LONGEST, PLACE

RUSSIAN = Manner()


def render(body: str, values: Mapping[str, object], manner: Manner = RUSSIAN) -> str:
    """Fill {name}, {name:filter} and {name|fallback}; where there is nothing to say, nothing is left."""

    def fill(place: re.Match[str]) -> str:
        value, how = values.get(place["name"]), place["how"]
        told = filtered(value, how, manner) if how else plain(value, manner)
        return told or place["fallback"] or ""

    return clipped(PLACE.sub(fill, body).strip(), LONGEST)


def clipped(text: str, longest: int) -> str:
    """The beginning of a text that is too long, never a piece of a link: half of it leads nowhere."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    last = _last_word(kept)
    if "://" in last and not text[longest - 1].isspace():
        kept = kept[: len(kept) - len(last)]
    return f"{kept.rstrip()}…"


def _last_word(text: str) -> str:
    return "" if not text or text[-1].isspace() else text.split()[-1]

"""Texts with their places filled; what a client wrote is never read as a template."""

import re
from collections.abc import Mapping
from functools import lru_cache

from qc_engine.core.wording.filters import Manner, filtered, plain
from qc_engine.core.wording.texts import LONGEST, PLACE

RUSSIAN = Manner()


def render(body: str, values: Mapping[str, object], manner: Manner = RUSSIAN) -> str:
    """Fill {name}, {name:filter} and {name|fallback}; where there is nothing to say, nothing is left."""
    filled = [one if isinstance(one, str) else _filled(one, values, manner) for one in _pieces(body)]
    return clipped("".join(filled).strip(), LONGEST)


def _filled(place: re.Match[str], values: Mapping[str, object], manner: Manner) -> str:
    name, how, fallback = place.groups()
    value = values.get(name)
    told = filtered(value, how, manner) if how else plain(value, manner)
    return told or fallback or ""


@lru_cache(maxsize=2048)
def _pieces(body: str) -> tuple[str | re.Match[str], ...]:
    """What is said as it is, and the places between; there are as many texts as scenarios have."""
    pieces: list[str | re.Match[str]] = []
    read = 0
    for place in PLACE.finditer(body):
        pieces += [body[read : place.start()], place]
        read = place.end()
    return (*pieces, body[read:])


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

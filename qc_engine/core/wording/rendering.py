"""Texts with their places filled; what a client wrote is never read as a template."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from qc_engine.core.wording.filters import Manner, filtered, plain
from qc_engine.core.wording.texts import LONGEST, PLACE

RUSSIAN = Manner()


class Place(NamedTuple):
    """A place in a text: whose value stands there, through which filters, and what if there is none."""

    name: str
    how: str
    fallback: str


def render(body: str, values: Mapping[str, object], manner: Manner = RUSSIAN) -> str:
    """Fill {name}, {name:filter} and {name|fallback}; where there is nothing to say, nothing is left."""
    told = [one if isinstance(one, str) else _filled(one, values, manner) for one in _pieces(body)]
    return clipped("".join(told).strip(), LONGEST)


@lru_cache(maxsize=2048)
def as_it_stands(body: str) -> str:
    """What `render` makes of a text with nothing to fill in; '' for any other."""
    return "" if PLACE.search(body) else clipped(body.strip(), LONGEST)


def _filled(place: Place, values: Mapping[str, object], manner: Manner) -> str:
    value = values.get(place.name)
    told = filtered(value, place.how, manner) if place.how else plain(value, manner)
    return told or place.fallback


@lru_cache(maxsize=2048)
def _pieces(body: str) -> tuple[str | Place, ...]:
    """What is said as it is, and the places between; there are as many texts as scenarios have."""
    pieces: list[str | Place] = []
    read = 0
    for found in PLACE.finditer(body):
        place = Place(found["name"], found["how"] or "", found["fallback"] or "")
        pieces += [body[read : found.start()], place]
        read = found.end()
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

"""What waits for a person, as plain text for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]


def as_text(found: Told) -> str:
    """The same for a terminal; the text ends with a newline."""
    effects = [line for one in (*found["uncertain"], *found["failed"]) for line in _effect_lines(one)]
    events = [line for one in found["quarantined"] for line in _event_lines(one)]
    lanes_down = [line for one in found["broken"] for line in _broken_lines(one)]
    whole = [line for one in found["alarms"] for line in _alarm_lines(one)]
    return "\n".join(filter(None, (found["text"], *whole, *lanes_down, *effects, *events))) + "\n"


def _alarm_lines(one: Told) -> Iterator[str]:
    yield f"{one['since']}  {one['headline']}"
    yield from (f"  · {_flat(line)}" for line in one["known"])
    yield from _answers(one)


def _broken_lines(one: Told) -> Iterator[str]:
    yield "  ".join(filter(None, (one["since"], one["text"])))
    yield from _answers(one)


def _effect_lines(one: Told) -> Iterator[str]:
    place = ", ".join(filter(None, (one["case_id"], one["branch"], one["to"])))
    yield f"{one['since']}  {one['text']}: {_flat(one['what'])}  [{place}]"
    yield from (f"  · {_flat(line)}" for line in one["known"])
    yield from _answers(one)


def _event_lines(one: Told) -> Iterator[str]:
    yield f"{one['received']}  {one['text']}  [{one['source']}, {one['kind']}]"
    if one["raw"]:
        yield f"  · {_flat(one['raw'])}"
    yield from _answers(one)


def _answers(one: Told) -> Iterator[str]:
    if one["if_nothing"]:
        yield f"  · {one['if_nothing']}"
    yield from (f"  → {answer['command']:<28} {answer['text']}" for answer in one["commands"])


def _flat(words: str) -> str:
    return " ".join(words.split())

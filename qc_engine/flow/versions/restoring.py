"""Fields that a scenario has written: what stood there before, where that is known. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Put:
    """One value in one field; `lately`: it is to be taken back."""

    field: str
    value: str
    lately: bool


@dataclass(frozen=True)
class Back:
    """What stands in the field, as far as we know, and what stood there before."""

    field: str
    stands: str
    was: str


def backs(puts: Sequence[Put], known: Mapping[str, str]) -> tuple[Sequence[Back], Sequence[str]]:
    """What can be put back, and the fields of which nobody knows what stood there.

    `puts`: all that we wrote, the oldest first; `known`: what the CRM told of its fields. What it told may be
    our own value by then: that is no value of before.
    """
    found, unknown = list[Back](), list[str]()
    for name in dict.fromkeys(one.field for one in puts if one.lately):
        own = [one for one in puts if one.field == name]
        if not own[-1].lately:
            continue  # it was taken back already
        was = _before(own, known.get(name))
        if was is None:
            unknown.append(name)
        elif was != own[-1].value:
            found.append(Back(name, own[-1].value, was))
    return found, unknown


def _before(own: Sequence[Put], told: str | None) -> str | None:
    """Our own value of earlier, else what the CRM told; None when nobody knows."""
    earlier = [one.value for one in own if not one.lately]
    if earlier:
        return earlier[-1]
    return None if told in {one.value for one in own} else told

"""Places in a gateway's description, such as {phone}, and how they are filled in."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

PLACE = re.compile(r"\{([^{}]*)\}")
ONLY_PLACE = re.compile(r"\{([a-z_]+)\}")
NUMBER = re.compile(r"\{([a-z_]+):number\}")
CONSTANT = re.compile(r"\{json:([^{}]+)\}")
EACH = "{n}"  # in a field's name: one such field for every message that is asked about
DIGITS = re.compile(r"-?\d{1,18}")

OF_ACCESS = ("login", "password", "key", "basic")
OF_MESSAGE = ("phone", "text", "sender", "marker", "marker_number", "callback")
OF_SEARCH = ("phone", "marker", "marker_number")
OF_QUESTION = ("id", "ids", "phone", "phones", "n")
NEEDED_FOR = {"login": ("login",), "password": ("password",), "key": ("key",), "basic": ("login", "password")}

Values = Mapping[str, str]


def check_text(text: str, known: Sequence[str]) -> str:
    """The text itself. Raises ValueError for a place that nobody can fill."""
    for name in PLACE.findall(text):
        if name not in known:
            raise ValueError(f"неизвестное место {{{name[:40]}}}; здесь есть: {_listed(known)}")
    if "{" in PLACE.sub("", text) or "}" in PLACE.sub("", text):
        raise ValueError("скобка { или } без пары")
    return text


def check_json(value: Any, known: Sequence[str]) -> Any:
    """The value itself. In a JSON body {phone:number} and {json:true} may stand alone, too."""
    match value:
        case str():
            return _check_json_text(value, known)
        case Mapping():
            for inner in value.values():
                check_json(inner, known)
        case list():
            for inner in value:
                check_json(inner, known)
        case _:
            pass  # a number, a truth or null stands for itself
    return value


def places_in(value: Any) -> Iterator[str]:
    """The names of all places in texts, lists and objects."""
    match value:
        case str():
            yield from (name.partition(":")[0] for name in PLACE.findall(value))
        case Mapping():
            for key, inner in value.items():
                yield from places_in(key)
                yield from places_in(inner)
        case list() | tuple():
            for inner in value:
                yield from places_in(inner)
        case _:
            return


def fill(text: str, values: Values) -> str:
    """In one pass, so that a client's words are never read as a place."""
    return PLACE.sub(lambda found: values.get(found[1], ""), text)


def fill_path(text: str, values: Values) -> str:
    return PLACE.sub(lambda found: quote(values.get(found[1], ""), safe=""), text)


def fill_fields(fields: Mapping[str, str], values: Values, each: Sequence[Values] = ()) -> dict[str, str]:
    """A field that is nothing but an empty place is left out: a sender that nobody has given."""
    filled: dict[str, str] = {}
    for name, value in fields.items():
        if EACH in name:
            for number, one in enumerate(each):
                own = {**values, **one, "n": str(number)}
                filled[fill(name, own)] = fill(value, own)
        elif not _is_empty(value, values):
            filled[name] = fill(value, values)
    return filled


def fill_json(value: Any, values: Values, each: Sequence[Values] = ()) -> Any:
    """A list of one item that speaks of {id} gets one such item for every message asked about."""
    match value:
        case str():
            return _json_text(value, values)
        case Mapping():
            return {
                name: fill_json(inner, values, each)
                for name, inner in value.items()
                if not (isinstance(inner, str) and _is_empty(inner, values))
            }
        case [item] if each and "id" in set(places_in(item)):
            return [fill_json(item, {**values, **one}) for one in each]
        case list():
            return [fill_json(inner, values, each) for inner in value]
        case _:
            return value


def basic(login: str, password: str) -> str:
    """What follows the word Basic in the header Authorization."""
    return base64.b64encode(f"{login}:{password}".encode()).decode("ascii")


def marker_number(marker: str) -> str:
    """Our marker where only numbers are allowed: 1 to 2147483646, the same for all attempts."""
    digest = hashlib.sha256(marker.encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % (2**31 - 2) + 1)


def _check_json_text(text: str, known: Sequence[str]) -> str:
    if found := CONSTANT.fullmatch(text):
        try:
            json.loads(found[1])
        except ValueError:
            raise ValueError("после json: должно стоять значение JSON, например {json:true}") from None
        return text
    if (found := NUMBER.fullmatch(text)) and found[1] in known:
        return text
    return check_text(text, known)


def _json_text(text: str, values: Values) -> Any:
    if found := CONSTANT.fullmatch(text):
        return json.loads(found[1])
    if found := NUMBER.fullmatch(text):
        filled = values.get(found[1], "").lstrip("+")
        return int(filled) if DIGITS.fullmatch(filled) else filled
    return fill(text, values)


def _is_empty(text: str, values: Values) -> bool:
    found = ONLY_PLACE.fullmatch(text)
    return bool(found) and not values.get(found[1] if found else "", "")


def _listed(known: Sequence[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in known)

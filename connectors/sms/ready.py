"""The descriptions that come with the product, and how config.yaml changes them."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "gateways"
OWN = "own"


def merged(gateway: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The ready description with these changes; for `own` the changes are all there is.

    Objects are merged field by field, anything else is replaced, and an empty value takes a field away.
    """
    ready = {} if gateway == OWN else deepcopy(_ready(gateway))
    return _over(ready, changes)


@cache
def _ready(gateway: str) -> dict[str, Any]:
    path = FOLDER / f"{gateway}.yaml"
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return loaded


def _over(ready: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in changes.items():
        below = ready.get(name)
        if value is None:
            ready.pop(name, None)
        elif isinstance(value, Mapping) and (below is None or isinstance(below, dict)):
            ready[name] = _over(below or {}, value)
        else:
            ready[name] = value
    return ready

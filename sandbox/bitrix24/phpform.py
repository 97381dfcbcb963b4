"""PHP's way with data: bracketed form keys coming in and going out, and maps that turn into lists."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote_plus

DEEPEST = 20
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> dict[str, Any]:
    """`a[b][0]=1&c[]=2` -> {"a": {"b": ["1"]}, "c": ["2"]}; every leaf is a string."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        _put(tree, _path(key), value)
    return {key: _listed(value) for key, value in tree.items()}


def build_form(tree: dict[str, Any], encoded: bool = True) -> str:
    """The reverse of parse_form; `encoded` says whether brackets of keys are percent-encoded."""
    return "&".join(
        f"{quote_plus(key) if encoded else key}={quote_plus(str(value))}" for key, value in _leaves(tree)
    )


def php_map(rows: dict[Any, Any]) -> dict[Any, Any] | list[Any]:
    """What PHP makes of a map in JSON: {} and {0: .., 1: ..} become lists, the rest stays a map."""
    if all(str(key) == str(place) for place, key in enumerate(rows)):
        return list(rows.values())
    return rows


def php_json(answer: Any) -> bytes:
    """JSON as PHP prints it: non-ASCII as \\u...., and slashes escaped."""
    return json.dumps(answer, separators=(",", ":")).replace("/", "\\/").encode()


def _path(key: str) -> list[str]:
    head, bracket, _ = key.partition("[")
    if not bracket or not head:
        return [key]
    return [head, *_PART.findall(key, len(head))][:DEEPEST]


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        name = part or str(len(tree))
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[path[-1] or str(len(tree))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return php_map({key: _listed(inner) for key, inner in value.items()})


def _leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    pairs = enumerate(tree) if isinstance(tree, list) else tree.items()
    for key, value in pairs:
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, (dict, list)):
            yield from _leaves(value, name)
        else:
            yield name, value

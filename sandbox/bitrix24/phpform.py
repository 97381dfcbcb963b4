"""PHP's way with data: bracketed form keys coming in and going out, and maps that turn into lists."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, quote_plus

DEEPEST = 20
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> dict[str, Any]:
    """`a[b][0]=1&c[]=2` -> {"a": {"b": ["1"]}, "c": ["2"]}; every leaf is a string."""
    return _tree(parse_qsl(text, keep_blank_values=True))


def parse_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    """The same for multipart/form-data; an upload becomes [file name, base64], as JSON callers send it."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + body, policy=HTTP)
    return _tree((_name_of(part), _value_of(part)) for part in message.iter_parts() if _name_of(part))


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


def _tree(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _put(tree, _path(key), value)
    return {key: _listed(value) for key, value in tree.items()}


def _name_of(part: Message) -> str:
    return str(part.get_param("name", "", "content-disposition"))


def _value_of(part: Message) -> Any:
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else b""
    name = part.get_filename()
    if name:
        return [name, b64encode(content).decode()]
    return content.decode("utf-8", "replace")


def _path(key: str) -> list[str]:
    head, bracket, _ = key.partition("[")
    if not bracket or not head:
        return [key]
    return [head, *_PART.findall(key, len(head))][:DEEPEST]


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
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

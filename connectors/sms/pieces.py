"""What every part of a gateway's description is made of."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict

from qc_engine.settings import Section

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def several(value: object) -> object:
    """One text stands for a list of one."""
    return (value,) if isinstance(value, str | int) else value


def compiled(pattern: str) -> str:
    """The pattern itself. Raises ValueError when it is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"не регулярное выражение: {problem}") from problem
    return pattern


def address(url: str) -> str:
    """Without a slash at its end. Raises ValueError; http is for this machine alone."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("это не адрес") from None
    if parts.username or parts.password or parts.query or parts.fragment or not host:
        raise ValueError("нужен адрес вида https://smsc.ru, без имени, пароля, ? и #")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ValueError("нужен https; http разрешён только для этой же машины")
    return url.strip().rstrip("/")


Texts = Annotated[tuple[str, ...], BeforeValidator(several)]


class Piece(Section):
    """A part of a description; numbers count as text, as everywhere in config.yaml."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True
    )

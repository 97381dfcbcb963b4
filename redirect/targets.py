"""Where a visitor may be sent: only to an address that was stored beforehand, and only over https."""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})  # trials on one machine
# Space, control characters, backslash, quotes: no browser may read the address differently from us.
SUSPICIOUS = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"`\u2028\u2029]")
KEPT = "!#$%&'()*+,/:;=?@[]~"


@lru_cache(maxsize=4096)
def location(target: str) -> bytes | None:
    """The value of a Location header, in ASCII; None when nobody may be sent there."""
    if SUSPICIOUS.search(target):
        return None
    try:
        parts = urlsplit(target)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or "@" in parts.netloc or not _allowed(parts.scheme, host):
        return None
    return _ascii(target, parts.netloc)


def _allowed(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and host in LOOPBACK)


def _ascii(target: str, netloc: str) -> bytes | None:
    if netloc.isascii():
        return quote(target, safe=KEPT).encode()
    try:
        plain = netloc.encode("idna").decode()
    except UnicodeError:
        return None
    return quote(target.replace(netloc, plain, 1), safe=KEPT).encode()

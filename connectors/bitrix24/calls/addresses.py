"""Where a secret may be sent, and whether two spellings mean the same portal."""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

USUAL_PORTS = {"https": ":443", "http": ":80"}


def origin_of(url: str) -> str:
    """scheme://host[:port] in lower case; empty where no secret may go, as to http beyond this machine."""
    try:
        address = urlsplit(url.strip())
        host, _ = address.hostname or "", address.port
    except ValueError:
        return ""
    if not host or "@" in address.netloc or not _is_safe(address.scheme, host):
        return ""
    return f"{address.scheme}://{_place(address)}"


def is_one_of(domain: str, origins: Iterable[str]) -> bool:
    """Does a portal's `domain` (a host, perhaps with its port) name one of these origins?"""
    addresses = [urlsplit(origin) for origin in origins]
    return domain.strip().lower() in {name for one in addresses for name in (one.netloc, one.hostname)}


def _place(address: SplitResult) -> str:
    return address.netloc.lower().removesuffix(USUAL_PORTS[address.scheme])


def _is_safe(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

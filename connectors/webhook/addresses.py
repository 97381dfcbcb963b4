"""Where a webhook may connect to: nowhere inside the own network, whatever the name resolves to."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence

from qc_engine.ports import Refused, TryLater

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
# Kept for protocols of their own; not every Python counts all of it as private.
SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Every address of the host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def place_to_connect(host: str, port: int, resolve: Resolve, *, allow_private: bool) -> str:
    """One address of the host, after all of them were looked at. Raises TryLater, Refused.

    The caller connects to this very address: a second look-up could answer otherwise.
    """
    try:
        addresses = [ipaddress.ip_address(one.partition("%")[0]) for one in resolve(host, port)]
    except (OSError, ValueError, UnicodeError):
        # Not knowing is no leave to try.
        raise TryLater(f"{host} cannot be resolved") from None
    if not addresses:
        raise TryLater(f"{host} has no address")
    if not allow_private and not all(map(is_public, addresses)):
        raise Refused(f"{host} leads into a private network", "private_address")
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Also of an address that only carries another one in it."""
    inner = list(_carried(address))
    if address.is_multicast or any(address in network for network in SPECIAL):
        return False
    return address.is_global and all(map(is_public, inner))


def _carried(address: Address) -> Iterator[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)

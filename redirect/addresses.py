"""Addresses of visitors: told apart without being kept, and compared with ranges where machines live."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

HASH_BYTES = 8
# Published by their owners as addresses of their own machines: Telegram's (its page resources/cidr.txt) and
# the oldest blocks of Google's crawlers (its page search/apis/ipranges/googlebot.json).
DEFAULT_RANGES = (
    "91.108.4.0/22", "91.108.8.0/22", "91.108.12.0/22", "91.108.16.0/22", "91.108.20.0/22", "91.108.56.0/22",
    "149.154.160.0/20", "185.76.151.0/24", "2001:67c:4e8::/48", "2001:b28:f23d::/48", "2001:b28:f23f::/48",
    "66.249.64.0/19", "2001:4860:4801::/48",
)  # fmt: skip


class Addresses:
    """A keyed hash of each address, and is it in a listed range. Raises ValueError for a bad range."""

    def __init__(self, key: bytes, ranges: Iterable[str] = DEFAULT_RANGES) -> None:
        self._key = blake2b(key, digest_size=32, person=b"qc address").digest()
        self._ranges: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(one) for one in ranges)
        self.known = lru_cache(maxsize=8192)(self._known)

    def _known(self, address: str) -> tuple[str, bool]:
        """(16 hex digits that name nobody, is it in a listed range); ('', False) when there is no address."""
        if not address:
            return "", False
        digest = blake2b(address.encode("utf-8", "replace"), key=self._key, digest_size=HASH_BYTES)
        return digest.hexdigest(), self._is_listed(address)

    def _is_listed(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip in one for one in self._ranges)

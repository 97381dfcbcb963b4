"""Proof that somebody looked at the page that sends on: a short signed word in its second request."""

import re
from hashlib import blake2b
from hmac import compare_digest

LIFE_SECONDS = 600
# A link in the page may be followed by a program that reads it; only after this time is it a person's finger.
PATIENCE_SECONDS = 2  # of the clock's whole seconds: at least one has really passed
QUERY = re.compile(rb"c=([sl])([0-9a-f]{8})([0-9a-f]{20})")


class Hop:
    """Words for one link, one moment and one way: 's' by the page's script, 'l' by its link."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32, person=b"qc hop").digest()

    def word(self, way: str, code: str, at: float) -> str:
        """`at`: seconds since 1970."""
        moment = f"{int(at):08x}"
        return f"{way}{moment}{self._sign(way, moment, code)}"

    def is_proof(self, query: bytes, code: str, at: float) -> bool:
        """Did our page make this query, for this link, a moment ago? Any other query changes nothing."""
        found = QUERY.fullmatch(query)
        if found is None:
            return False
        way, moment, signature = (part.decode() for part in found.groups())
        age = at - int(moment, 16)
        patience = PATIENCE_SECONDS if way == "l" else -1
        return patience <= age <= LIFE_SECONDS and compare_digest(signature, self._sign(way, moment, code))

    def _sign(self, way: str, moment: str, code: str) -> str:
        return blake2b(f"{way}{moment}{code}".encode(), key=self._key, digest_size=10).hexdigest()

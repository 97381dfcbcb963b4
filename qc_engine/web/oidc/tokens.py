"""Does this ID token say, by its signature and its claims, who has just signed in there for us? Pure.

OpenID Connect Core 1.0, section 3.1.3.7; the keys are the provider's own (RFC 7517).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A signature by a key that only the provider has. 'none' and HS256 are none: with them whoever knows the
# public key, or nothing at all, could write a token.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60  # that two clocks may differ
LONGEST_SUBJECT = 255  # section 2


class NotProved(Exception):
    """Nobody has proved anything. Its text says why, for the log alone: nothing of the token itself."""


class UnknownKey(NotProved):
    """Signed with a key that was not among these: the provider may have a new one."""


@dataclass(frozen=True)
class Identity:
    """Who somebody is to a provider. Addresses of mail change hands; these two do not."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class Expected:
    """What the token must say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str = ""


def proved(token: str, keys: Mapping[str, Any], expected: Expected, now: datetime) -> Identity:
    """`keys`: the provider's JWK set. Raises NotProved."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    header, told = _signed(token, keys)
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {
        "nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token,
    }  # fmt: skip
    claims = CodeIDToken(told, header, options, params)
    try:
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, TypeError, ValueError) as wrong:
        raise NotProved(f"the token's claims: {getattr(wrong, 'description', '') or wrong}") from None
    return Identity(expected.issuer, _subject(claims))


def _signed(token: str, keys: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, by a signature that one of these keys made."""
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError
    from joserfc.jwk import KeySet

    try:
        found = jwt.decode(token, KeySet(list(_usable(keys))), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        raise UnknownKey("signed with an unknown key") from None
    except (JoseError, TypeError, ValueError) as wrong:
        raise NotProved(f"the token's signature: {type(wrong).__name__}") from None
    return found.header, found.claims


def _usable(keys: Mapping[str, Any]) -> Iterator[Any]:
    """Of a kind that we do not know, none: a provider may have keys for others too."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    listed = keys.get("keys")
    for one in listed if isinstance(listed, list) else ():
        with suppress(JoseError, AttributeError, KeyError, TypeError, ValueError):
            yield import_key(one)


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotProved("the token's subject is none")
    return subject

"""An identity provider at the wire: it signs whatever a test wants it to say."""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import respx
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from qc_engine.web.oidc.provider import Provider, challenge
from qc_engine.web.oidc.settings import OidcSettings
from tests.web.console.house import House

ISSUER, CLIENT, SECRET = "https://id.company.kz/realms/qc", "qc", "s&cret %"
BACK = "https://qc.example/console/login/oidc/back"


@cache
def key(kid: str = "one") -> RSAKey:
    """Making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class FakeProvider:
    """`claims` are laid over what an honest provider would say; None takes one out."""

    now: datetime
    claims: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAKey = field(default_factory=key)
    published: list[dict[str, Any]] = field(default_factory=list)
    description: dict[str, Any] = field(default_factory=dict)
    token: str = ""  # instead of an honest one
    subject: str = "u-1"
    asked: dict[str, str] = field(default_factory=dict)  # of the last one who came
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    instead: dict[str, httpx.Response | Exception] = field(default_factory=dict)  # by the end of the path
    keys_read: int = 0

    def sign_in(self, address: str) -> str:
        """Somebody signs in there: the address by which their browser comes back to us."""
        self.asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.codes)}"
        self.codes[code] = self.asked
        return f"{self.asked['redirect_uri']}?code={code}&state={self.asked['state']}"

    def answer(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        if isinstance(odd := self.instead.get(last), Exception):
            raise odd
        answers = {"openid-configuration": self.describe, "keys": self.tell_keys, "token": self.exchange}
        return odd or answers[last](request)

    def describe(self, _: httpx.Request) -> httpx.Response:
        told = {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }  # fmt: skip
        return httpx.Response(200, json=told | self.description)

    def tell_keys(self, _: httpx.Request) -> httpx.Response:
        self.keys_read += 1
        known = self.published or [key().as_dict(private=False)]
        return httpx.Response(200, json={"keys": known})

    def exchange(self, request: httpx.Request) -> httpx.Response:
        form = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form.get("code", ""), None)  # a code works once
        name, _, secret = base64.b64decode(request.headers["authorization"][6:]).decode().partition(":")
        if (name, secret) != (CLIENT, "s%26cret+%25"):
            return httpx.Response(401, json={"error": "invalid_client"})
        if asked is None or challenge(form["code_verifier"]) != asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"access_token": "a-1", "id_token": self.token or self.signed(asked)})

    def signed(self, asked: dict[str, str]) -> str:
        at = int(self.now.timestamp())
        honest = {
            "iss": ISSUER, "aud": asked["client_id"], "sub": self.subject, "exp": at + 300, "iat": at,
            "nonce": asked["nonce"],
        }  # fmt: skip
        told = {name: value for name, value in (honest | self.claims).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.signed_by.kid}, told, self.signed_by)


@contextmanager
def providing(house: House, back: str = BACK) -> Iterator[FakeProvider]:
    """The house lets people sign in there."""
    settings = OidcSettings.model_validate(
        {"issuer": ISSUER, "client_id": CLIENT, "client_secret": SECRET, "label": "Company ID"}
    )
    house.console = replace(house.console, provider=Provider(settings, back))
    fake = FakeProvider(house.console.wall.now())
    with respx.mock(assert_all_called=False) as wire:
        wire.route(url__startswith=ISSUER).mock(side_effect=fake.answer)
        yield fake


def away(client: TestClient, path: str = "/console/login/oidc") -> str:
    """Where this browser is sent."""
    answer = client.get(path)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    """A token without a signature."""
    return ".".join([*(_part(json.dumps(one).encode()) for one in (header, claims)), ""])


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """HS256, the secret being what everybody can read: an old way to fool whoever believes the header."""
    signed = unsigned(claims, {"alg": "HS256", "kid": "one"}).rstrip(".")
    mark = hmac.digest(key().as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{_part(mark)}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""The identity provider over the wire: where people sign in, and who has come back from there.

OpenID Connect Core 1.0, section 3.1 (the authorization code flow), with PKCE (RFC 7636).
"""

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from qc_engine.web.oidc.settings import OidcSettings
from qc_engine.web.oidc.tokens import Expected, Identity, NotProved, UnknownKey, proved

WELL_KNOWN = "/.well-known/openid-configuration"
TIMEOUT = httpx.Timeout(10, connect=5)  # somebody sits before the page and waits
LARGEST_ANSWER = 512 * 1024
FRESH = timedelta(hours=1)  # for so long its description and its keys are believed
NOT_SOONER = timedelta(minutes=1)  # than this are they read again, whatever strangers send


class Unreachable(Exception):
    """It does not answer, or not as one: nobody can sign in there for now. The text is for the log."""


@dataclass(frozen=True)
class Known:
    """What it says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    by_post: bool  # how it wants our key: within the form, and not as a header
    keys: Mapping[str, Any]
    read_at: datetime


class Provider:
    """The one of config.yaml. Nothing is asked of it before somebody wants to sign in."""

    def __init__(self, settings: OidcSettings, back: str) -> None:
        """`back`: our address to which it sends people back, as it is entered there."""
        self._settings, self._back = settings, back
        self._known: Known | None = None
        self._failed_at: datetime | None = None
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        return self._settings.label

    @property
    def issuer(self) -> str:
        return self._settings.issuer

    def address(self, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """Where somebody signs in. Raises Unreachable."""
        known = self._ask(now)
        query = {
            "response_type": "code", "client_id": self._settings.client_id, "redirect_uri": self._back,
            "scope": "openid", "state": state, "nonce": nonce,
            "code_challenge": challenge(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        sign = "&" if urlsplit(known.authorization_endpoint).query else "?"
        return f"{known.authorization_endpoint}{sign}{urlencode(query)}"

    def who(self, code: str, nonce: str, verifier: str, now: datetime) -> Identity:
        """Who signed in there and came back with this code. Raises NotProved and Unreachable."""
        known = self._ask(now)
        told = self._exchanged(known, code, verifier)
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str):
            raise NotProved("no ID token came with the answer")
        expected = Expected(
            self.issuer, self._settings.client_id, nonce, access if isinstance(access, str) else ""
        )
        try:
            return proved(token, known.keys, expected, now)
        except UnknownKey:
            return proved(token, self._ask(now, NOT_SOONER).keys, expected, now)

    def try_out(self, now: datetime) -> None:
        """Read what it says of itself, and its keys. Raises Unreachable."""
        self._ask(now)

    # --- what it says of itself ---

    def _ask(self, now: datetime, fresh: timedelta = FRESH) -> Known:
        with self._lock:
            if self._known is None or now >= self._known.read_at + fresh:
                self._known = self._read_anew(now)
            return self._known

    def _read_anew(self, now: datetime) -> Known:
        """Of one that is down nobody waits for the end of the time limit again and again."""
        if self._failed_at is not None and now < self._failed_at + NOT_SOONER / 4:
            raise Unreachable("it did not answer a moment ago")
        try:
            self._failed_at, known = None, self._read(now)
        except Unreachable:
            self._failed_at = now
            raise
        return known

    def _read(self, now: datetime) -> Known:
        told = _json(self._sent("GET", f"{self.issuer.rstrip('/')}{WELL_KNOWN}"))
        if told.get("issuer") != self.issuer:
            raise Unreachable("the provider calls itself otherwise than config.yaml does (issuer)")
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Known(
            _https(told, "authorization_endpoint"),
            _https(told, "token_endpoint"),
            "client_secret_post" in ways and "client_secret_basic" not in ways,
            _json(self._sent("GET", _https(told, "jwks_uri"))),
            now,
        )

    # --- the code for a token ---

    def _exchanged(self, known: Known, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back,
            "code_verifier": verifier,
        }  # fmt: skip
        name, key = self._settings.client_id, self._settings.client_secret.get_secret_value()
        # Both are form-encoded before they become a header: RFC 6749, section 2.3.1.
        auth = None if known.by_post else (quote_plus(name), quote_plus(key))
        form |= {"client_id": name, "client_secret": key} if known.by_post else {}
        answer = self._sent("POST", known.token_endpoint, data=form, auth=auth)
        if answer.status_code == 400:
            raise NotProved(f"the provider takes no such code: {_word(answer)}")
        return _json(answer)

    @cached_property
    def _client(self) -> httpx.Client:
        """Made when somebody signs in, and kept: to read all certificates takes longer than the calls."""
        return httpx.Client(timeout=TIMEOUT, headers={"Accept": "application/json"})

    def _sent(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, url, **more)
            self._client.cookies.clear()  # nothing of one person's sign-in goes with the next one's
        except httpx.HTTPError as trouble:
            raise Unreachable(f"{urlsplit(url).hostname}: {type(trouble).__name__}") from None
        if len(answer.content) > LARGEST_ANSWER:
            raise Unreachable("its answer is larger than any such answer is")
        return answer


def challenge(verifier: str) -> str:
    """RFC 7636, section 4.2: S256."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _json(answer: httpx.Response) -> Mapping[str, Any]:
    if answer.status_code != 200:
        raise Unreachable(f"{answer.url.host}{answer.url.path}: HTTP {answer.status_code}")
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Unreachable(f"{answer.url.host}{answer.url.path}: no JSON object")
    return told


def _word(answer: httpx.Response) -> str:
    """The error's name, which is one of RFC 6749's: nothing else of the answer goes into a log."""
    try:
        told = str(answer.json().get("error", ""))
    except (ValueError, AttributeError):
        told = ""
    return told if told.replace("_", "").isalpha() and len(told) < 40 else "no reason given"


def _https(told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    if not isinstance(url, str) or not _is_https(url):
        raise Unreachable(f"the provider names no {name} with https")
    return url


def _is_https(url: str) -> bool:
    try:
        return urlsplit(url).scheme == httpx.URL(url).scheme == "https"
    except (httpx.InvalidURL, ValueError):  # no address at all
        return False

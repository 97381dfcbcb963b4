"""The vendor's OAuth server: a code or a refresh token for a new pair of tokens.

Wire format: the vendor's pages settings/oauth/index, auto-renewal and error-codes.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

import httpx

from connectors.bitrix24.access.tokens import Tokens, granted
from connectors.bitrix24.calls.exchange import HEADERS, Patience, Reply, carried, hide_secrets
from connectors.bitrix24.settings import OAuthSettings
from connectors.bitrix24.wire import as_map
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

CONNECT = "./qc bitrix24 connect"
CONNECT_AGAIN = f"reinstall the application: {CONNECT}"
# Half of the 30 seconds that a code lives.
PATIENCE = Patience(timedelta(seconds=5), timedelta(seconds=15), 64 * 2**10)
NAME = "OAuth server"
EXPIRED = "INVALID_GRANT"
WHAT_TO_DO = {
    EXPIRED: f"the permission is no longer valid; {CONNECT_AGAIN}",
    "INVALID_CLIENT": f"client_id or client_secret is wrong; correct config.yaml, or {CONNECT_AGAIN}",
    "WRONG_CLIENT": f"client_id or client_secret is wrong; correct config.yaml, or {CONNECT_AGAIN}",
    "NOT_INSTALLED": f"the application is not installed at the portal; {CONNECT_AGAIN}",
    "PAYMENT_REQUIRED": f"the portal's subscription has ended; renew it, then {CONNECT_AGAIN}",
    "INVALID_SCOPE": f"the application lacks rights; give them at the portal, then {CONNECT_AGAIN}",
    "INSUFFICIENT_SCOPE": f"the application lacks rights; give them at the portal, then {CONNECT_AGAIN}",
    "INVALID_REQUEST": f"the server does not understand us; {CONNECT_AGAIN}",
}
BUSY_STATUSES = frozenset({408, 425, 429})


class OAuthServer:
    """One application's way to new tokens."""

    def __init__(self, settings: OAuthSettings, http: httpx.Client) -> None:
        hide_secrets()
        self._settings = settings
        self._http = http

    def exchange(self, code: str) -> Tokens:
        """The first tokens, for a code that lives 30 seconds. Raises TryLater, Refused or Broken."""
        payload = self._asked("authorization_code", code=code)
        if _error(payload) == EXPIRED:
            raise Refused("the portal's code is no longer valid (it lives for 30 seconds): begin again")
        return _tokens(payload)

    def refresh(self, refresh_token: str) -> Tokens:
        """The next tokens; the given one may be used no more. Raises TryLater or Broken."""
        return _tokens(self._asked("refresh_token", refresh_token=refresh_token))

    def _asked(self, grant: str, **secret: str) -> Mapping[str, object]:
        params = {
            "grant_type": grant,
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
            **secret,
        }
        url = f"{self._settings.server}/oauth/token/"
        request = self._http.build_request("GET", url, params=params, headers=HEADERS, timeout=PATIENCE.httpx)
        return _understood(self._answer(request))

    def _answer(self, request: httpx.Request) -> Reply:
        try:
            return carried(self._http, request, NAME, PATIENCE)
        except (TryLater, OutcomeUnknown) as lost:
            # If it did renew them, the next try with the old token will say so.
            reason = str(lost)
        raise TryLater(reason)


def _understood(reply: Reply) -> Mapping[str, object]:
    """The server's words; its errors come with many statuses, WRONG_CLIENT even with 200."""
    payload = _parsed(reply.body)
    if payload.get("error") or granted(payload):
        return payload
    reason = f"{NAME}: HTTP {reply.status} with an answer that makes no sense"
    if 300 <= reply.status < 500 and reply.status not in BUSY_STATUSES:
        raise Broken(reason)
    raise TryLater(reason)


def _tokens(payload: Mapping[str, object]) -> Tokens:
    if error := _error(payload):
        # Not the server's own description: nobody knows what it repeats of our secrets.
        known = WHAT_TO_DO.get(error)
        raise Broken(f"{NAME}: {error.lower()}: {known}" if known else f"{NAME} refuses; {CONNECT_AGAIN}")
    tokens = granted(payload)
    assert tokens is not None  # _understood has looked
    return tokens


def _error(payload: Mapping[str, object]) -> str:
    return str(payload.get("error") or "").strip().upper()


def _parsed(body: bytes) -> Mapping[str, object]:
    try:
        return as_map(json.loads(body))
    except (ValueError, RecursionError):
        return {}

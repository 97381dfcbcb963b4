"""One call of a method: its slot, its key, the portal's new name, and one renewal of what has expired."""

import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from connectors.bitrix24.access.ways import Access, WebhookAccess
from connectors.bitrix24.calls.addresses import origin_of
from connectors.bitrix24.calls.exchange import HEADERS, Patience, Reply, carried, hide_secrets, open_http
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_map
from qc_engine.ports import Broken, Pace

__all__ = ["Reply", "Transport"]

LARGEST_ANSWER = 32 * 2**20
RENAMED = 302
STALE = frozenset({"expired_token", "invalid_token"})
LARGEST_ERROR = 64 * 2**10


class Transport:
    """Carries one call at a time to the portal, wherever it has moved."""

    def __init__(
        self,
        settings: Bitrix24Settings,
        pace: Pace,
        http: httpx.Client | None = None,
        access: Access | None = None,
    ) -> None:
        hide_secrets()
        self._pace = pace
        self._http = http or open_http(settings)
        self._connect = settings.connect_timeout
        self._access = access or WebhookAccess(settings)

    @property
    def renamed_to(self) -> str:
        """The portal's new address when it is no longer the one in config.yaml; empty otherwise."""
        return self._access.renamed_to

    def post(
        self, method: str, params: Mapping[str, object], timeout: timedelta, urgent: bool = False
    ) -> Reply:
        """The answer, whatever its status. Raises a Failure when there is none."""
        auth = self._access.params()
        reply = self._at_home(method, {**params, **auth}, timeout, urgent)
        if not (auth and _is_stale(reply)):
            return reply
        self._access.refresh(auth)
        return self._at_home(method, {**params, **self._access.params()}, timeout, urgent)

    def _at_home(self, method: str, params: Mapping[str, object], timeout: timedelta, urgent: bool) -> Reply:
        """The same call once more where the portal says that it has moved."""
        for _ in range(2):
            reply = self._sent(method, params, timeout, urgent)
            if not 300 <= reply.status < 400:
                return reply
            self._follow(method, reply)
        raise Broken(f"{method}: the portal redirects in a circle")

    def _follow(self, method: str, reply: Reply) -> None:
        """A renamed portal: the same path on a new host. Any other redirect would carry the secret away."""
        location = reply.headers.get("location", "")
        new = origin_of(location)
        # What https protects must not go on without it, not even to this machine.
        is_downgrade = self._access.origin()[:6] == "https:" != new[:6]
        is_same_call = bool(new) and urlsplit(location).path == self._access.path(method)
        if reply.status != RENAMED or is_downgrade or not is_same_call:
            raise Broken(f"{method}: the portal redirects to another page (HTTP {reply.status})")
        self._access.moved(new)

    def _sent(self, method: str, params: Mapping[str, object], timeout: timedelta, urgent: bool) -> Reply:
        self._pace.slot(urgent)
        patience = Patience(self._connect, timeout, LARGEST_ANSWER)
        url = self._access.origin() + self._access.path(method)
        request = self._http.build_request("POST", url, json=params, headers=HEADERS, timeout=patience.httpx)
        return carried(self._http, request, method, patience)


def _is_stale(reply: Reply) -> bool:
    """401 and one of the two words that a new access token may help against (settings/oauth/auto-renewal)."""
    if reply.status != 401 or len(reply.body) > LARGEST_ERROR:
        return False
    try:
        error = as_map(json.loads(reply.body)).get("error")
    except (ValueError, RecursionError):
        return False
    return str(error).lower() in STALE

"""A person lets us into the portal by a page of the portal: an address to open, and what comes back.

Wire format: the vendor's page settings/oauth/index.
"""

import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from connectors.bitrix24.access.tokens import Tokens
from connectors.bitrix24.access.ways import OAuthAccess
from connectors.bitrix24.calls.addresses import is_one_of, origin_of
from connectors.bitrix24.settings import OAuthSettings
from qc_engine.clock import Clock
from qc_engine.ids import Ids, RandomIds
from qc_engine.ports import Forbidden, Memory, Refused, Unsealable

NOTE = "state"
LIFETIME = timedelta(minutes=10)


class Connecting:
    """The way of a local application to its first tokens; `member_id`: of the only portal allowed, if set."""

    def __init__(
        self,
        settings: OAuthSettings,
        access: OAuthAccess,
        memory: Memory,
        clock: Clock,
        member_id: str = "",
        ids: Ids | None = None,
    ) -> None:
        self._settings = settings
        self._access = access
        self._memory = memory
        self._clock = clock
        self._member_id = member_id
        self._ids = ids or RandomIds()
        self._one_use = threading.Lock()

    def begin(self) -> str:
        """The portal's page to open in a browser; it works for ten minutes, once."""
        state, until = self._ids.code(), self._clock.now() + LIFETIME
        self._memory.write(NOTE, json.dumps({"state": state, "until": until.isoformat()}), sealed=True)
        query = urlencode({"client_id": self._settings.client_id, "state": state})
        return f"{self._access.origin()}/oauth/authorize/?{query}"

    def finish(self, query: Mapping[str, str]) -> str:
        """The portal sent the browser back with these parameters; the portal's host.

        Raises Forbidden (unknown or used `state`, another portal), TryLater, Refused, Broken.
        """
        self._use_state(query.get("state", ""))
        if not is_one_of(query.get("domain", ""), self._access.origins()):
            raise Forbidden(f"not from {self._settings.portal}; if it was renamed, correct config.yaml")
        if not query.get("code"):
            raise Refused("the portal sent no code: begin again")
        # At once: the code lives for 30 seconds.
        tokens = self._access.server.exchange(query["code"])
        self._check_portal(tokens)
        host = urlsplit(self._access.origin()).netloc
        self._access.keys.adopt(replace(tokens, domain=host))
        return host

    def _use_state(self, given: str) -> None:
        with self._one_use:
            kept = self._kept()
            expected = kept.get("state", "")
            if not expected or not hmac.compare_digest(_bytes(given), _bytes(expected)):
                raise Forbidden("we did not open this page, or it was used before: begin again")
            self._memory.write(NOTE, "", sealed=True)
        if self._clock.now() >= datetime.fromisoformat(kept["until"]):
            raise Forbidden("ten minutes have passed: begin again")

    def _kept(self) -> Mapping[str, str]:
        try:
            return dict(json.loads(self._memory.read(NOTE) or "{}"))
        except Unsealable:
            return {}

    def _check_portal(self, tokens: Tokens) -> None:
        """The server says to whom the tokens belong: it must be the portal that we are to work for."""
        is_ours = origin_of(tokens.client_endpoint) in self._access.origins()
        wanted = self._member_id.lower()
        if not is_ours or (wanted and tokens.member_id.lower() != wanted):
            raise Forbidden(f"another portal than {self._settings.portal} let the application in")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")

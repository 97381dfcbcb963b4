"""What only a local application has: installations told by the portal, its removal, its event bindings.

Wire format: the vendor's pages local-apps/installation-callback, common/events/on-app-install and
common/system/app-info.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from connectors.bitrix24.access.bindings import Bindings
from connectors.bitrix24.access.installs import Claim, Claims, Trial
from connectors.bitrix24.access.tokens import granted
from connectors.bitrix24.access.ways import Access, OAuthAccess
from connectors.bitrix24.calls.addresses import is_one_of
from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.events import Sender
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_map, as_text
from qc_engine.clock import Clock
from qc_engine.ports import (
    Broken,
    Finding,
    Forbidden,
    Memory,
    OutcomeUnknown,
    Poll,
    Polled,
    Refused,
    TryLater,
)

LOOK_EVERY = timedelta(seconds=10)
YES = (True, "Y", "1", 1)
CONNECT_REMEDY = "Откройте портал администратором и подключите приложение: ./qc bitrix24 connect"

log = structlog.get_logger(__name__)


class Application:
    """One local application at one portal.

    `client` calls with `access`; `client_with` makes one that calls with another access, at the same pace.
    """

    def __init__(
        self,
        settings: Bitrix24Settings,
        clock: Clock,
        memory: Memory,
        access: OAuthAccess,
        client: Client,
        client_with: Callable[[Access], Client],
        hook_url: str,
    ) -> None:
        assert settings.oauth
        self._client_id = settings.oauth.client_id
        self._member_id = settings.member_id.lower()
        self._clock = clock
        self._access = access
        self._client_with = client_with
        self._hook_url = hook_url
        self._claims = Claims(memory)
        self._bindings = Bindings(client, hook_url, memory)

    # --- what the portal tells --------------------------------------------------------------------

    def sender(self) -> Sender | None:
        """What proves that an event comes from our portal; None until we are let in."""
        try:
            tokens = self._access.keys.tokens()
        except Broken:
            return None
        return Sender(tokens.application_token, tokens.member_id, self._access.origins()) if tokens else None

    def installed(self, auth: Mapping[str, str]) -> None:
        """Somebody says that the portal has installed us: kept until the portal itself has been asked."""
        tokens = granted(auth)
        if tokens is None or not is_one_of(tokens.domain, self._access.origins()):
            raise Forbidden("an installation at another portal")
        if self._member_id and tokens.member_id.lower() != self._member_id:
            raise Forbidden("an installation at another portal: member_id differs")
        self._claims.add(tokens, self._clock.now())

    def removed(self, at: int) -> None:
        """The portal has removed us; `at` (Unix time, s) tells an old event that comes once more."""
        tokens = self._access.keys.tokens()
        if tokens and at >= tokens.since:
            self._access.keys.forget()
            log.warning("the application was removed", portal=self._access.origin())

    # --- what is looked after ---------------------------------------------------------------------

    def poll(self) -> Poll:
        """Confirms installations and keeps the event bindings; nearly free when there is nothing to do."""
        return Poll("connect", LOOK_EVERY, self._look)

    def _look(self, cursor: str, now: datetime) -> Polled:
        for claim in self._claims.all(now):
            self._try_out(claim, now)
        tokens = self._access.keys.tokens()
        if tokens:
            self._bindings.keep(f"{tokens.member_id}:{tokens.since}", now)
        return Polled((), cursor)

    def _try_out(self, claim: Claim, now: datetime) -> None:
        trial = Trial(self._access.origin(), claim.tokens)
        try:
            is_ours = self._is_ours(self._client_with(trial))
        except (TryLater, OutcomeUnknown) as failure:
            log.info("an installation is not confirmed yet", reason=str(failure))
        except (Refused, Broken) as failure:
            log.warning("the portal does not confirm an installation", reason=str(failure))
            self._claims.refused(claim, now)
        else:
            if is_ours:
                self._take(claim, trial.origin())
            self._claims.drop(claim, now)

    def _is_ours(self, client: Client) -> bool:
        """Does our own portal know these tokens, as those of our own application?"""
        info = as_map(client.read("app.info", {}).result)
        names = {as_text(value) for name, value in info.items() if name.lower() in ("code", "client_id")}
        if self._client_id not in names:
            return False
        if self.sender() is None:
            return True
        # Every user of an application has tokens of it; only an administrator may replace those that we have.
        return as_map(client.read("profile", {}).result).get("ADMIN") in YES

    def _take(self, claim: Claim, origin: str) -> None:
        """The address is the one that has answered, not the one that the claim names."""
        self._access.moved(origin)
        self._access.keys.adopt(replace(claim.tokens, client_endpoint=f"{origin}/rest/"))
        log.info("the application is installed", portal=origin)

    # --- how it stands ----------------------------------------------------------------------------

    def findings(self) -> Sequence[Finding]:
        """Without a call to the portal: are we let in, do events reach us, is every binding made?"""
        try:
            tokens = self._access.keys.present()
        except Broken as reason:
            return [Finding(False, f"Приложение не подключено к порталу: {reason}", CONNECT_REMEDY)]
        if tokens.application_token:
            return [Finding(True, "Приложение подключено к порталу"), *self._bindings.findings()]
        remedy = f"Укажите в приложении адрес установки {self._hook_url}/install и переустановите его"
        return [Finding(False, "Портал не назвал application_token: события отклоняются", remedy)]

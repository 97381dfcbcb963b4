"""The two ways into a portal: an incoming webhook, or a local application with tokens that expire."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from connectors.bitrix24.access.keyring import NOTE as TOKENS
from connectors.bitrix24.access.keyring import Keyring
from connectors.bitrix24.access.oauth import CONNECT_AGAIN, OAuthServer
from connectors.bitrix24.access.tokens import Tokens
from connectors.bitrix24.calls.addresses import origin_of
from connectors.bitrix24.settings import Bitrix24Settings, OAuthSettings
from qc_engine.clock import Clock
from qc_engine.ports import Broken, Memory, TryLater

ORIGIN = "origin"  # the note with the portal's new address
# How long a refusal of the OAuth server is believed: it blocks those who keep asking.
REFUSED_FOR = timedelta(minutes=5)


class Access(Protocol):
    """Where calls go, and with which key."""

    @property
    def renamed_to(self) -> str:
        """The portal's new address; empty while it is the one in config.yaml."""

    def origin(self) -> str:
        """https://portal"""

    def path(self, method: str) -> str:
        """/rest/... of a method."""

    def params(self) -> Mapping[str, str]:
        """What travels in the body of every call, never in its address. Raises Broken."""

    def refresh(self, failed: Mapping[str, str]) -> None:
        """`failed` were the params of a call that the portal called stale. Raises TryLater, Broken."""

    def moved(self, origin: str) -> None:
        """The portal has a new address."""


class WebhookAccess:
    """An incoming webhook: its address is the key. A new address is known until the restart."""

    def __init__(self, settings: Bitrix24Settings) -> None:
        url = settings.webhook_url.get_secret_value()
        self._given = self._origin = origin_of(url)
        self._path = urlsplit(url).path.rstrip("/")
        if not (self._given and self._path):
            raise ValueError("these settings name no incoming webhook")

    @property
    def renamed_to(self) -> str:
        return "" if self._origin == self._given else self._origin

    def origin(self) -> str:
        return self._origin

    def path(self, method: str) -> str:
        return f"{self._path}/{method}"

    def params(self) -> Mapping[str, str]:
        return {}

    def refresh(self, failed: Mapping[str, str]) -> None:
        raise Broken("an incoming webhook cannot be renewed: make a new one")

    def moved(self, origin: str) -> None:
        self._origin = origin


@dataclass(frozen=True)
class Setback:
    """Why one refresh token brought nothing, and since when."""

    refresh_token: str
    failure: TryLater | Broken
    at: datetime


class OAuthAccess:
    """A local application. Its tokens are refreshed when the portal says so, by one at a time:

    one thread of one process of the installation, because a refresh token is worth something once.
    """

    def __init__(self, settings: OAuthSettings, memory: Memory, clock: Clock, http: httpx.Client) -> None:
        self.server = OAuthServer(settings, http)
        self.keys = Keyring(memory, clock)
        self._given = origin_of(settings.portal)
        self._memory = memory
        self._clock = clock
        self._origin = ""  # known after the first question
        self._turn = threading.Lock()  # held while one thread asks the OAuth server
        self._setback: Setback | None = None
        self._unwritten: Mapping[str, Tokens] = {}  # got, but the database did not take them
        self._failures = 0

    # --- where ------------------------------------------------------------------------------------

    @property
    def renamed_to(self) -> str:
        return "" if self.origin() == self._given else self.origin()

    def origin(self) -> str:
        self._origin = self._origin or self._remembered_origin()
        return self._origin

    def origins(self) -> Sequence[str]:
        """The address in config.yaml, and the one that the portal has now."""
        return (self._given, self.origin())

    def path(self, method: str) -> str:
        return f"/rest/{method}"

    def moved(self, origin: str) -> None:
        if origin != self.origin():
            self._memory.write(ORIGIN, json.dumps({"was": self._given, "now": origin}))
            self._origin = origin

    def _remembered_origin(self) -> str:
        kept = self._memory.read(ORIGIN)
        note = json.loads(kept) if kept else {}
        # A person who writes another address into config.yaml knows better.
        return str(note["now"]) if note.get("was") == self._given else self._given

    # --- with which key ---------------------------------------------------------------------------

    def params(self) -> Mapping[str, str]:
        return {"auth": self.keys.present().access_token}

    # --- a new key --------------------------------------------------------------------------------

    def refresh(self, failed: Mapping[str, str]) -> None:
        failures = self._failures
        with self._turn, self._memory.alone(TOKENS):
            tokens = self.keys.present()
            if tokens.access_token != failed.get("auth"):
                return  # somebody was quicker: the call is simply repeated
            self._respect_setback(tokens, waited=failures != self._failures)
            self._renew(tokens)

    def _respect_setback(self, tokens: Tokens, waited: bool) -> None:
        """What was just refused is not asked again: by those who waited for it, and for a while by nobody."""
        back = self._setback
        if back is None or back.refresh_token != tokens.refresh_token:
            return
        is_fresh = self._clock.now() < back.at + REFUSED_FOR
        if waited or (isinstance(back.failure, Broken) and is_fresh):
            raise type(back.failure)(str(back.failure))

    def _renew(self, tokens: Tokens) -> None:
        after = self._unwritten.get(tokens.refresh_token) or self._asked(tokens)
        # Written down before anybody calls with it: from now on the old refresh token is worth nothing.
        self._unwritten = {tokens.refresh_token: after}
        is_ours = self.keys.replace(tokens, after)
        self._unwritten = {}
        if is_ours and after.client_endpoint != tokens.client_endpoint:
            self.moved(origin_of(after.client_endpoint) or self.origin())

    def _asked(self, tokens: Tokens) -> Tokens:
        try:
            return tokens.renewed(_of_the_same_portal(tokens, self.server.refresh(tokens.refresh_token)))
        except (TryLater, Broken) as failure:
            self._failures += 1
            self._setback = Setback(tokens.refresh_token, failure, self._clock.now())
            newest = self.keys.present()
            if newest != tokens:
                return newest  # another process has renewed them meanwhile
            raise


def _of_the_same_portal(ours: Tokens, fresh: Tokens) -> Tokens:
    if ours.member_id and fresh.member_id and ours.member_id != fresh.member_id:
        raise Broken(f"the OAuth server answers with tokens of another portal; {CONNECT_AGAIN}")
    return fresh

"""Local applications of the portal: their codes, their tokens, and how long each of them lives."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.bitrix24.codes import CODES
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.switches import Switches

SCOPES = ("crm", "task", "user", "department", "im")
CODE_SECONDS = 30
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 180 * 86_400
MANY = 10_000  # access tokens, one for every event told: then the dead ones are thrown away


@dataclass(slots=True)
class Application:
    """`base` is the portal's address under which it was made; both addresses of its own may be ""."""

    client_id: str
    client_secret: str
    redirect: str
    install: str
    scopes: list[str]
    application_token: str
    base: str
    installed: bool = False


@dataclass(slots=True)
class Token:
    """A code, an access token or a refresh token; `ends` in epoch seconds, virtual."""

    client_id: str
    user: int
    ends: float


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str
    user: int
    ends: float


class Applications:
    """All applications of one portal, and every token that they hold."""

    def __init__(self, now: Callable[[], float], switches: Switches) -> None:
        self._now, self._switches = now, switches
        self.known: dict[str, Application] = {}
        self.codes: dict[str, Token] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self._many = MANY

    def register(self, wish: dict[str, Any], base: str) -> Application:
        """ValueError without client_id and client_secret."""
        if not wish.get("client_id") or not wish.get("client_secret"):
            raise ValueError("an application needs a client_id and a client_secret")
        scopes = [str(name) for name in wish.get("scopes") or SCOPES]
        application = Application(
            str(wish["client_id"]),
            str(wish["client_secret"]),
            str(wish.get("redirect") or ""),
            str(wish.get("install") or ""),
            scopes,
            str(wish.get("application_token") or secrets.token_hex(16)),
            base,
        )
        self.known[application.client_id] = application
        return application

    def code(self, client_id: str, user: int) -> str:
        """Lives 30 s and works once."""
        code = secrets.token_hex(24)
        self.codes[code] = Token(client_id, user, self._now() + CODE_SECONDS)
        return code

    def issue(self, client_id: str, user: int) -> Pair:
        """An access token for an hour and a refresh token for 180 days."""
        now = self._now()
        if len(self.access) > self._many:
            self.access = {key: token for key, token in self.access.items() if token.ends > now}
            self._many = MANY + 2 * len(self.access)
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self.access[access] = Token(client_id, user, now + ACCESS_SECONDS)
        self.refresh[refresh] = Token(client_id, user, now + REFRESH_SECONDS)
        return Pair(access, refresh, user, now + ACCESS_SECONDS)

    def access_only(self, client_id: str, user: int) -> str:
        """What an event carries."""
        pair = self.issue(client_id, user)
        del self.refresh[pair.refresh]
        return pair.access

    def redeem(self, client_id: str, code: str) -> Pair:
        """For a code, once. Say with what the OAuth server answers."""
        token = self._fresh(self.codes, code, client_id)
        del self.codes[code]
        self.known[client_id].installed = True
        return self.issue(client_id, token.user)

    def renew(self, client_id: str, refresh: str) -> Pair:
        """A new pair; the old refresh token stops working."""
        token = self._fresh(self.refresh, refresh, client_id)
        if not self.known[client_id].installed:
            raise said("NOT_INSTALLED")
        token.ends = min(token.ends, self._now() + self._switches["old_refresh_token_seconds"])
        return self.issue(client_id, token.user)

    def authenticated(self, client_id: str, client_secret: str) -> Application:
        application = self.known.get(client_id)
        same = application and secrets.compare_digest(
            application.client_secret.encode(), client_secret.encode()
        )
        if application is None or not same:
            raise said("invalid_client")
        return application

    def expire(self, client_id: str | None = None) -> int:
        """Access tokens of this application (None: of all) end now; how many did."""
        tokens = [token for token in _of(self.access, client_id) if token.ends > self._now()]
        for token in tokens:
            token.ends = self._now()
        return len(tokens)

    def revoke(self, client_id: str | None = None) -> int:
        """No token of this application works any more, refresh tokens neither."""
        count = 0
        for kept in (self.codes, self.access, self.refresh):
            gone = [key for key, token in kept.items() if client_id in (None, token.client_id)]
            count += len(gone)
            for key in gone:
                del kept[key]
        return count

    def dump(self) -> dict[str, Any]:
        tables: dict[str, dict[str, Any]] = {
            "codes": self.codes,
            "access": self.access,
            "refresh": self.refresh,
            "known": self.known,
        }
        return {name: {key: asdict(row) for key, row in rows.items()} for name, rows in tables.items()}

    def restore(self, kept: dict[str, Any]) -> None:
        self.known = {key: Application(**row) for key, row in kept["known"].items()}
        self.codes = {key: Token(**row) for key, row in kept["codes"].items()}
        self.access = {key: Token(**row) for key, row in kept["access"].items()}
        self.refresh = {key: Token(**row) for key, row in kept["refresh"].items()}

    def _fresh(self, tokens: dict[str, Token], key: str, client_id: str) -> Token:
        token = tokens.get(key)
        if token is None or token.ends <= self._now():
            raise said("invalid_grant")
        if token.client_id != client_id:
            raise said("WRONG_CLIENT")
        return token


def said(code: str) -> Say:
    status, text = CODES[code]
    return Say(status, code, text)


def _of(tokens: dict[str, Token], client_id: str | None) -> Iterator[Token]:
    return (token for token in tokens.values() if client_id in (None, token.client_id))

"""Who may call: the incoming webhooks with their scopes, and what single people may not do."""

import hmac
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from sandbox.bitrix24.errors import Say, no_such_method
from sandbox.bitrix24.switches import Switches


class Webhooks:
    """Incoming webhooks. The first secret opens the portal in the name of any user who works there."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self.scopes: set[str] | None = None  # of the first one; None: every scope of the portal
        self.more: dict[tuple[int, str], set[str] | None] = {}

    def add(self, user: int, secret: str, scopes: set[str] | None) -> None:
        """A webhook of this user alone; the same secret again replaces its scopes."""
        self.more[user, secret] = scopes

    def opens(self, user: int, secret: str) -> bool:
        return self._is_first(secret) or (user, secret) in self.more

    def scopes_of(self, user: int, secret: str) -> frozenset[str] | None:
        """None: every scope of the portal."""
        scopes = self.scopes if self._is_first(secret) else self.more[user, secret]
        return None if scopes is None else frozenset(scopes)

    def dump(self) -> list[list[Any]]:
        first = ["", "", _sorted(self.scopes)]
        return [first, *([user, key, _sorted(scopes)] for (user, key), scopes in self.more.items())]

    def restore(self, kept: list[Any]) -> None:
        sets = {(user, key): None if scopes is None else set(scopes) for user, key, scopes in kept}
        self.scopes = sets.pop(("", ""))
        self.more = sets

    def _is_first(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), self._secret)


class Rights:
    """Refuses what the portal lacks and what a person may not do; asked before every command."""

    def __init__(self, switches: Switches, caller: Callable[[], int | None]) -> None:
        self._switches, self._caller = switches, caller
        self.denied: dict[int, list[str]] = {}  # user -> methods like "crm.item.update" or "tasks.*"

    def check(self, method: str) -> None:
        """Say when the box has no such method, or this person may not call it."""
        if method in self._switches["missing_methods"]:
            raise no_such_method()
        patterns = self.denied.get(self._caller() or 0, ())
        if any(fnmatchcase(method, pattern) for pattern in patterns):
            status = self._switches["crm_access_denied_status"] if method.startswith("crm.") else 403
            raise Say(status, "ACCESS_DENIED", "Access denied.")

    def dump(self) -> list[list[Any]]:
        return [[user, *patterns] for user, patterns in self.denied.items()]

    def restore(self, kept: list[list[Any]]) -> None:
        self.denied = {user: patterns for user, *patterns in kept}


def _sorted(scopes: set[str] | None) -> list[str] | None:
    return None if scopes is None else sorted(scopes)

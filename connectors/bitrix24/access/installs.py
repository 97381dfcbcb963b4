"""Installations that somebody claims to have happened, until the portal itself has said so."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.bitrix24.access.tokens import Tokens, dump, load
from connectors.bitrix24.wire import as_list, as_map
from qc_engine.ports import Broken, Memory, Unsealable

NOTE = "pending"
# Anybody may claim one, and each costs a request to the portal.
MOST, MOST_TRIES = 5, 3
# An access token lives for an hour: later nothing can be asked with it.
LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class Claim:
    """The tokens that came with it, when, and how often the portal has refused them."""

    tokens: Tokens
    at: datetime
    refusals: int = 0


class Claims:
    """The newest few, sealed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._pen = threading.Lock()

    def all(self, now: datetime) -> Sequence[Claim]:
        """The newest first; what is too old to be asked about is left out."""
        try:
            kept = self._memory.read(NOTE)
        except Unsealable:
            return []  # written with a lost key: it cannot be confirmed any more
        claims = [_read(as_map(one)) for one in as_list(json.loads(kept or "[]"))]
        return [one for one in claims if now < one.at + LIFETIME]

    def add(self, tokens: Tokens, now: datetime) -> None:
        with self._pen:
            self._write([Claim(tokens, now), *self.all(now)][:MOST])

    def refused(self, claim: Claim, now: datetime) -> None:
        """Once more the portal would not answer to these tokens; after a few times nobody asks again."""
        again = replace(claim, refusals=claim.refusals + 1)
        keep = [again] if again.refusals < MOST_TRIES else []
        self._change(lambda one: keep if one == claim else [one], now)

    def drop(self, claim: Claim, now: datetime) -> None:
        self._change(lambda one: [] if one == claim else [one], now)

    def _change(self, change: Callable[[Claim], Sequence[Claim]], now: datetime) -> None:
        with self._pen:
            self._write([after for one in self.all(now) for after in change(one)])

    def _write(self, claims: Sequence[Claim]) -> None:
        rows = [
            {"tokens": dump(one.tokens), "at": one.at.isoformat(), "refusals": one.refusals} for one in claims
        ]
        self._memory.write(NOTE, json.dumps(rows), sealed=True)


def _read(row: Mapping[str, object]) -> Claim:
    tokens = load(str(row["tokens"]))
    assert tokens is not None
    return Claim(tokens, datetime.fromisoformat(str(row["at"])), int(str(row["refusals"])))


class Trial:
    """Access to the configured portal with tokens that nobody has confirmed yet."""

    def __init__(self, origin: str, tokens: Tokens) -> None:
        self._given = self._origin = origin
        self._tokens = tokens

    @property
    def renamed_to(self) -> str:
        return "" if self._origin == self._given else self._origin

    def origin(self) -> str:
        return self._origin

    def path(self, method: str) -> str:
        return f"/rest/{method}"

    def params(self) -> Mapping[str, str]:
        return {"auth": self._tokens.access_token}

    def refresh(self, failed: Mapping[str, str]) -> None:
        raise Broken("the portal does not accept these tokens")

    def moved(self, origin: str) -> None:
        self._origin = origin

"""The keys of a local application, as they are kept between two runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from connectors.bitrix24.wire import as_id, as_map, as_text

LONGEST = 2000


@dataclass(frozen=True)
class Tokens:
    """What an application may call with, and what proves that an event comes from its portal."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    client_endpoint: str = ""  # https://portal/rest/
    member_id: str = ""
    domain: str = ""
    application_token: str = field(default="", repr=False)  # only an installation tells it
    expires: int = 0  # Unix time; for people: nothing is refreshed before the portal says so
    since: int = 0  # Unix time at which we were let in

    def renewed(self, fresh: "Tokens") -> "Tokens":
        """The next pair of the same permission."""
        return replace(
            self,
            access_token=fresh.access_token,
            refresh_token=fresh.refresh_token,
            client_endpoint=fresh.client_endpoint or self.client_endpoint,
            member_id=self.member_id or fresh.member_id,
            expires=fresh.expires,
        )


def granted(answer: Mapping[str, object]) -> Tokens | None:
    """From an answer of the OAuth server or the `auth` block of an event; None without both tokens.

    As `domain` an event has the portal's; the server has its own.
    """

    def word(name: str) -> str:
        return as_text(answer.get(name))[:LONGEST]

    if not (word("access_token") and word("refresh_token")):
        return None
    return Tokens(
        word("access_token"),
        word("refresh_token"),
        word("client_endpoint"),
        word("member_id"),
        word("domain"),
        word("application_token"),
        as_id(answer.get("expires")) or 0,
    )


def dump(tokens: Tokens) -> str:
    return json.dumps(asdict(tokens))


def load(text: str) -> Tokens | None:
    """None when nothing is kept."""
    kept = as_map(json.loads(text)) if text else {}
    found = granted(kept)
    return replace(found, since=as_id(kept.get("since")) or 0) if found else None

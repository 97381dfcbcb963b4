"""Is it a person who opens the link, or a machine that draws a preview of it or looks for danger in it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from redirect.agents import machine_by_name, names_its_platform

Kind = Literal["person", "likely", "machine"]

LONGEST_AGENT = 400
HINTS: Final = frozenset((b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"))
AHEAD_OF_TIME: Final = ("prefetch", "prerender", "preview")
PAGES: Final = frozenset((b"", b"document", b"iframe"))  # Sec-Fetch-Dest of what a person looks at

EARLY_SECONDS: Final = 5.0  # nobody reads a message, decides and opens its link so soon
MANY_CODES, CROWD_OF_CODES = 4, 15  # different links opened by one visitor within TRAIL_SECONDS
TRAIL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict about one visit, with its reasons, at most 200 characters.

    `likely`: a person by name, but something is odd; a second step may still prove one.
    """

    kind: Kind
    reason: str


@dataclass(slots=True)  # not frozen: made for every visit
class Circumstances:
    """What speaks of a visit besides the request itself. The defaults are those of an ordinary visit."""

    seconds_since_sent: float | None = None  # None: no message has carried the link yet
    codes_of_visitor: int = 1  # different links opened from this address by this agent a moment ago
    in_listed_range: bool = False  # an address of those where machines live


BROWSER: Final = Grade("person", "ordinary browser")
PROVEN: Final = "passed the page that sends on"


def of_request(method: str, headers: Mapping[bytes, bytes]) -> Grade:
    """What the request says of itself. `headers` as ASGI gives them: names in lower case."""
    get = headers.get
    hints = () if HINTS.isdisjoint(headers) else _hints(headers)
    return _of_request(
        method,
        get(b"user-agent", b"")[:LONGEST_AGENT],
        b"accept-language" in headers,
        b"html" in get(b"accept", b""),
        get(b"sec-fetch-dest", b"")[:20],
        hints,
    )


def _hints(headers: Mapping[bytes, bytes]) -> tuple[str, ...]:
    words = [(name, headers[name].decode("latin-1").lower()) for name in sorted(HINTS & headers.keys())]
    return tuple(name.decode() for name, value in words if any(one in value for one in AHEAD_OF_TIME))


@lru_cache(maxsize=4096)
def _of_request(
    method: str, agent: bytes, has_language: bool, wants_html: bool, purpose: bytes, hints: tuple[str, ...]
) -> Grade:
    name = agent.decode("latin-1")
    if why := _machine(method, name, hints):
        return Grade("machine", why)
    odd = [
        (not names_its_platform(name), "no platform in the agent"),
        (not has_language, "no Accept-Language"),
        (not wants_html, "wants no page"),
        (purpose not in PAGES, "opened as no page"),
    ]
    reasons = [reason for is_odd, reason in odd if is_odd]
    return Grade("likely", "; ".join(reasons)) if reasons else BROWSER


def _machine(method: str, agent: str, hints: tuple[str, ...]) -> str:
    if method == "HEAD":
        return "HEAD asks for no page"
    if hints:
        return f"fetched ahead of time: {', '.join(hints)}"
    return machine_by_name(agent)


def of_circumstances(by_request: Grade, around: Circumstances) -> Grade:
    """The verdict of the request, in the light of what is known around it."""
    if by_request.kind == "machine" or not (reasons := _odd(around)):
        return by_request
    if around.codes_of_visitor >= CROWD_OF_CODES:
        return Grade("machine", f"opened {around.codes_of_visitor} links at once")
    if by_request.kind == "likely":
        reasons.append(by_request.reason)
    return Grade("likely", "; ".join(reasons)[:200])


def _odd(around: Circumstances) -> list[str]:
    seconds, codes, found = around.seconds_since_sent, around.codes_of_visitor, []
    if seconds is not None and seconds < EARLY_SECONDS:
        found.append(f"{max(seconds, 0):.0f} s after sending")
    if codes >= MANY_CODES:
        found.append(f"opened {codes} links in a moment")
    if around.in_listed_range:
        found.append("an address of a data centre")
    return found


def proven(by_request: Grade) -> Grade:
    """The visitor came back from the page that sends on: no doubt is left, unless the name is a machine's."""
    if by_request.kind == "machine":
        return by_request
    return Grade("person", PROVEN)

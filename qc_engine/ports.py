"""What the engine needs from the outside world, and what the world may answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, Lane
from qc_engine.core.events import Event, Hint
from qc_engine.core.scenario import Segment


class TryLater(Exception):
    """Busy, down, rate-limited: certainly not done. `after` is the vendor's own hint, if any."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class NobodyThere(TryLater):
    """It never left, nobody took it: what goes the same way now will hardly pass."""


class Refused(Exception):
    """It will never work this way: a person must look. `code` is a stable word, see EffectFailed."""

    def __init__(self, reason: str, code: str = "refused") -> None:
        super().__init__(reason)
        self.code = code


class Broken(Exception):
    """The whole connection is broken (credentials, rights, plan): everything waits, one alert."""


class OutcomeUnknown(Exception):
    """The request may or may not have been carried out; nobody can tell from this side."""


class Forbidden(Exception):
    """A webhook without the right token: answer 403, store nothing."""


class Unreadable(Exception):
    """A webhook body that cannot be understood: keep it and show it to a person."""


@dataclass(frozen=True)
class Arrival:
    """An event on its way in. `key` is unique per source: the same key twice is the same event."""

    key: str
    event: Event


@dataclass(frozen=True)
class Request:
    """A webhook call as it came over the wire."""

    path: str  # what follows /hooks/{connector}, without the leading slash
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True)
class Job:
    """One attempt of one effect."""

    key: str  # case_id:rev:n, unique for ever
    marker: str  # derived from the key, the same for all attempts, safe to show in the CRM
    effect: Effect
    attempt: int = 1
    first_tried_at: datetime | None = None  # when an uncertain attempt may have been carried out
    urgent: bool = False  # somebody waits for it: ahead of bulk


@dataclass(frozen=True)
class Done:
    """Carried out; `result` is the vendor's id of what was made, as text, or empty.

    `others`: further ones that carry the same mark, because the vendor did it more than once by itself.
    """

    result: str = ""
    others: tuple[str, ...] = ()


# How one job ended. The exceptions serve as values here, because a batch has many outcomes.
Outcome = Done | TryLater | Refused | Broken | OutcomeUnknown


@dataclass(frozen=True)
class Absent:
    """Searched for, and certainly not there at this moment."""


@dataclass(frozen=True)
class CannotTell:
    """The vendor gives no way to know."""

    reason: str


Search = Done | Absent | CannotTell


@dataclass(frozen=True)
class Held:
    """What some fields of a deal held when anybody last changed it; a field that is not here is empty."""

    deal_id: int
    fields: Mapping[str, str]
    updated_at: datetime
    first: frozenset[str] = frozenset()  # fields that were not watched so far: whatever they hold is no news


@dataclass(frozen=True)
class Polled:
    """What a poll brought; the cursor is saved together with the arrivals."""

    arrivals: Sequence[Arrival]
    cursor: str
    more: bool = False  # call again at once: the page was full
    held: Sequence[Held] = ()  # of deals that changed, or may have


@dataclass(frozen=True)
class DealsPage:
    """Some deals of a segment; `after` is where the next page begins, `more` whether there is one."""

    deals: Sequence[int]
    after: str
    more: bool


@dataclass(frozen=True)
class Poll:
    """One question that is asked again and again."""

    name: str
    every: timedelta
    run: Callable[[str, datetime], Polled]  # (cursor, "" at first; now) -> Polled


@dataclass(frozen=True)
class Finding:
    """One line of `doctor`: ok says whether it is fine, remedy what to do if it is not."""

    ok: bool
    what: str
    remedy: str = ""


class Pace(Protocol):
    """A rate-limited door. Every call to a vendor, reads and repeats too, takes a slot first."""

    def slot(self, urgent: bool = False) -> None:
        """Wait until one more request is allowed, having written the reservation down.

        `urgent`: somebody waits for what this request does, so it goes before the bulk.
        """

    def answered(self) -> None:
        """The request of this thread came back, and was not refused as one too many."""

    def pause(self, seconds: float) -> None:
        """Nobody gets a slot for so long: the vendor said that we are too fast."""


class Memory(Protocol):
    """What a connector must not forget over a restart: small texts by name."""

    def read(self, name: str) -> str:
        """Empty when nothing was kept. Raises Unsealable when it was sealed with another key."""

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        """Durable when this returns. `sealed`: encrypted with a key that is not in the database."""

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Nobody else, in no process of the installation, is at `name` until the end of the block.

        Raises TryLater when somebody is at it for too long.
        """


class Unsealable(Exception):
    """A sealed note cannot be read: the key outside the database has changed."""


class Receives(Protocol):
    """Understands a vendor's webhooks. Raises Forbidden or Unreadable."""

    def parse(self, request: Request) -> Sequence[Arrival]: ...


class Looks(Protocol):
    """Turns hints into facts by reading the CRM."""

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[Arrival]: ...


class Segments(Protocol):
    """Knows which deals a schedule is about."""

    def deals_in(self, segment: Segment, after: str, now: datetime) -> DealsPage:
        """One page, `after` is "" for the first. Raises TryLater, Refused, Broken."""


class Performs(Protocol):
    """Carries effects out, several in one call where the vendor can."""

    performs: frozenset[type[Effect]]
    batch_size: int

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """One outcome per job, in their order. Never raises for one bad job."""

    def find(self, job: Job) -> Search:
        """Was this job's effect carried out by an attempt whose answer we lost?"""

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the vendor's limits make so many effects take (by the name of their type), from now."""


class Connects(Protocol):
    """A vendor that a person must let us into by a page of the vendor (OAuth)."""

    def begin(self) -> str:
        """The address to open in a browser; it works for ten minutes, once."""

    def finish(self, query: Mapping[str, str]) -> str:
        """The vendor sent the browser back with these parameters; the portal's name.

        Raises Forbidden (unknown or used `state`, another portal), TryLater, Refused, Broken.
        """


def nothing() -> None:
    """There is nothing to read again."""


@dataclass(frozen=True)
class Connector:
    """A vendor as the engine sees it: any of the ways, and its health.

    `recall`: another worker went through this door until now; what it has noted is to be read again.

    A channel says by `channel` what it can do, and by `invite` the address of our chat with a token in it
    (64 signs of A-Z a-z 0-9 _ - at most), where a bot may not write first.
    """

    name: str
    portal: str = ""  # which portal's deals it speaks of; "": none, it is a channel
    receives: Receives | None = None
    looks: Looks | None = None
    segments: Segments | None = None
    performs: Performs | None = None
    polls: Sequence[Poll] = field(default_factory=tuple)
    doctor: Callable[[], Sequence[Finding]] = tuple
    connects: Connects | None = None
    channel: Channel | None = None
    way: str = ""  # what messages call this channel; the main one has no name of its own
    tells: bool = False  # other systems, by webhooks of ours: neither a portal nor a channel
    invite: Callable[[str], str] | None = None
    recall: Callable[[], None] = nothing

    @property
    def lane(self) -> Lane:
        """Which kind of effects goes through it."""
        if self.portal:
            return Lane.CRM
        return Lane.WEBHOOK if self.tells else Lane.CHANNEL


# --- who asks for a case ------------------------------------------------------------------------


class NobodyBegins(LookupError):
    """There is no such portal, or no such scenario that begins cases; `known` are those that there are."""

    def __init__(self, what: str, word: str, known: tuple[str, ...]) -> None:
        there_are = f"; there are: {', '.join(known)}" if known else ""
        super().__init__(f"there is no {what} '{word}'{there_are}")
        self.what, self.word, self.known = what, word, known


@dataclass(frozen=True)
class Asking:
    """What is asked for. `key`: the asker's own number of it; with the same one nothing is asked twice."""

    deal_id: int
    scenario: str = ""  # one of `scenario` and `event` is given
    event: str = ""
    portal: str = "main"
    by: str = ""
    key: str = ""
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Taken:
    """The scenarios that will begin, as far as can be told; `new` is False for a request known already."""

    new: bool
    scenarios: tuple[str, ...]

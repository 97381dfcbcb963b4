"""Links in memory, and the two calls by which they and their visits reach the database."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.events import LinkClicked
from qc_engine.ports import Arrival
from qc_engine.store import arrivals, links
from qc_engine.store.arrivals import Incoming
from qc_engine.store.driver import Writing
from qc_engine.store.links import Click, Known

SOURCE = "redirect"  # of our rows in the inbox
MOST_REMEMBERED = 50_000
FRESH_SECONDS = 60.0  # a reminder with the same link is noticed after this time
FRESH_UNSENT_SECONDS = 2.0


@dataclass(eq=False, slots=True)
class Link:
    """A link in memory; `told` once the case's arrival of its first click is certainly stored."""

    known: Known
    erasures: str  # how often links had been erased when this one was read
    fresh_until: float  # seconds since 1970
    expires_at: float
    sent_at: float | None  # when a message last carried it; None: not known to have been sent
    on_its_way: bool
    told: bool = False

    def seconds_since_sent(self, moment: float) -> float | None:
        """None when no message is known to have carried it."""
        if self.on_its_way:
            return 0.0
        return None if self.sent_at is None else moment - self.sent_at


@dataclass(eq=False, slots=True)
class Visit:
    """What the writer stores: a click, and the link as the door knows it."""

    link: Link
    click: Click
    is_person: bool


class Reading:
    """Reads links for the door, on the writer's thread, all codes of a group by one query."""

    def __init__(self, clock: Clock, lifetime: timedelta | None) -> None:
        self._clock, self._lifetime = clock, lifetime

    def find(self, session: Session, codes: Sequence[str]) -> Sequence[Link | None]:
        """None for a code that never existed, was erased or is expired: nobody can tell which."""
        now, erasures = self._clock.now(), links.erasures(session)
        not_before = now - self._lifetime if self._lifetime else None
        found = links.find_many(session, codes, not_before)
        return [self._link(found[code], erasures, now) if code in found else None for code in codes]

    def _link(self, known: Known, erasures: str, now: datetime) -> Link:
        moment = now.timestamp()
        is_settled = known.sent_at is not None and not known.on_its_way
        return Link(
            known,
            erasures,
            moment + (FRESH_SECONDS if is_settled else FRESH_UNSENT_SECONDS),
            (known.created_at + self._lifetime).timestamp() if self._lifetime else float("inf"),
            known.sent_at.timestamp() if known.sent_at else None,
            known.on_its_way,
        )


def store_visits(writing: Writing, visits: Sequence[Visit]) -> Sequence[bool]:
    """For every visit whether it is stored; False when its link was erased since it was read."""
    erasures = links.erasures_by_driver(writing)
    doubtful = list({one.click.code for one in visits if one.link.erasures != erasures})
    if not doubtful:
        _store(writing, visits)
        return [True] * len(visits)
    gone = set(doubtful) - links.still_there(writing, doubtful)
    _store(writing, [one for one in visits if one.click.code not in gone])
    return [one.click.code not in gone for one in visits]


def _store(writing: Writing, visits: Sequence[Visit]) -> None:
    links.write_clicks(writing, [one.click for one in visits])
    # Every visit is kept, but only the first one matters to the case: the inbox ignores the others.
    first = [_news(one) for one in visits if one.is_person and not one.link.told]
    arrivals.add_many(writing, first)


def _news(visit: Visit) -> Incoming:
    click, platform = visit.click, visit.link.known.platform
    arrival = Arrival(f"click:{click.code}", LinkClicked(click.code, platform, click.at))
    return Incoming(SOURCE, arrival, click.at)


class LinkMemory:
    """Links that were opened lately, by the path under which they are asked for. For the event loop alone."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self.most = most
        self._links: OrderedDict[str, Link] = OrderedDict()

    def __len__(self) -> int:
        return len(self._links)

    def get(self, path: str, moment: float) -> Link | None:
        link = self._links.get(path)
        return link if link is not None and moment < link.fresh_until and moment < link.expires_at else None

    def keep(self, path: str, link: Link) -> Link:
        """The one that all visitors share from now on: many may have asked for it at once."""
        former = self._links.pop(path, None)
        if former is not None:
            link.told = link.told or former.told
            if former.fresh_until >= link.fresh_until and former.erasures == link.erasures:
                link = former
        self._links[path] = link
        if len(self._links) > self.most:
            self._links.popitem(last=False)
        return link

    def forget(self, path: str) -> None:
        self._links.pop(path, None)

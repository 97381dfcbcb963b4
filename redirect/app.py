"""GET /r/{code}: remember the click, then send on. A raw ASGI application, because it is a hot door."""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.events import LinkClicked
from qc_engine.ports import Arrival
from qc_engine.store import inbox, links
from qc_engine.store.links import Click
from qc_engine.store.tables import LinkRow
from redirect import pages, visitors
from redirect.targets import location

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
# (case id, platform, address stored with the link) -> address to use now. Called on the event loop.
Targets = Callable[[str, str, str], str]

SOURCE = "redirect"  # of our rows in the inbox
PATH = re.compile(r"/r/([A-Za-z0-9]{22})")
LINKS_IN_MEMORY = 50_000
RETRY_AFTER_SECONDS = b"3"
ALWAYS: Headers = [(b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")]
PAGE: Headers = [
    *ALWAYS,
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", pages.CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
    (b"vary", b"accept-language"),
]

log = structlog.get_logger(__name__)


class CommitsRows(Protocol):
    """What the redirect needs of the group commit."""

    async def commit_row(
        self, together: Callable[[Session, Sequence["Visit"]], Sequence["Link | None"]], row: "Visit"
    ) -> "Link | None": ...


@dataclass(slots=True)
class Link:
    """A link in memory; `told` once the case's arrival of its first click is certainly stored."""

    code: str
    case_id: str
    platform: str
    target: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What the writer stores: the click, and the link if it is already known."""

    click: Click
    link: Link | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, complete."""

    status: int
    headers: Headers
    body: bytes = b""


class Redirect:
    """Never a 500; a 302 leaves only after its click is on the disk."""

    def __init__(
        self,
        commit: CommitsRows,
        clock: Clock,
        targets: Targets = lambda _case_id, _platform, stored: stored,
        language: str = "ru",
    ) -> None:
        self.commit = commit
        self.clock = clock
        self.targets = targets
        self.language = language
        self._links: OrderedDict[str, Link] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            answer = await self._answer(scope["method"], scope["path"], headers)
        except Exception as error:  # noqa: BLE001  a visitor never sees a 500
            # The text of a database error holds the visitor's data: only its kind is logged.
            log.error("a visit could not be stored", error=type(error).__name__)
            answer = self._page(503, pages.try_again, headers, [(b"retry-after", RETRY_AFTER_SECONDS)])
        await _send(send, answer, scope["method"])

    async def _answer(self, method: str, path: str, headers: dict[bytes, bytes]) -> Answer:
        if method not in ("GET", "HEAD"):
            return Answer(405, [*ALWAYS, (b"allow", b"GET, HEAD")])
        found = PATH.fullmatch(path)
        if found is None:
            return self._page(404, pages.not_found, headers)
        grade = visitors.grade(method, headers)
        link = await self._remember(found[1], grade, headers)
        place = self._place(link) if link else None
        if link is None or place is None:
            return self._page(404, pages.not_found, headers)
        if grade.kind == "machine":
            return self._page(200, lambda lang: pages.preview(lang, place.decode()), headers)
        return Answer(302, [*ALWAYS, (b"location", place)])

    async def _remember(self, code: str, grade: visitors.Grade, headers: dict[bytes, bytes]) -> Link | None:
        """The link, after this visit is durable; None when there is no such link, which is not remembered."""
        agent = headers.get(b"user-agent", b"").decode("latin-1").replace("\0", "")
        click = Click(code, self.clock.now(), grade.kind, grade.reason, agent)
        link = await self.commit.commit_row(store_visits, Visit(click, self._links.get(code)))
        if link is not None:
            link.told = link.told or grade.kind == "person"
            self._keep(link)
        return link

    def _keep(self, link: Link) -> None:
        self._links[link.code] = link
        self._links.move_to_end(link.code)
        if len(self._links) > LINKS_IN_MEMORY:
            self._links.popitem(last=False)

    def _place(self, link: Link) -> bytes | None:
        """Where to send on: the branch's page of today, else the stored one; None when neither is safe."""
        try:
            now = self.targets(link.case_id, link.platform, link.target)
        except Exception:  # the visitor is sent on all the same
            log.exception("no current target", case_id=link.case_id, platform=link.platform)
            now = link.target
        place = location(now) or location(link.target)
        if place is None:
            log.error("unsafe target of a link", case_id=link.case_id, platform=link.platform)
        return place

    def _page(
        self,
        status: int,
        page: Callable[[str], bytes],
        headers: dict[bytes, bytes],
        more: Headers | None = None,
    ) -> Answer:
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        body = page(pages.language(accepted, self.language))
        return Answer(status, [*PAGE, *(more or [])], body)


def store_visits(session: Session, visits: Sequence[Visit]) -> Sequence[Link | None]:
    """For every visit its link, or None: then nothing was stored for it."""
    unknown = [visit.click.code for visit in visits if visit.link is None]
    found = {code: _link(row) for code, row in links.find_many(session, unknown).items()} if unknown else {}
    answers = [visit.link or found.get(visit.click.code) for visit in visits]
    stored = [(visit.click, link) for visit, link in zip(visits, answers, strict=True) if link]
    links.add_clicks(session, [click for click, _ in stored])
    for click, link in stored:
        # Every visit is kept, but only the first one matters to the case: the inbox ignores the others.
        if click.grade == "person" and not link.told:
            _tell_case(session, click, link)
    return answers


def _tell_case(session: Session, click: Click, link: Link) -> None:
    arrival = Arrival(f"click:{click.code}", LinkClicked(click.code, link.platform, click.at))
    inbox.add(session, SOURCE, arrival, click.at)


def _link(row: LinkRow) -> Link:
    return Link(row.code, row.case_id, row.platform, row.target)


async def _send(send: Send, answer: Answer, method: str) -> None:
    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})

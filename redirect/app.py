"""GET /r/{code}: remember the visit, then send on. A raw ASGI application, because it is a hot door."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.ids import RandomIds
from qc_engine.languages import best_language
from qc_engine.store.driver import Writing
from qc_engine.store.links import Click
from redirect import pages, visitors
from redirect.addresses import DEFAULT_RANGES, Addresses
from redirect.answers import ALWAYS, HEAD_OF_PICTURE, Answer, page, redirection, send_answer
from redirect.hop import Hop
from redirect.links import Link, LinkMemory, Reading, Visit, store_visits
from redirect.qr import qr_picture
from redirect.targets import location
from redirect.trails import Trails
from redirect.visitors import Circumstances, Grade

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
# (case id, platform, address stored with the link) -> address to use now. Called on the event loop.
Targets = Callable[[str, str, str], str]
# (portal, branch, platform) -> the branch's page of today; '' when config.yaml has none.
Pages = Callable[[str, str, str], str]

PATH = re.compile(r"/r/([A-Za-z0-9]{22})(\.svg)?")
RETRY_AFTER_SECONDS = b"3"

log = structlog.get_logger(__name__)


@runtime_checkable
class CommitsRows(Protocol):
    """What the redirect needs of the group commit."""

    def commit_row(
        self, together: Callable[[Writing, Sequence[Any]], Sequence[Any]], row: Any
    ) -> Awaitable[Any]: ...

    def commit_together(
        self, together: Callable[[Session, Sequence[Any]], Sequence[Any]], row: Any
    ) -> Awaitable[Any]: ...


class Redirect:
    """Never a 500; a 302 leaves only after its visit is on the disk.

    `targets` or `pages` say where a link leads today; with neither it leads where it was made for.
    `secret` signs and hashes: the same for every process of an installation. `on_person` is called on the
    event loop when a case was told of its first click. `lifetime`: a link is a 404 when it is so old.
    """

    def __init__(
        self,
        commit: CommitsRows,
        clock: Clock,
        targets: Targets | None = None,
        language: str = "ru",
        *,
        pages: Pages | None = None,
        secret: bytes = b"",
        public_url: str = "",
        picture: str = "",
        lifetime: timedelta | None = None,
        ranges: Iterable[str] = DEFAULT_RANGES,
        on_person: Callable[[], None] = lambda: None,
    ) -> None:
        key = secret or RandomIds().code().encode()
        self.commit = commit
        self.clock = clock
        self.targets = targets
        self.pages = pages
        self.language = language
        self.public_url = public_url.rstrip("/")
        self.picture = picture
        self.on_person = on_person
        self.memory = LinkMemory()
        self._hop = Hop(key)
        self._addresses = Addresses(key, ranges)
        self._trails = Trails(visitors.TRAIL_SECONDS)
        self._find = Reading(clock, lifetime).find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            answer = await self._answer(scope, headers)
        except Exception as error:  # noqa: BLE001  a visitor never sees a 500
            # The text of a database error holds the visitor's data: only its kind is logged.
            log.error("a visit could not be stored", error=type(error).__name__)
            answer = self._page(503, pages.try_again, headers, [(b"retry-after", RETRY_AFTER_SECONDS)])
        await send_answer(send, answer, scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes]) -> Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return Answer(405, [*ALWAYS, (b"allow", b"GET, HEAD")])
        path, now = scope["path"], self.clock.now()
        link = self.memory.get(path, now.timestamp())
        if link is None:
            found = PATH.fullmatch(path)
            link = await self._find_link(found[1], now) if found else None
            if link is None:
                return self._page(404, pages.not_found, headers)
            assert found is not None
            if found[2]:
                return Answer(200, HEAD_OF_PICTURE, qr_picture(f"{self.public_url}/r/{found[1]}"))
        return await self._visit(link, scope, headers, now)

    async def _find_link(self, code: str, now: datetime) -> Link | None:
        link: Link | None = await self.commit.commit_together(self._find, code)
        if link is None:
            self.memory.forget(f"/r/{code}")
            return None
        return self.memory.keep(f"/r/{code}", link)

    async def _visit(self, link: Link, scope: Scope, headers: dict[bytes, bytes], now: datetime) -> Answer:
        place = self._place(link)
        if place is None:
            return self._page(404, pages.not_found, headers)
        grade, address = self._grade(link, scope, headers, now.timestamp())
        agent = headers.get(b"user-agent", b"").decode("latin-1").replace("\0", "")
        is_person = grade.kind == "person"
        click = Click(link.known.code, now, grade.kind, grade.reason, agent, place.decode(), address)
        if not await self.commit.commit_row(store_visits, Visit(link, click, is_person)):
            self.memory.forget(f"/r/{link.known.code}")
            return self._page(404, pages.not_found, headers)
        if not is_person:
            return self._not_a_person(grade, link, headers, place.decode(), now)
        if not link.told:
            link.told = True
            self.on_person()
        return redirection(place)

    def _grade(
        self, link: Link, scope: Scope, headers: dict[bytes, bytes], moment: float
    ) -> tuple[Grade, str]:
        """The verdict, and the hash of the visitor's address."""
        by_request = visitors.of_request(scope["method"], headers)
        client = scope.get("client")
        address, is_listed = self._addresses.known(client[0]) if client else ("", False)
        if by_request.kind == "machine":
            return by_request, address
        query = scope["query_string"]
        if query and self._hop.is_proof(query, link.known.code, moment):
            return visitors.proven(by_request), address
        codes = 1
        if address:
            visitor = (address, headers.get(b"user-agent"))
            codes = self._trails.follow(visitor, link.known.code, moment)
        around = Circumstances(link.seconds_since_sent(moment), codes, is_listed)
        return visitors.of_circumstances(by_request, around), address

    def _not_a_person(
        self, grade: Grade, link: Link, headers: dict[bytes, bytes], place: str, now: datetime
    ) -> Answer:
        known, moment = link.known, now.timestamp()
        if grade.kind == "machine":
            return self._page(
                200, lambda lang: pages.preview(lang, place, known.branch, self.picture), headers
            )
        by_script, by_link = (self._hop.word(way, known.code, moment) for way in "sl")
        return self._page(200, lambda lang: pages.sending_on(lang, by_script, by_link), headers)

    def _place(self, link: Link) -> bytes | None:
        """Where to send on: the branch's page of today, else the stored one; None when neither is safe."""
        known = link.known
        try:
            today = self._today(link)
        except Exception:  # the visitor is sent on all the same
            log.exception("no current target", case_id=known.case_id, platform=known.platform)
            today = known.target
        place = location(today) or location(known.target)
        if place is None:
            log.error("unsafe target of a link", case_id=known.case_id, platform=known.platform)
        return place

    def _today(self, link: Link) -> str:
        known = link.known
        if self.targets is not None:
            return self.targets(known.case_id, known.platform, known.target)
        if self.pages is not None:
            return self.pages(known.portal, known.branch, known.platform) or known.target
        return known.target

    def _page(
        self,
        status: int,
        make: Callable[[str], bytes],
        headers: dict[bytes, bytes],
        more: Iterable[tuple[bytes, bytes]] = (),
    ) -> Answer:
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        return page(status, make(best_language(accepted, self.language)), more)

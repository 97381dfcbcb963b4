"""Are the review pages alive? Asked once a day: whoever clicks must not meet an error of the platform."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urljoin, urlsplit

import httpx
import structlog
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.store import alarms
from qc_engine.store.database import Database
from redirect.targets import location

EVERY = timedelta(hours=1)  # how often to look whether something is to be asked
WHOLE_ROUND = timedelta(days=1)
FAMILY = "page"  # of the alarms: 'page:PORTAL:PLATFORM:BRANCH'
KEY_LENGTH = 120
TIMEOUT = httpx.Timeout(10.0)
MOST_HOPS = 5
MOST_PAGES = 500  # in one look; the others come with the next
# Many sites show a program another page than a person: only what says 'this does not exist' is believed.
GONE = (404, 410)
FAILING = (500, 502, 503, 504)
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; link check of the owner of a review page)",
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Language": "ru,en;q=0.5",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReviewPage:
    """A page of config.yaml: where clients of this branch are sent."""

    portal: str
    branch: str
    platform: str
    url: str

    @property
    def key(self) -> str:
        return f"{FAMILY}:{self.portal}:{self.platform}:{self.branch}"[:KEY_LENGTH]


@dataclass(frozen=True)
class Asked:
    """What came of one page. `wrong` is empty when it is alive; `is_certain`: no second look is needed."""

    wrong: str = ""
    is_certain: bool = True


def ask_page(http: httpx.Client, url: str) -> Asked:
    """HEAD, then GET where HEAD is not liked. Nothing but the address itself is sent along."""
    try:
        answer = _follow(http, "HEAD", url)
        if answer.status_code >= 400:
            answer = _follow(http, "GET", url)
    except httpx.TimeoutException:
        return Asked("no answer in time", is_certain=False)
    except (httpx.HTTPError, httpx.InvalidURL, _Astray) as trouble:
        return Asked(_in_words(trouble), is_certain=False)
    if answer.status_code in GONE:
        return Asked(f"HTTP {answer.status_code}")
    if answer.status_code in FAILING:
        return Asked(f"HTTP {answer.status_code}", is_certain=False)
    return Asked()


class _Astray(Exception):
    """The page sends its visitors round in circles, or where nobody may be sent."""


def _follow(http: httpx.Client, method: str, url: str) -> httpx.Response:
    """The last answer of a chain of redirects; of its body nothing is read."""
    for _ in range(MOST_HOPS):
        if location(url) is None:
            raise _Astray("it leads to an address that is not https")
        with http.stream(method, url, headers=HEADERS, timeout=TIMEOUT, auth=None) as answer:
            if not answer.has_redirect_location:
                return answer
            url = urljoin(url, answer.headers["location"])
    raise _Astray(f"more than {MOST_HOPS} redirects")


def _in_words(trouble: Exception) -> str:
    """Without the address: it stands in the alarm already, and the rest of a text may be anything."""
    if isinstance(trouble, _Astray):
        return str(trouble)
    return {"ConnectError": "no connection", "InvalidURL": "this is no address"}.get(
        type(trouble).__name__, type(trouble).__name__
    )


class PageCheck:
    """Looks at all pages once a day, and again within the hour at one that only did not answer.

    `pages` is asked at every look, so that a changed config.yaml needs nothing else. `check` is for a loop
    that runs every EVERY; it opens no transaction while it waits for somebody's server.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        pages: Callable[[], Sequence[ReviewPage]],
        make_client: Callable[[], httpx.Client] = lambda: httpx.Client(follow_redirects=False),
    ) -> None:
        self._database, self._clock = database, clock
        self._pages, self._make_client = pages, make_client
        self._asked_at: dict[ReviewPage, datetime] = {}
        self._doubtful: set[ReviewPage] = set()  # did not answer, once

    def check(self) -> int:
        """Ask what is due, raise and clear alarms. 0 for a loop: a look leaves no work behind."""
        now, pages = self._clock.now(), list(self._pages())
        self._forget_others(pages)
        due = list(islice(self._due(pages, now), MOST_PAGES))
        with self._make_client() as http:
            found = {page: ask_page(http, page.url) for page in due}
        with self._database.transaction(durable=False) as session:
            for page, asked in found.items():
                self._judge(session, page, asked, now)
            self._clear_others(session, pages)
        return 0

    def _due(self, pages: Sequence[ReviewPage], now: datetime) -> Iterator[ReviewPage]:
        for page in pages:
            asked_at = self._asked_at.get(page)
            # A loop is never quite on time: what was asked nearly a day ago is due.
            if asked_at is None or page in self._doubtful or now - asked_at >= WHOLE_ROUND - EVERY / 2:
                self._asked_at[page] = now
                yield page

    def _judge(self, session: Session, page: ReviewPage, asked: Asked, now: datetime) -> None:
        if not asked.wrong:
            self._doubtful.discard(page)
            alarms.clear(session, page.key)
            return
        stands = alarms.standing(session, page.key) is not None
        if not (asked.is_certain or stands or page in self._doubtful):
            self._doubtful.add(page)
            log.warning("a review page did not answer", platform=page.platform, reason=asked.wrong)
            return
        self._doubtful.discard(page)
        told = {
            "portal": page.portal, "branch": page.branch, "platform": page.platform,
            "host": urlsplit(page.url).hostname or "", "url": page.url, "reason": asked.wrong,
        }  # fmt: skip
        alarms.raise_alarm(session, page.key, "alarm.page", told, now)

    def _forget_others(self, pages: Sequence[ReviewPage]) -> None:
        known = set(pages)
        self._doubtful &= known
        self._asked_at = {page: at for page, at in self._asked_at.items() if page in known}

    def _clear_others(self, session: Session, pages: Sequence[ReviewPage]) -> None:
        """A page taken out of config.yaml is nobody's worry any more."""
        known = {page.key for page in pages}
        for one in alarms.all_alarms(session):
            if one.key.startswith(f"{FAMILY}:") and one.key not in known:
                alarms.clear(session, one.key)

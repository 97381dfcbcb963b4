"""GET and POST /a/{code}: a manager says whether the client's review was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, Response

from qc_engine.clock import Clock
from qc_engine.core.events import ReviewChecked
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.forms import same_origin, sent_form
from qc_engine.web.pages import looks

SOURCE = "web"  # of our rows in the inbox
ANSWERED_BY = "страница ответа"
WORDS = {"found": "отзыв найден", "not_found": "отзыва нет"}
LONGEST_WAIT_SECONDS = 20.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReviewView:
    """What the page may show: nobody's full name or phone stands in it.

    Times are aware and already in the branch's zone. `answer` is '', 'found' or 'not_found';
    `ended` tells in words how the case ended, empty while it runs.
    """

    case_id: str
    client: str  # masked: 'Иван, …4567'
    branch: str
    scores: Sequence[tuple[str, str]] = ()  # question in words, score as shown
    since: datetime | None = None
    pages: Sequence[tuple[str, str]] = ()  # platform in words, address
    answer: str = ""
    answered_at: datetime | None = None
    ended: str = ""


def make_router(
    review_of: Callable[[str], ReviewView | None], commit: GroupCommit, clock: Clock, public_url: str
) -> APIRouter:
    """`review_of` finds what belongs to a code, or None; it is called on a thread."""
    router = APIRouter()

    @router.get("/a/{code}")
    def ask(code: str) -> Response:
        view = review_of(code)
        return _question(view) if view else looks.not_found()

    @router.post("/a/{code}", dependencies=[Depends(same_origin(public_url))])
    def answer(code: str, form: Mapping[str, str] = Depends(sent_form)) -> Response:
        view = review_of(code)
        if view is None:
            return looks.not_found()
        word = form.get("answer", "")
        if view.answer or view.ended or word not in WORDS:
            return _question(view)  # it shows what stands, or asks again
        return _record(view, word, commit, clock.now())

    return router


def _question(view: ReviewView) -> Response:
    pages = [(platform, address) for platform, address in view.pages if _is_web(address)]
    return looks.show("review_answer.html", view=view, pages=pages, words=WORDS)


def _is_web(address: str) -> bool:
    # A 'javascript:' address in the configuration must not become a link.
    try:
        return urlsplit(address).scheme in ("https", "http")
    except ValueError:
        return False


def _record(view: ReviewView, word: str, commit: GroupCommit, now: datetime) -> Response:
    # The same button pressed twice is one answer: the inbox knows the key.
    event = ReviewChecked(view.case_id, word, now, by=ANSWERED_BY)
    arrival = Arrival(f"review:{view.case_id}:{word}", event)
    try:
        commit.submit(lambda session: inbox.add(session, SOURCE, arrival, now)).result(LONGEST_WAIT_SECONDS)
    except Exception as error:  # noqa: BLE001  the manager must know that it is not stored
        log.error("a review answer could not be stored", case_id=view.case_id, error=type(error).__name__)
        text = "Не удалось записать ответ. Вернитесь назад и нажмите кнопку ещё раз."
        return looks.message(503, "Попробуйте ещё раз", text, {"Retry-After": "5"})
    return looks.show("review_thanks.html", view=view, word=WORDS[word])

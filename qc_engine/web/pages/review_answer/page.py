"""GET and POST /a/{code}: a manager says how it stands with the client's review. A look changes nothing.

Nobody gets in but by a link as it left us: for this page, this answer and its own time.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, Query, Response

from qc_engine.clock import Clock
from qc_engine.core.review.links import read_link
from qc_engine.core.review.reviews import PRESELECT
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.forms import same_origin, sent_form
from qc_engine.web.pages import looks
from qc_engine.web.pages.review_answer import sent
from qc_engine.web.pages.review_answer.shown import WORDS, ReviewView

__all__ = ["ReviewView", "make_router"]

CODE = re.compile("[A-Za-z0-9]{1,32}")
SOURCE = "web"  # of our rows in the inbox
LONGEST_WAIT_SECONDS = 20.0
OUTLIVED = "Откройте ссылку из самой задачи: если ответ ещё нужен, в ней стоит новая."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Desk:
    """Where answers are handed in."""

    commit: GroupCommit
    clock: Clock

    def takes(self, arrival: Arrival) -> bool:
        """False: it is not stored, and the manager must know."""
        now = self.clock.now()
        try:
            self.commit.submit(lambda session: inbox.add(session, SOURCE, arrival, now)).result(
                LONGEST_WAIT_SECONDS
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the manager has another try
            log.error("a review answer could not be stored", key=arrival.key, error=type(error).__name__)
            return False
        return True


def make_router(
    review_of: Callable[[str], ReviewView | None], commit: GroupCommit, clock: Clock, public_url: str
) -> APIRouter:
    """`review_of` finds what belongs to a code, or None; it is called on a thread."""
    router, desk = APIRouter(), Desk(commit, clock)

    def opened(code: str, answer: str) -> Opened | Response:
        # Not every sign may be looked for: PostgreSQL takes no zero byte.
        view = review_of(code) if CODE.fullmatch(code) else None
        return _opened(view, answer, clock.now()) if view else looks.not_found()

    @router.get("/a/{code}")
    def ask(code: str, answer: str = Query("", alias=PRESELECT)) -> Response:
        page = opened(code, answer)
        return _shown(page.view, page.chosen) if isinstance(page, Opened) else page

    # A form without an address of its own is sent to the one that the page was opened by.
    @router.post("/a/{code}", dependencies=[Depends(same_origin(public_url))])
    def take(
        code: str, answer: str = Query("", alias=PRESELECT), form: Mapping[str, str] = Depends(sent_form)
    ) -> Response:
        page = opened(code, answer)
        return _taken(page.view, form, desk) if isinstance(page, Opened) else page

    return router


@dataclass(frozen=True)
class Opened:
    """A page, and the answer that the link to it names."""

    view: ReviewView
    chosen: str


def _opened(view: ReviewView, given: str, now: datetime) -> Opened | Response:
    link = read_link(view.address, given)
    if link is None:
        return looks.not_found()  # the same as for a page that never was
    if link.outlived(view.answered_for, now):
        return looks.message(410, "Ссылка устарела", OUTLIVED)
    return Opened(view, link.outcome)


def _shown(view: ReviewView, chosen: str = "", wrong: str = "", status: int = 200, **typed: str) -> Response:
    if view.closed_at:
        return _closed(view)
    pages = [(platform, address) for platform, address in view.pages if _is_web(address)]
    first = chosen if chosen in view.offered else ""
    others = [one for one in view.offered if one != first]
    return looks.show(
        "review_answer.html", status, view=view, pages=pages, words=WORDS, first=first, others=others,
        wrong=wrong, typed={"reason": "", "name": "", "answer": chosen} | typed,
    )  # fmt: skip


def _closed(view: ReviewView) -> Response:
    assert view.closed_at is not None
    text = (
        f"Эта страница принимала ответы до {view.closed_at:%d.%m.%Y}. Если отзыв появился или пропал, "
        "отметьте это в сделке и скажите тому, кто ведёт опросы: он внесёт ответ."
    )
    return looks.message(410, "Срок ответа прошёл", text)


def _is_web(address: str) -> bool:
    # A 'javascript:' address in the configuration must not become a link.
    try:
        return urlsplit(address).scheme in ("https", "http")
    except ValueError:
        return False


# --- what was sent ----------------------------------------------------------------------------


def _taken(view: ReviewView, form: Mapping[str, str], desk: Desk) -> Response:
    if view.closed_at:
        return _closed(view)
    if not hmac.compare_digest(form.get("token", "").encode(), view.token.encode()):
        stale = "Пока страница была открыта, ответ изменился. Вот как обстоит сейчас."
        return _shown(view, wrong=stale, status=409)
    match sent.read(view, form, desk.clock.now()):
        case sent.Nothing():
            return _shown(view)  # it shows what stands, or asks again
        case sent.Unfinished(what):
            return _shown(view, wrong=what, status=422, **sent.typed(form))
        case sent.Said(arrival, words):
            return _thanks(view, words) if desk.takes(arrival) else _try_again()


def _thanks(view: ReviewView, words: str) -> Response:
    return looks.show("review_thanks.html", view=view, word=words)


def _try_again() -> Response:
    text = "Не удалось записать ответ. Вернитесь назад и нажмите кнопку ещё раз."
    return looks.message(503, "Попробуйте ещё раз", text, {"Retry-After": "5"})

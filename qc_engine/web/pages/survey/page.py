"""GET and POST /s/{code}: a client answers all questions at once, and reads what we say to that."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.clock import Clock
from qc_engine.core.talk.form import FREE
from qc_engine.store import inbox
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.forms import same_origin
from qc_engine.web.pages import looks
from qc_engine.web.pages.survey import form as sheet
from qc_engine.web.pages.survey.layout import asked_on_page
from qc_engine.web.pages.survey.links import blocks
from qc_engine.web.pages.survey.view import Question, Stands, SurveyView
from qc_engine.web.pages.survey.words import TEXTS, texts_for

SOURCE = "web"  # of our rows in the inbox
LONGEST_WAIT_SECONDS = 20.0
MOST_RELOADS = 10  # one second apart; a decision takes less, unless something is wrong
NOT_STORED = 503

Form = Mapping[str, str]
Texts = Mapping[str, str]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Page:
    """What one request is about."""

    view: SurveyView
    texts: Texts
    form: Form = field(default_factory=dict)

    @property
    def filled(self) -> sheet.Answers:
        return sheet.filled_in(self.view, self.form)

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        looks_the_same = {"view": self.view, "t": self.texts, "not_stored": status == NOT_STORED}
        return looks.show(template, status, **looks_the_same, **values)


def make_router(
    view_of: Callable[[str], SurveyView | None], commit: GroupCommit, clock: Clock, public_url: str
) -> APIRouter:
    """`view_of` finds what belongs to a code, or None; it is called on a thread."""
    router = APIRouter()

    @router.get("/s/{code}")
    def show(code: str, request: Request) -> Response:
        view = view_of(code)
        return _shown(Page(view, _texts(view, request)), _reloads(request)) if view else looks.not_found()

    @router.post("/s/{code}", dependencies=[Depends(same_origin(public_url))])
    def answer(code: str, request: Request, form: Mapping[str, str] = Depends(sheet.sent_survey)) -> Response:
        view = view_of(code)
        if view is None:
            return looks.not_found()
        page = Page(view, _texts(view, request), form)
        return _answered(page, Desk(commit, clock)) or RedirectResponse(f"/s/{code}", 303)

    return router


def _texts(view: SurveyView, request: Request) -> Texts:
    """In the language that the client is known to speak; else in the browser's."""
    return TEXTS.get(view.speaks) or texts_for(request.headers.get("accept-language", ""), view.language)


def _reloads(request: Request) -> int:
    """How often this page has already come back by itself."""
    number = request.query_params.get("n", "")
    return int(number) if re.fullmatch("[0-9]{1,4}", number) else 0


# --- what there is to see ---------------------------------------------------------------------


def _shown(page: Page, reloads: int) -> Response:
    match page.view.stands:
        case Stands.OPEN:
            return _questions(page)
        case Stands.WAITING:
            return _waiting(page, reloads)
        case Stands.ANSWERED:
            return page.show("survey_said.html", said=[blocks(text) for text in page.view.said])
        case Stands.CLOSED:
            return page.show("survey_closed.html")


def _questions(page: Page, missing: Sequence[Question] = (), status: int = 200) -> Response:
    """With everything that was typed before."""
    asked, filled = asked_on_page(page.view.questions, page.filled, missing), page.filled
    # Where the scenario asks for words itself, a second place for them would only puzzle.
    free = sheet.WORDS in filled or all(one.question.scored for one in asked)
    shown = {one.field for one in asked} | ({sheet.WORDS} if free else set())
    unseen = {name: text for name, text in filled.items() if name not in shown}
    return page.show(
        "survey_form.html",
        status,
        asked=asked,
        missing=[one for one in asked if one.missing],
        words=filled.get(sheet.WORDS, "") if free else None,
        kept={**unseen, **_revision(page)},
    )


def _waiting(page: Page, reloads: int) -> Response:
    patient = reloads < MOST_RELOADS
    shown = page.show("survey_waiting.html", patient=patient)
    if patient:
        shown.headers["Refresh"] = f"1; url=?n={reloads + 1}"
    return shown


def _ask_to_stop(page: Page, status: int = 200) -> Response:
    """Nobody is to opt out by a slip; what was typed comes along."""
    return page.show("survey_stop.html", status, kept={**page.filled, **_revision(page)})


def _revision(page: Page) -> Form:
    """Of the case as the client first saw it on this page."""
    return {sheet.REVISION: page.form.get(sheet.REVISION, str(page.view.rev))}


# --- what was sent ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """Where answers are handed in."""

    commit: GroupCommit
    clock: Clock

    def takes(self, page: Page, given: Sequence[sheet.Answers]) -> bool:
        """False: it is not stored, and the client must know."""
        now = self.clock.now()
        arrivals = [sheet.arrival(page.view, page.form, one, now) for one in given]
        try:
            self.commit.submit(
                lambda session: [inbox.add(session, SOURCE, one, now) for one in arrivals]
            ).result(LONGEST_WAIT_SECONDS)
        except Exception as error:  # noqa: BLE001  whatever it is, the client has another try
            log.error("a survey could not be stored", case_id=page.view.case_id, error=type(error).__name__)
            return False
        return True


def _answered(page: Page, desk: Desk) -> Response | None:
    """None: it is stored, or there was nothing to store; the page will say how things stand."""
    match page.form.get(sheet.BUTTON):
        case "stop":
            return None if page.view.opted_out else _ask_to_stop(page)
        case "really_stop":
            return None if page.view.opted_out else _stop(page, desk)
        case "back":
            return _questions(page) if page.view.stands is Stands.OPEN else None
        case _:
            return _send(page, desk)


def _send(page: Page, desk: Desk) -> Response | None:
    missing = sheet.without_score(page.view, page.filled) if page.view.stands is Stands.OPEN else ()
    if missing:
        return _questions(page, missing)
    given = sheet.answers(page.view, page.filled)
    if not given or page.view.full or desk.takes(page, [given]):
        return None
    return _questions(page, status=NOT_STORED)


def _stop(page: Page, desk: Desk) -> Response | None:
    given = sheet.given_answers(page.view, page.filled)
    # Two events: whoever wants to be left alone may still have told us why.
    both = [given] if given and not page.view.full else []
    if desk.takes(page, [*both, {FREE: sheet.STOP_WORD}]):
        return None
    return _ask_to_stop(page, status=NOT_STORED)

"""GET and POST /p/{code}/{name}: a person says yes or no. A look changes nothing, the first answer counts.

Nobody gets in but by a link as it left us: for this question, as it was asked last.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.approval.links import NO, STAMP, YES
from qc_engine.core.events import ApprovalGiven
from qc_engine.ports import Arrival
from qc_engine.store import inbox
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.forms import same_origin, sent_form
from qc_engine.web.pages import looks
from qc_engine.web.pages.approval.view import ApprovalView, answered
from qc_engine.web.pages.approval.words import texts_for

CODE, NAME = re.compile("[A-Za-z0-9]{1,32}"), re.compile("[a-z][a-z0-9_]{0,39}")
UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")
LONGEST_WHO = 80
SOURCE = "web"  # of our rows in the inbox
LONGEST_WAIT_SECONDS = 20.0
GIVEN = {YES: True, NO: False}
ViewOf = Callable[[str, str, str], ApprovalView | None]  # code, name, what the link brought

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Desk:
    """Where answers are handed in."""

    commit: GroupCommit
    clock: Clock

    def takes(self, view: ApprovalView, given: bool, who: str) -> ApprovalGiven | None:
        """The answer that counts, perhaps of somebody who was a moment quicker. The same button twice is one.

        None: it is not stored, and the person must know.
        """
        now = self.clock.now()
        mine = ApprovalGiven(view.case_id, view.name, given, now, who)
        try:
            return self.commit.submit(lambda session: _first(session, view, mine)).result(
                LONGEST_WAIT_SECONDS
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the person has another try
            log.error("an approval could not be stored", case_id=view.case_id, error=type(error).__name__)
            return None


def _first(session: Session, view: ApprovalView, mine: ApprovalGiven) -> ApprovalGiven:
    """Stores this answer; the case will hear the answers to this question in the order of the inbox."""
    keys = {word: f"approval:{view.case_id}:{view.name}:{view.asked_at:{STAMP}}:{word}" for word in GIVEN}
    inbox.add(session, SOURCE, Arrival(keys[YES if mine.given else NO], mine), mine.at)
    first = inbox.first_of(session, SOURCE, keys.values())
    return first if isinstance(first, ApprovalGiven) else mine


def nobody(code: str, name: str, brought: str) -> ApprovalView | None:
    """Where no approvals are asked for."""
    return None


def make_router(view_of: ViewOf, commit: GroupCommit, clock: Clock, public_url: str) -> APIRouter:
    """`view_of` is called on a thread."""
    router, desk = APIRouter(), Desk(commit, clock)

    def found(code: str, name: str, answer: str) -> ApprovalView | None:
        # Not every sign may be looked for: PostgreSQL takes no zero byte.
        known = CODE.fullmatch(code) and NAME.fullmatch(name)
        return view_of(code, name, answer) if known else None

    @router.get("/p/{code}/{name}")
    def ask(code: str, name: str, request: Request, answer: str = Query("")) -> Response:
        view = found(code, name, answer)
        return _shown(view, _texts(view, request)) if view else looks.not_found()

    # A form without an address of its own is sent to the one that the page was opened by.
    @router.post("/p/{code}/{name}", dependencies=[Depends(same_origin(public_url))])
    def take(
        code: str,
        name: str,
        request: Request,
        answer: str = Query(""),
        form: Mapping[str, str] = Depends(sent_form),
    ) -> Response:
        view = found(code, name, answer)
        return _taken(view, _texts(view, request), form, desk) if view else looks.not_found()

    return router


def _texts(view: ApprovalView, request: Request) -> Mapping[str, str]:
    return texts_for(request.headers.get("accept-language", ""), view.language)


def _shown(
    view: ApprovalView, texts: Mapping[str, str], *, wrong: str = "", who: str = "", status: int = 0
) -> Response:
    first = view.chosen if view.chosen in GIVEN else ""
    others = [word for word in GIVEN if word != first]
    usual = 410 if view.closed else 200
    return looks.show(
        "approval.html", status or usual, view=view, t=texts, first=first, others=others, wrong=wrong, who=who
    )


def _taken(view: ApprovalView, texts: Mapping[str, str], form: Mapping[str, str], desk: Desk) -> Response:
    given = GIVEN.get(form.get("given", ""))
    who = " ".join(UNSTORABLE.sub(" ", form.get("who", "")).split())[:LONGEST_WHO]
    if not view.is_open or given is None:
        return _shown(view, texts, who=who)  # how it stands, and who was first
    if not who:
        return _shown(view, texts, wrong=texts["who_missing"], status=422)
    counts = desk.takes(view, given, who)
    if counts is None:
        return _shown(view, texts, wrong=texts["not_stored"], who=who, status=503)
    if (counts.given, counts.by) != (given, who):
        return _shown(answered(view, counts), texts)
    return looks.show("approval_thanks.html", view=view, t=texts, word=texts[form["given"]])

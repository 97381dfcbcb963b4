"""GET /console/reviews, /console/reviews.csv, /console/reviews/{case}; POST to the first and the last."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from qc_engine.web.console import doing, sheets
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.narrowing import branches
from qc_engine.web.console.policy import Action
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.reviews.acts import act, found
from qc_engine.web.pages.reviews.listing import DECIDED, FUNNEL, PATH, TABS, Listed, listed, wanted
from qc_engine.web.pages.reviews.shown import Review

COLUMNS = (
    "case", "deal", "branch", "client", "phone", "scores", "average", "since", "due", "answer", "by",
    "answered", "bonus",
)  # fmt: skip


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(PATH)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _list(console, visitor, request.query_params, "reviews.html")

    @router.get(f"{PATH}.csv")
    def export(request: Request, visitor: Visitor = visiting) -> Response:
        return _exported(console, visitor, request.query_params)

    @router.post(PATH)
    def answer(request: Request, acting: Acting = sending) -> Response:
        with console.database.transaction() as session:
            notice = act(console, acting.visitor, session, acting.form.get("case", ""), acting.form)
        template = "reviews_part.html" if is_part(request) else "reviews.html"
        return _list(console, acting.visitor, request.query_params, template, notice)

    @router.get(f"{PATH}/{{case_id}}")
    def one(case_id: str, visitor: Visitor = visiting) -> Response:
        return _one(console, visitor, case_id, "review.html")

    @router.post(f"{PATH}/{{case_id}}")
    def decide(case_id: str, request: Request, acting: Acting = sending) -> Response:
        with console.database.transaction() as session:
            notice = act(console, acting.visitor, session, case_id, acting.form)
        template = "review_part.html" if is_part(request) else "review.html"
        return _one(console, acting.visitor, case_id, template, notice)

    return router


def _list(
    console: Console, visitor: Visitor, query: Mapping[str, str], template: str, notice: Notice | None = None
) -> Response:
    allowed(visitor, Action.SEE_CASES)
    one = listed(console, visitor, wanted(visitor, query))
    status = notice.status if notice else 200
    return show(
        console, visitor, template, status, page="reviews", notice=notice, list=one, tabs=TABS,
        here=one.asked.address(page=str(one.asked.number + 1) if one.asked.number else ""),
        word=_words(console, visitor), branches=branches(console, visitor),
        cut=sheets.cut(visitor, one.count),
    )  # fmt: skip


def _one(
    console: Console, visitor: Visitor, case_id: str, template: str, notice: Notice | None = None
) -> Response:
    with console.database.reading() as session:
        review = found(console, visitor, session, case_id)
    status = notice.status if notice else 200
    return show(
        console, visitor, template, status, page="reviews", notice=notice, one=review,
        here=f"{PATH}/{review.id}", word=_words(console, visitor),
    )  # fmt: skip


def _words(console: Console, visitor: Visitor) -> Any:
    return lambda group, name: console.behind.word(visitor.look.language, group, name)


# --- the file ---------------------------------------------------------------------------------


def _exported(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Response:
    """The whole list that the page shows page by page; of the funnel, what is decided."""
    allowed(visitor, Action.SEE_CASES)
    one = wanted(visitor, query)
    if one.values["tab"] == FUNNEL:
        one = wanted(visitor, {**one.values, "tab": DECIDED})
    told: Listed = listed(console, visitor, replace(one, number=0), sheets.MOST)
    with console.database.transaction() as session:
        doing.note(session, visitor, "reviews.exported", "reviews", {"rows": str(len(told.reviews))})
    head = [visitor.say(f"reviews.col_{name}") for name in COLUMNS]
    rows = [_row(console, visitor, each) for each in told.reviews]
    return sheets.sheet("reviews", head, rows, sheets.cut(visitor, told.count))


def _row(console: Console, visitor: Visitor, one: Review) -> Sequence[object]:
    case, said = one.case, one.counted
    bonus = "; ".join(
        visitor.say(
            "reviews.bonus_taken" if each.taken_back_at else "reviews.bonus_given", amount=each.amount
        )
        for each in one.bonuses
    )
    return (
        case.id, case.deal_id, case.branch.name, case.client_name, one.phone,
        "; ".join(f"{name}: {visitor.number(score)}" for name, score in one.scores),
        visitor.number(one.average),
        visitor.clock(one.since),
        visitor.clock(one.due_at) if one.due_at else "",
        _words(console, visitor)("review", case.review) if case.review else "",
        (said.by or visitor.say(f"reviews.way_{said.way}")) if said else "",
        visitor.clock(said.at) if said else "", bonus,
    )  # fmt: skip

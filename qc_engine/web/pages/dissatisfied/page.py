"""GET /console/dissatisfied, /console/dissatisfied.csv, /console/dissatisfied/{case}; POST to the last."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Depends, Request, Response

from qc_engine.store.dissatisfied import UNNAMED
from qc_engine.web.console import doing, sheets
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.narrowing import branches
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.dissatisfied.acts import act, worked
from qc_engine.web.pages.dissatisfied.listing import OF_BRANCH, PATH, Listed, listed, wanted
from qc_engine.web.pages.dissatisfied.shown import Dissatisfied, span

PAGE = 20
COLUMNS = (
    "case", "deal", "branch", "client", "phone", "scores", "average", "words", "told", "since", "due",
    "settled", "complaint", "task", "cause", "cause_words", "action", "cause_by", "second", "recovered",
)  # fmt: skip


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(PATH)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _page(console, visitor, listed(console, visitor, wanted(visitor, request.query_params), PAGE))

    @router.get(f"{PATH}.csv")
    def export(request: Request, visitor: Visitor = visiting) -> Response:
        whole = replace(wanted(visitor, request.query_params), number=0)
        return _exported(console, visitor, listed(console, visitor, whole, sheets.MOST))

    @router.get(f"{PATH}/{{case_id}}")
    def one(case_id: str, visitor: Visitor = visiting) -> Response:
        return _one(console, visitor, case_id, "complaint.html")

    @router.post(f"{PATH}/{{case_id}}")
    def work(case_id: str, request: Request, acting: Acting = sending) -> Response:
        with console.database.transaction() as session:
            notice = act(console, acting.visitor, session, case_id, acting.form)
        template = "complaint_part.html" if is_part(request) else "complaint.html"
        return _one(console, acting.visitor, case_id, template, notice)

    return router


def _page(console: Console, visitor: Visitor, one: Listed) -> Response:
    before, after = one.asked.pages(one.count, PAGE)
    return show(
        console, visitor, "dissatisfied.html", page="dissatisfied", list=one, asked=one.asked,
        before=before, after=after, sheet=one.asked.address(f"{PATH}.csv"),
        cut=sheets.cut(visitor, one.count), columns=OF_BRANCH, unnamed=UNNAMED,
        branches=branches(console, visitor), days=("since", "until"), span=partial(span, visitor),
    )  # fmt: skip


def _one(
    console: Console, visitor: Visitor, case_id: str, template: str, notice: Notice | None = None
) -> Response:
    with console.database.reading() as session:
        found = worked(console, visitor, session, case_id)
    return show(
        console, visitor, template, notice.status if notice else 200, page="dissatisfied", notice=notice,
        worked=found, one=found.one, outlook=found.outlook, here=f"{PATH}/{found.one.id}",
        span=partial(span, visitor),
    )  # fmt: skip


# --- the file ---------------------------------------------------------------------------------


def _exported(console: Console, visitor: Visitor, one: Listed) -> Response:
    with console.database.transaction() as session:
        doing.note(session, visitor, "dissatisfied.exported", "dissatisfied", {"rows": str(len(one.found))})
    head = [visitor.say(f"dissatisfied.col_{name}") for name in COLUMNS]
    rows = [_row(visitor, each) for each in one.found]
    return sheets.sheet("dissatisfied", head, rows, sheets.cut(visitor, one.count))


def _row(visitor: Visitor, one: Dissatisfied) -> Sequence[object]:
    case, complaint, named = one.case, one.complaint, one.complaint.named
    return (
        case.id, case.deal_id, case.branch.name, case.client_name, one.phone,
        "; ".join(f"{name}: {visitor.number(score)}" for name, score in one.scores),
        visitor.number(one.average),
        " / ".join(one.words), "; ".join(f"{name}: {value}" for name, value in one.told),
        visitor.clock(complaint.at), visitor.clock(one.due_at) if one.due_at else "",
        visitor.clock(complaint.settled_at) if complaint.settled_at else "",
        one.deal.id, one.task.id, one.cause, named.words if named else "", one.action,
        named.by if named else "", visitor.number(one.second),
        visitor.clock(complaint.recovered_at) if complaint.recovered_at else "",
    )  # fmt: skip

"""GET /console/dissatisfied and /console/dissatisfied.csv: who was dissatisfied, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Depends, Request, Response

from qc_engine.store import audit
from qc_engine.store import dissatisfied as complaints
from qc_engine.store.dissatisfied import OPEN, SETTLED, Recovery
from qc_engine.web.console import sheets
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import allowed, visitor_of
from qc_engine.web.console.narrowing import Asked, asked, branches
from qc_engine.web.console.policy import Action, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.dissatisfied.shown import Dissatisfied, read, span

PATH = "/console/dissatisfied"
PAGE = 20
PERIOD = timedelta(days=90)  # without a first day: a complaint waits longer than a list is read
COLUMNS = (
    "case", "deal", "branch", "client", "phone", "scores", "average", "words", "told", "since", "settled",
    "complaint", "task",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A page of the list, and how the whole of it stands."""

    asked: Asked
    state: str
    count: int
    recovery: Recovery
    found: Sequence[Dissatisfied]


def make_router(console: Console) -> APIRouter:
    router, visiting = APIRouter(), Depends(visitor_of(console))

    @router.get(PATH)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _page(console, visitor, _listed(console, visitor, _wanted(visitor, request), PAGE))

    @router.get(f"{PATH}.csv")
    def export(request: Request, visitor: Visitor = visiting) -> Response:
        whole = replace(_wanted(visitor, request), number=0)
        return _exported(console, visitor, _listed(console, visitor, whole, sheets.MOST))

    return router


def _wanted(visitor: Visitor, request: Request) -> Asked:
    """Raises 404 for another's branch."""
    allowed(visitor, Action.SEE_CASES)
    return asked(visitor, PATH, ("state",), request.query_params, PERIOD)


def _listed(console: Console, visitor: Visitor, one: Asked, size: int) -> Listed:
    mine = scope(visitor.user)
    state = one.values["state"] if one.values["state"] in (OPEN, SETTLED) else ""
    with console.database.reading() as session:
        stands = complaints.recovery(session, one.wanted, mine)
        rows = complaints.page(session, one.wanted, mine, state, size, one.number * size)
        opened = complaints.opened(session, [row.id for row in rows])
        found = [read(console, session, row, opened[row.id], visitor.now) for row in rows]
    count = {OPEN: stands.open, SETTLED: stands.settled}.get(state, stands.count)
    return Listed(one, state, count, stands, found)


def _page(console: Console, visitor: Visitor, one: Listed) -> Response:
    before, after = one.asked.pages(one.count, PAGE)
    return show(
        console, visitor, "dissatisfied.html", page="dissatisfied", list=one, asked=one.asked,
        before=before, after=after, sheet=one.asked.address(f"{PATH}.csv"),
        cut=sheets.cut(visitor, one.count),
        branches=branches(console, visitor), days=("since", "until"), span=partial(span, visitor),
        states=(("", one.recovery.count), (OPEN, one.recovery.open), (SETTLED, one.recovery.settled)),
    )  # fmt: skip


# --- the file ---------------------------------------------------------------------------------


def _exported(console: Console, visitor: Visitor, one: Listed) -> Response:
    with console.database.transaction() as session:
        audit.note(
            session, "dissatisfied.exported", visitor.now, thing="dissatisfied", user_id=visitor.user.id,
            name=visitor.user.name, address=visitor.address, details={"rows": str(len(one.found))},
        )  # fmt: skip
    head = [visitor.say(f"dissatisfied.col_{name}") for name in COLUMNS]
    rows = [_row(visitor, each) for each in one.found]
    return sheets.sheet("dissatisfied", head, rows, sheets.cut(visitor, one.count))


def _row(visitor: Visitor, one: Dissatisfied) -> Sequence[object]:
    case, complaint = one.case, one.complaint
    return (
        case.id, case.deal_id, case.branch.name, case.client_name, one.phone,
        "; ".join(f"{name}: {score}" for name, score in one.scores), one.average,
        " / ".join(one.words), "; ".join(f"{name}: {value}" for name, value in one.told),
        visitor.clock(complaint.at), visitor.clock(complaint.settled_at) if complaint.settled_at else "",
        one.deal.id, one.task.id,
    )  # fmt: skip

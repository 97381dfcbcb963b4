"""GET and POST /console/cases/views, POST /console/cases/views/{id}: lists of cases that somebody keeps."""

from fastapi import APIRouter, Depends, Response

from qc_engine.store.views import MOST
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.policy import Action
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases.view_acts import REMOVE, changed, saved
from qc_engine.web.pages.cases.view_list import offered


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix="/console/cases/views")
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("")
    def look(visitor: Visitor = visiting) -> Response:
        return _page(console, visitor)

    @router.post("")
    def save(acting: Acting = sending) -> Response:
        return _page(console, acting.visitor, saved(console, acting.visitor, acting.form))

    @router.post("/{view_id}")
    def change(view_id: str, acting: Acting = sending) -> Response:
        notice = changed(console, acting.visitor, view_id, acting.form)
        removed = view_id if notice.done and acting.form.get("do") == REMOVE else ""
        return _page(console, acting.visitor, notice, removed)

    return router


def _page(console: Console, visitor: Visitor, notice: Notice | None = None, removed: str = "") -> Response:
    """`removed`: what may come back."""
    allowed(visitor, Action.SEE_CASES)
    with console.database.reading() as session:
        lines = offered(session, visitor)
    return show(
        console, visitor, "views.html", notice.status if notice else 200, page="cases", views=lines,
        notice=notice, removed=removed, shares=visitor.may(Action.SHARE_VIEWS), most=MOST,
    )  # fmt: skip

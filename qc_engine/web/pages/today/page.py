"""GET and POST /console: the queue; GET /console/today/queue: the same alone, when it has changed."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Query, Request, Response

from qc_engine.web.console.doing import Notice
from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.policy import Action
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.today.acts import act
from qc_engine.web.pages.today.gathering import gathered
from qc_engine.web.pages.today.items import KINDS, Item, ages, version_of

LONGEST_PAGE = 100  # items: whoever has settled them sees the next


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("/console")
    def look(kind: str = Query("", max_length=20), visitor: Visitor = visiting) -> Response:
        return _shown(console, visitor, "today.html", kind)

    @router.get("/console/today/queue")
    def news(
        kind: str = Query("", max_length=20),
        version: str = Query("", max_length=32),
        visitor: Visitor = visiting,
    ) -> Response:
        return _news(console, visitor, kind, version)

    @router.post("/console")
    def decide(request: Request, acting: Acting = sending) -> Response:
        with console.database.transaction() as session:
            notice = act(console, acting.visitor, session, acting.form)
        template = "today_queue.html" if is_part(request) else "today.html"
        return _shown(console, acting.visitor, template, acting.form.get("kind", ""), notice)

    return router


def _news(console: Console, visitor: Visitor, kind: str, version: str) -> Response:
    allowed(visitor, Action.SEE_QUEUE)
    found = gathered(console, visitor)
    return Response(status_code=204) if version_of(found) == version else _page(console, visitor, found, kind)


def _shown(
    console: Console, visitor: Visitor, template: str, kind: str, notice: Notice | None = None
) -> Response:
    allowed(visitor, Action.SEE_QUEUE)
    return _page(console, visitor, gathered(console, visitor), kind, template, notice)


def _page(
    console: Console, visitor: Visitor, found: Sequence[Item], kind: str,
    template: str = "today_queue.html", notice: Notice | None = None,
) -> Response:  # fmt: skip
    counts = {name: sum(one.kind == name for one in found) for name in KINDS}
    kind = kind if counts.get(kind) else ""
    shown = [one for one in found if kind in ("", one.kind)]
    return show(
        console, visitor, template, notice.status if notice else 200, page="today", notice=notice, kind=kind,
        counts={name: count for name, count in counts.items() if count}, count=len(found),
        ages=ages(found, visitor.now), items=shown[:LONGEST_PAGE], more=max(0, len(shown) - LONGEST_PAGE),
        version=version_of(found),
    )  # fmt: skip

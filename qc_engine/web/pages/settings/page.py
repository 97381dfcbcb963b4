"""GET /console/settings: what there is to set and to look at. Each part is a page of its own."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends, Response

from qc_engine.web.console.gate import visitor_of
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings import engine, log, people, tokens, webhooks
from qc_engine.web.pages.settings.tabs import PATH, show_tab

PARTS: Sequence[Callable[[Console], APIRouter]] = (
    people.make_router,
    engine.make_router,
    webhooks.make_router,
    tokens.make_router,
    log.make_router,
)


def make_router(console: Console) -> APIRouter:
    router, visiting = APIRouter(), Depends(visitor_of(console))

    @router.get(PATH)
    def look(visitor: Visitor = visiting) -> Response:
        return show_tab(console, visitor, None, "settings.html")

    for part in PARTS:
        router.include_router(part(console))
    return router

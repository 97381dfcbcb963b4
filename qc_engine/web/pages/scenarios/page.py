"""GET /console/scenarios and what lies below: the list, one scenario, its texts, its tests, what it did."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios import acts, editor, pasts, trying_out, upkeep, view
from qc_engine.web.pages.scenarios.visiting import found, seen, version_in
from qc_engine.web.pages.scenarios.workshop import FILE

PATH = "/console/scenarios"
ONE = "/{portal}/{name}"
SPANS = upkeep.SPANS


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix=PATH)
    _add_looks(router, console)
    acts.add(router, console)
    for page in (editor, trying_out, pasts, upkeep):
        page.add(router, console)
    return router


def _add_looks(router: APIRouter, console: Console) -> None:
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("")
    def listed(visitor: Visitor = visiting) -> Response:
        return _list(console, visitor)

    @router.get(ONE)
    def look(portal: str, name: str, visitor: Visitor = visiting) -> Response:
        return acts.shown(console, visitor, found(console, visitor, portal, name))

    @router.get(f"{ONE}/text")
    def text(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _text(console, visitor, portal, name, request.query_params)

    @router.get(f"{ONE}/compare")
    def compare(portal: str, name: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _compared(console, visitor, portal, name, request.query_params)

    @router.get(f"{ONE}/did")
    def did(portal: str, name: str, hours: int = Query(24), visitor: Visitor = visiting) -> Response:
        return _did(console, visitor, portal, name, hours)

    @router.post(f"{ONE}/tests")
    def play(portal: str, name: str, request: Request, acting: Acting = sending) -> Response:
        return _played(console, acting, portal, name, is_part(request))


def _list(console: Console, visitor: Visitor) -> Response:
    rows = [view.base(console, visitor, one) for one in seen(console, visitor)]
    alarms = {one["one"]["portal"]: one["one"]["alarm"] for one in rows if one["one"]["alarm"]}
    several = len({one["one"]["portal"] for one in rows}) > 1
    return show(
        console, visitor, "scenarios.html", page="scenarios", rows=rows, alarms=alarms, several=several,
        short=view.short, who=view.who,
    )  # fmt: skip


def _text(console: Console, visitor: Visitor, portal: str, name: str, query: Mapping[str, str]) -> Response:
    told = found(console, visitor, portal, name)
    version = version_in(query, otherwise=told["version"])
    text = console.workshop.text(portal, name, version)
    if text is None:
        raise HTTPException(404)
    values = view.base(console, visitor, told)
    return show(console, visitor, "scenario_text.html", **values, version=version, lines=text.splitlines(),
                kept="kept" in query)  # fmt: skip


def _compared(
    console: Console, visitor: Visitor, portal: str, name: str, query: Mapping[str, str]
) -> Response:
    told = found(console, visitor, portal, name)
    pair = version_in(query, "before", told["version"]), version_in(query, "after", FILE)
    compared = console.workshop.compared(portal, name, *pair)
    return show(
        console, visitor, "scenario_compare.html", **view.base(console, visitor, told), pair=pair,
        readable=compared is not None, choices=view.playable(visitor, told),
        groups=view.by_kind(compared) if compared else (),
        lines=view.lines(compared["lines"]) if compared else (),
    )  # fmt: skip


def _did(console: Console, visitor: Visitor, portal: str, name: str, hours: int) -> Response:
    told = found(console, visitor, portal, name)
    if not visitor.may(Action.SEE_CASES, Where.COMPANY):
        raise HTTPException(404)
    hours = hours if hours in SPANS else 24
    did = view.done(console.workshop.did(portal, name, hours, visitor.look.language))
    values = view.base(console, visitor, told)
    return show(console, visitor, "scenario_did.html", **values, did=did, hours=hours, spans=SPANS)


def _played(console: Console, acting: Acting, portal: str, name: str, part: bool) -> Response:
    visitor = acting.visitor
    told, version = found(console, visitor, portal, name), version_in(acting.form)
    report = console.workshop.played(portal, name, version, visitor.look.language)
    return show(
        console, visitor, "scenario_tests.html" if part else "scenario_played.html",
        **view.base(console, visitor, told), report=report, version=version, count=view.counted(report),
    )  # fmt: skip

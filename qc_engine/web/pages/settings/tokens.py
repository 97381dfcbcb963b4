"""GET and POST /console/settings/tokens: by which other systems come into /api, and what each may."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, HTTPException, Response

from qc_engine.store import audit
from qc_engine.store import tokens as kept
from qc_engine.web.console import doing, machines
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.narrowing import APART, branches
from qc_engine.web.console.policy import Place, Scope, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.console.staff import Objection
from qc_engine.web.pages.settings.log import said
from qc_engine.web.pages.settings.people_acts import by
from qc_engine.web.pages.settings.tabs import TOKENS, show_tab

FIELD, WITHIN = "may:", "in:"  # of the form: a scope that is ticked, a branch likewise


@dataclass(frozen=True)
class Came:
    """What came of a button. `token`: shown this once, and nowhere kept."""

    notice: Notice
    token: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)  # what could not be accepted


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(TOKENS.path)
    def look(visitor: Visitor = visiting) -> Response:
        return _page(console, visitor)

    @router.post(TOKENS.path)
    def change(acting: Acting = sending) -> Response:
        allowed(acting.visitor, TOKENS.action, Where.COMPANY)
        return _page(console, acting.visitor, _acted(console, acting.visitor, acting.form))

    return router


def _page(console: Console, visitor: Visitor, came: Came | None = None) -> Response:
    allowed(visitor, TOKENS.action, Where.COMPANY)
    with console.database.reading() as session:
        rows = kept.all_tokens(session)
    return show_tab(
        console, visitor, TOKENS, "tokens.html", came.notice if came else None, came=came, rows=rows,
        scopes=list(Scope), field=FIELD, within=WITHIN, places=branches(console, visitor),
        typed=came.typed if came else {},
    )  # fmt: skip


def _acted(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Came:
    """Raises 400 for nonsense, 404 for a token that there is not."""
    match form.get("do", ""):
        case "make":
            return _made(console, visitor, form)
        case "close":
            return _closed(console, visitor, form.get("token", ""))
        case _:
            raise HTTPException(400)


def _made(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Came:
    scopes = [one for one in Scope if f"{FIELD}{one}" in form]
    ticked = [value.partition(APART) for value, _ in branches(console, visitor) if f"{WITHIN}{value}" in form]
    places = [Place(portal, branch) for portal, _, branch in ticked]
    try:
        with console.database.transaction() as session:
            name, now = form.get("name", ""), console.wall.now()
            token = machines.make(session, console.ids, by(visitor), name, scopes, now, places)
    except Objection as why:
        return Came(Notice(visitor.say(why.key), 422), typed=form)
    return Came(Notice(visitor.say("tokens.made")), token)


def _closed(console: Console, visitor: Visitor, token_id: str) -> Came:
    with console.database.transaction() as session:
        row = kept.held(session, token_id) if doing.is_id(token_id) else None
        if row is None:
            raise HTTPException(404)
        if machines.close(session, by(visitor), row, console.wall.now()):
            return Came(Notice(visitor.say("tokens.closed", name=row.name)))
        last = next(iter(audit.of_thing(session, f"token:{row.id}", 1)))
        at, did = visitor.clock(last.at), said(visitor, last.action)
        return Came(Notice(visitor.say("people.quicker", name=last.name, at=at, did=did), 409))

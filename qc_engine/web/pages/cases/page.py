"""GET /console/cases, /console/cases/{id}; POST /console/cases/{id}/phone: the number in full, noted down."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.core.case import State
from qc_engine.core.wording.texts import masked
from qc_engine.store import audit, casebook
from qc_engine.store.casebook import PAGE
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, allowed, visitor_of
from qc_engine.web.console.narrowing import branches
from qc_engine.web.console.policy import Action, Place, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases.acts import acts_for
from qc_engine.web.pages.cases.seeking import Asked, asked, place_text

LONGEST_ID = 16


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix="/console/cases")
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("")
    def listed(request: Request, visitor: Visitor = visiting) -> Response:
        return _list(console, visitor, request.query_params)

    @router.get("/{case_id}")
    def look(case_id: str, visitor: Visitor = visiting) -> Response:
        return _case(console, visitor, _found(console, visitor, case_id))

    @router.get("/{case_id}/phone")
    def hide(case_id: str, visitor: Visitor = visiting) -> Response:
        return RedirectResponse(f"/console/cases/{_found(console, visitor, case_id).id}", 303)

    @router.post("/{case_id}/phone")
    def reveal(case_id: str, request: Request, acting: Acting = sending) -> Response:
        return _revealed(console, acting.visitor, case_id, request)

    return router


# --- the list ---------------------------------------------------------------------------------


def _list(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Response:
    allowed(visitor, Action.SEE_CASES)
    wanted = asked(query, console.zone)
    with console.database.reading() as session:
        found = casebook.page(session, wanted.sought, scope(visitor.user), wanted.after)
        figure = wanted.sought.figure
        count = casebook.count(session, wanted.sought, scope(visitor.user)) if figure else None
    rows = found[:PAGE]
    last = place_text((rows[-1].created_at, rows[-1].id)) if len(found) > PAGE else ""
    return show(
        console, visitor, "cases.html", page="cases", asked=wanted,
        rows=[_row(console, visitor, one) for one in rows], choices=_choices(console, visitor, wanted),
        older=wanted.address(after=last) if last else "", further=wanted.after is not None,
        count=count,
    )  # fmt: skip


def _row(console: Console, visitor: Visitor, row: CaseRow) -> Mapping[str, Any]:
    word, language = console.behind.word, visitor.look.language
    return {
        "id": row.id,
        "client": row.body.get("client_name") or "",
        "phone": masked(row.phone) if row.phone else "",
        "deal": row.deal_id,
        "branch": row.branch,
        "state": row.state,
        "state_text": word(language, "state", row.state),
        "outcome": word(language, "outcome", row.outcome) if row.outcome else "",
        "step": row.step if row.state == State.ACTIVE else "",
        "scores": ", ".join(str(score) for score in row.body.get("scores", {}).values()),
        "created_at": row.created_at,
    }


def _choices(console: Console, visitor: Visitor, wanted: Asked) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By filter: value and words. What stands in the address is always among them."""
    known, word, language = console.choices(), console.behind.word, visitor.look.language
    offered = {
        "branch": branches(console, visitor),
        "state": [(one.value, word(language, "state", one.value)) for one in State],
        "scenario": known.scenarios,
        "step": [(one, one) for one in known.steps],
        "outcome": [(one, word(language, "outcome", one)) for one in known.outcomes],
    }
    return {name: _with(wanted.values[name], values) for name, values in offered.items()}


def _with(chosen: str, values: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return values if not chosen or chosen in dict(values) else [*values, (chosen, chosen)]


# --- one case ---------------------------------------------------------------------------------


def _found(console: Console, visitor: Visitor, case_id: str) -> CaseRow:
    """Raises 404, also for a case of another branch."""
    allowed(visitor, Action.SEE_CASES)
    if not (case_id.isascii() and case_id.isalnum() and len(case_id) <= LONGEST_ID):
        raise HTTPException(404)
    with console.database.reading() as session:
        row = casebook.one(session, case_id, scope(visitor.user))
    if row is None:
        raise HTTPException(404)
    return row


def _case(console: Console, visitor: Visitor, row: CaseRow, phone: str = "") -> Response:
    """`phone`: in full, when it was asked for."""
    told = console.behind.dossier(row.id, visitor.look.language)
    if told is None:
        raise HTTPException(404)
    with console.database.reading() as session:
        doable = console.behind.doable(session, row)
    shows = visitor.may(Action.SEE_PHONE, Place(row.portal, row.branch)) and bool(row.phone)
    return show(
        console, visitor, "case.html", page="cases", told=told, case=told["story"]["case"],
        case_id=row.id, phone=phone or told["story"]["case"]["phone"], shows_phone=shows and not phone,
        one=doable, acts=acts_for(visitor, row, doable),
    )  # fmt: skip


def _revealed(console: Console, visitor: Visitor, case_id: str, request: Request) -> Response:
    row = _found(console, visitor, case_id)
    if not visitor.may(Action.SEE_PHONE, Place(row.portal, row.branch)):
        raise HTTPException(403)
    with console.database.transaction() as session:  # noted before it is shown
        audit.note(
            session, "phone.seen", visitor.now, thing=f"case:{row.id}", user_id=visitor.user.id,
            name=visitor.user.name, address=visitor.address,
        )  # fmt: skip
    phone = f"+{row.phone}" if row.phone else ""
    if is_part(request):
        return show(console, visitor, "case_phone.html", phone=phone, shows_phone=False, case_id=row.id)
    return _case(console, visitor, row, phone)

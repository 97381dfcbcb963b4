"""GET /console/cases, /console/cases/{id}; POST /console/cases/{id}/phone: the number in full, noted down."""

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.store import codec, pulse
from qc_engine.store.tables import CaseRow
from qc_engine.web.console import doing
from qc_engine.web.console.frame import is_part, show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Place, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases import listing, live
from qc_engine.web.pages.cases.acts import acts_for


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix="/console/cases")
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("")
    def listed(request: Request, visitor: Visitor = visiting) -> Response:
        return listing.page(console, visitor, request)

    @router.get("/{case_id}")
    def look(case_id: str, request: Request, visitor: Visitor = visiting) -> Response:
        return _case(console, visitor, request, _found(console, visitor, case_id))

    @router.get("/{case_id}/phone")
    def hide(case_id: str, visitor: Visitor = visiting) -> Response:
        return RedirectResponse(f"/console/cases/{_found(console, visitor, case_id).id}", 303)

    @router.post("/{case_id}/phone")
    def reveal(case_id: str, request: Request, acting: Acting = sending) -> Response:
        return _revealed(console, acting.visitor, case_id, request)

    return router


# --- one case ---------------------------------------------------------------------------------


def _found(console: Console, visitor: Visitor, case_id: str) -> CaseRow:
    """Raises 404, also for a case of another branch."""
    with console.database.reading() as session:
        return doing.case_of(visitor, session, case_id)


def _case(
    console: Console, visitor: Visitor, request: Request, row: CaseRow, phone: str = ""
) -> Response:  # fmt: skip
    """`phone`: in full, when it was asked for."""
    with console.database.reading() as session:
        version = live.version_of(visitor, pulse.of_case(session, row, visitor.now))
    if (same := live.no_news(console, visitor, request, version)) is not None:
        return same
    told = console.behind.dossier(row.id, visitor.look.language)
    if told is None:
        raise HTTPException(404)
    with console.database.reading() as session:
        doable = console.behind.doable(session, row)
    shows = visitor.may(Action.SEE_PHONE, Place(row.portal, row.branch)) and bool(row.phone)
    return live.page(
        console, visitor, request, "case.html", "case_part.html", version, told=told,
        case=told["story"]["case"], case_id=row.id, phone=phone or told["story"]["case"]["phone"],
        shows_phone=shows and not phone, is_whole=bool(phone), one=doable,
        complaint=codec.load_case(row.body).complaint, is_test=bool(row.body.get("is_test")),
        acts=acts_for(visitor, row, doable),
        keeps_privacy=visitor.may(Action.KEEP_PRIVACY, Where.COMPANY) and bool(row.phone),
    )  # fmt: skip


def phone_of(console: Console, visitor: Visitor, row: CaseRow) -> str:
    """In full; '' when nobody knows it. Raises 403."""
    if not visitor.may(Action.SEE_PHONE, Place(row.portal, row.branch)):
        raise HTTPException(403)
    with console.database.transaction() as session:  # noted before it is shown
        doing.note(session, visitor, "phone.seen", f"case:{row.id}")
    return f"+{row.phone}" if row.phone else ""


def _revealed(console: Console, visitor: Visitor, case_id: str, request: Request) -> Response:
    row = _found(console, visitor, case_id)
    phone = phone_of(console, visitor, row)
    if is_part(request):
        return show(
            console, visitor, "case_phone.html", phone=phone, shows_phone=False, is_whole=True, case_id=row.id
        )
    return _case(console, visitor, request, row, phone)

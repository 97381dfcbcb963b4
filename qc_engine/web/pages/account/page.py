"""GET and POST /console/account: where I am signed in, signing out there; POST .../identity: unlinking."""

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import RedirectResponse

from qc_engine.store import sessions, users
from qc_engine.store import two_steps as second_step
from qc_engine.web.console import doing, entering_elsewhere, limits
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.account import two_steps
from qc_engine.web.pages.entry.oidc import LINK, ticket_of

PATH = "/console/account"


def make_router(console: Console) -> APIRouter:
    router = APIRouter()
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get(PATH)
    def look(visitor: Visitor = visiting) -> Response:
        return _shown(console, visitor)

    @router.post(PATH)
    def end(acting: Acting = sending) -> Response:
        return _ended(console, acting.visitor, acting.form.get("session", ""))

    @router.post(LINK)
    def unlink(acting: Acting = sending) -> Response:
        return _unlinked(console, acting.visitor)

    router.include_router(two_steps.make_router(console))
    return router


def _shown(console: Console, visitor: Visitor) -> Response:
    with console.database.reading() as session:
        rows = sessions.of_user(session, visitor.user.id)
        has_two_steps = second_step.stands(session, visitor.user.id)
        user = users.get(session, visitor.user.id)
    now = console.wall.now()
    alive = [row for row in rows if not limits.is_over(row.created_at, row.seen_at, now)]
    return show(
        console, visitor, "account.html", sessions=alive, has_two_steps=has_two_steps,
        provider=console.provider, user=user, link=LINK, ticket=ticket_of(visitor),
    )  # fmt: skip


def _ended(console: Console, visitor: Visitor, which: str) -> Response:
    """`which`: a session's id, or 'others'."""
    user = visitor.user
    if not which.isprintable():
        raise HTTPException(404)
    with console.database.transaction() as session:
        if which == "others":
            sessions.end_all(session, user.id, keep=visitor.session_id)
        elif not sessions.end(session, user.id, which):
            raise HTTPException(404)
        doing.note(session, visitor, "session.ended", f"user:{user.id}", {"which": which})
    return RedirectResponse(PATH, 303)


def _unlinked(console: Console, visitor: Visitor) -> Response:
    """Raises 409 where it is not linked (any more), or would leave no way in."""
    user = visitor.user
    with console.database.transaction() as session:
        if not entering_elsewhere.unlink(session, user.id, visitor.session_id):
            raise HTTPException(409)
        doing.note(session, visitor, "identity.unlinked", f"user:{user.id}")
    return RedirectResponse(PATH, 303)

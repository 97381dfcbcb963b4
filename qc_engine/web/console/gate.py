"""Who is at the console's door: by the session's cookie, and by the token that our own forms carry."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Depends, HTTPException, Request, Response
from sqlmodel import Session

from qc_engine.store import sessions, two_steps, users
from qc_engine.store.console_tables import SessionRow, UserRow
from qc_engine.web.console import limits, words
from qc_engine.web.console.entering import Caller
from qc_engine.web.console.policy import Action, Place, Role, Thing, User, Where
from qc_engine.web.console.room import Console, Look, Visitor
from qc_engine.web.forms import same_origin, sent_form

LOGIN = "/console/login"
SECOND_STEP = "/console/account/two-steps"  # where it is set up
WITHOUT_SECOND_STEP = ("/console/account", "/console/logout")  # also where the installation wants one
COOKIE, PLAIN_COOKIE = "__Host-qc_console", "qc_console"
LANGUAGE, THEME = "qc_language", "qc_theme"
THEMES = ("auto", "light", "dark")
CSRF = "csrf"
QUIETLY = "hx-polled"  # a page that asks by itself is nobody's use of the session
LONGEST_TOKEN = 100
Form = Callable[[Request], Awaitable[Mapping[str, str]]]  # reads what was sent


@dataclass(frozen=True)
class Acting:
    """A visitor who has sent one of our own forms."""

    visitor: Visitor
    form: Mapping[str, str]


def visitor_of(console: Console) -> Callable[[Request], Visitor]:
    """For FastAPI: whoever is not signed in is sent to the login page."""

    def check(request: Request) -> Visitor:
        visitor = known(console, request)
        if visitor is None:
            raise _to(LOGIN, request)
        if console.needs_two_steps and not request.url.path.startswith(WITHOUT_SECOND_STEP):
            _require_second_step(console, visitor, request)
        return visitor

    return check


def acting_of(console: Console, form_of: Form = sent_form) -> Callable[..., Acting]:
    """For FastAPI, of forms: the browser's word that it is our page, and the token that only it knows."""
    from_here, signed_in = same_origin(console.public_url), visitor_of(console)

    def arrive(request: Request) -> Visitor:
        from_here(request)
        return signed_in(request)

    arrived = Depends(arrive)

    # In this order: of a stranger nothing is read.
    def check(visitor: Visitor = arrived, form: Mapping[str, str] = Depends(form_of)) -> Acting:
        if not hmac.compare_digest(form.get(CSRF, "").encode(), visitor.csrf.encode()):
            raise HTTPException(403)
        return Acting(visitor, form)

    return check


def allowed(visitor: Visitor, action: Action, thing: Thing = Where.ANYWHERE) -> None:
    """Raises 404: what somebody may nowhere do does not exist for them."""
    if not visitor.may(action, thing):
        raise HTTPException(404)


def known(console: Console, request: Request) -> Visitor | None:
    token = token_of(console, request)
    if not token:
        return None
    now = console.wall.now()
    with console.database.reading() as session:
        row, user = _signed_in(session, token, now)
    if row is None or user is None:
        return None
    if limits.is_to_be_noted(row.seen_at, now) and QUIETLY not in request.headers:
        with console.database.transaction(durable=False) as session:
            sessions.touch(session, row.id, now)
    return Visitor(
        user_from(user), row.id, csrf_of(token), look_of(console, request), address_of(request),
        console.clock.now(), console.zone,
    )  # fmt: skip


def _signed_in(session: Session, token: str, now: datetime) -> tuple[SessionRow | None, UserRow | None]:
    row = sessions.of_token(session, token)
    if row is None or limits.is_over(row.created_at, row.seen_at, now):
        return None, None
    user = users.get(session, row.user_id)
    return row, user if user and user.closed_at is None else None


def user_from(row: UserRow) -> User:
    """An unknown role of a newer program is the one that may least."""
    role = Role(row.role) if row.role in set(Role) else Role.OBSERVER
    places = None if row.branches is None else frozenset(Place(*one) for one in row.branches)
    return User(row.id, row.name, role, places)


def _require_second_step(console: Console, visitor: Visitor, request: Request) -> None:
    with console.database.reading() as session:
        stands = two_steps.stands(session, visitor.user.id)
        # Where the company's provider has let somebody in, its own steps are what counts.
        stands = stands or sessions.is_by_provider(session, visitor.session_id)
    if not stands:
        raise _to(SECOND_STEP, request)


def _to(path: str, request: Request) -> HTTPException:
    if "hx-request" in request.headers:
        return HTTPException(401, headers={"HX-Redirect": path})
    return HTTPException(303, headers={"Location": path})


# --- cookies ----------------------------------------------------------------------------------


def token_of(console: Console, request: Request) -> str:
    return request.cookies.get(cookie_name(console), "")[:LONGEST_TOKEN]


def cookie_name(console: Console) -> str:
    """With https the browser itself sees to it that no other host sets this cookie."""
    return COOKIE if console.is_tls else PLAIN_COOKIE


def let_in(console: Console, response: Response, token: str) -> Response:
    age = int(limits.AT_MOST.total_seconds())
    set_cookie(console, response, cookie_name(console), token, age)
    return response


def let_out(console: Console, response: Response) -> Response:
    set_cookie(console, response, cookie_name(console), "", 0)
    return response


def remember_look(console: Console, response: Response, look: Look) -> Response:
    for name, value in ((LANGUAGE, look.language), (THEME, look.theme)):
        set_cookie(console, response, name, value, 365 * 24 * 3600)
    return response


def set_cookie(console: Console, response: Response, name: str, value: str, age: int) -> None:
    response.set_cookie(
        name, value, max_age=age, path="/", secure=console.is_tls, httponly=True, samesite="lax"
    )


def csrf_of(token: str) -> str:
    """Follows from the session's token, and does not lead back to it."""
    return hashlib.sha256(f"csrf:{token}".encode()).hexdigest()


# --- the request ------------------------------------------------------------------------------


def look_of(console: Console, request: Request) -> Look:
    """As chosen in this browser; else the installation's language."""
    chosen = Look(request.cookies.get(LANGUAGE, ""), request.cookies.get(THEME, ""))
    return fitting_look(chosen, Look(console.language, "auto"))


def fitting_look(chosen: Look, otherwise: Look) -> Look:
    """What cannot be is left as it was."""
    language = chosen.language if chosen.language in words.LANGUAGES else otherwise.language
    return Look(language, chosen.theme if chosen.theme in THEMES else otherwise.theme)


def address_of(request: Request) -> str:
    return request.client.host[:64] if request.client else ""


def caller_of(console: Console, request: Request) -> Caller:
    agent = request.headers.get("user-agent", "")[:200]
    return Caller(address_of(request), agent, console.wall.now(), token_of(console, request))

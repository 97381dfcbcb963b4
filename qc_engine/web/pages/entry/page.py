"""GET and POST /console/login, /console/enter/{token}; POST /console/login/code, /console/logout, and
/console/look."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.store import sessions, users
from qc_engine.web.console import doing, entering, gate, passwords
from qc_engine.web.console.entering import Came, Entered, HalfGone, Halfway, LoginTaken, TooMany, login_of
from qc_engine.web.console.frame import show_outside
from qc_engine.web.console.gate import Acting, look_of
from qc_engine.web.console.room import ENTER, Console, Look
from qc_engine.web.forms import same_origin, sent_form
from qc_engine.web.pages.entry import oidc

HOME = "/console"
LOGIN = re.compile(r"[^\x00-\x20\x7f<>\"']{3,80}")
# The address of this page is a key: nobody is told more of it than the host. Not 'no-referrer': with it a
# browser sends 'Origin: null' with our own form, and without TLS says nothing else of where it came from.
PRIVATE = {"Referrer-Policy": "strict-origin"}
Form = Mapping[str, str]


def make_router(console: Console) -> APIRouter:
    router, ours = APIRouter(prefix=HOME), Depends(same_origin(console.public_url))
    sending = Depends(gate.acting_of(console))

    @router.get("/login")
    def ask(request: Request) -> Response:
        return _home() if gate.known(console, request) else _login(console, request)

    @router.post("/login", dependencies=[ours])
    def sign_in(request: Request, form: Mapping[str, str] = Depends(sent_form)) -> Response:
        return _signed_in(console, request, form)

    @router.post("/login/code", dependencies=[ours])
    def second_step(request: Request, form: Mapping[str, str] = Depends(sent_form)) -> Response:
        return _proved(console, request, form)

    @router.get("/enter/{token}")
    def welcome(token: str, request: Request) -> Response:
        return _welcome(console, request, token)

    @router.post("/enter/{token}", dependencies=[ours])
    def choose(token: str, request: Request, form: Mapping[str, str] = Depends(sent_form)) -> Response:
        return _chosen(console, request, token, form)

    @router.post("/logout")
    def sign_out(acting: Acting = sending) -> Response:
        return _signed_out(console, acting)

    @router.post("/look", dependencies=[ours])
    def look(request: Request, form: Mapping[str, str] = Depends(sent_form)) -> Response:
        chosen = Look(form.get("language", ""), form.get("theme", ""))
        return gate.remember_look(
            console, _back(request), gate.fitting_look(chosen, look_of(console, request))
        )

    return router


def _home() -> Response:
    return RedirectResponse(HOME, 303)


def _back(request: Request) -> Response:
    """To the page that the form stood on, if that is one of ours."""
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return _home()
    ours = came.path == HOME or came.path.startswith(f"{HOME}/")
    path = f"{came.path}?{came.query}" if came.query else came.path
    return RedirectResponse(path if ours and "\\" not in path and "//" not in came.path else HOME, 303)


# --- by a password ----------------------------------------------------------------------------


def _login(
    console: Console, request: Request, wrong: str = "", login: str = "", status: int = 200
) -> Response:
    return show_outside(
        console, look_of(console, request), "login.html", status, wrong=wrong, login=login,
        provider=console.provider, begin=oidc.BEGIN,
    )  # fmt: skip


def _signed_in(console: Console, request: Request, form: Form) -> Response:
    login, password = form.get("login", ""), form.get("password", "")
    caller = gate.caller_of(console, request)
    try:
        came = entering.by_password(console.database, console.ids, login, password, caller)
    except TooMany:
        return _login(console, request, "login.too_many", login[:80], 429)
    return _let_in(console, request, came) or _login(console, request, "login.wrong", login[:80], 401)


def _let_in(console: Console, request: Request, came: Came) -> Response | None:
    """Home, or to the second step; None where nobody came in."""
    match came:
        case Entered(token):
            return gate.let_in(console, _home(), token)
        case Halfway(token):
            return _ask_code(console, request, token)
        case None:
            return None


def _ask_code(console: Console, request: Request, half: str, wrong: str = "", status: int = 200) -> Response:
    look = look_of(console, request)
    return show_outside(console, look, "login_code.html", status, half=half, wrong=wrong)


def _proved(console: Console, request: Request, form: Form) -> Response:
    half, caller = form.get("half", "")[: gate.LONGEST_TOKEN], gate.caller_of(console, request)
    try:
        came = entering.by_code(
            console.database, console.ids, console.seal(), half, form.get("code", ""), caller
        )
    except TooMany:
        return _ask_code(console, request, half, "login.too_many", 429)
    except HalfGone:
        return _login(console, request, "login.half_gone", "", 401)
    return _let_in(console, request, came) or _ask_code(console, request, half, "login.wrong_code", 401)


def _signed_out(console: Console, acting: Acting) -> Response:
    visitor = acting.visitor
    with console.database.transaction() as session:
        sessions.end(session, visitor.user.id, visitor.session_id)
        doing.note(session, visitor, "logout", f"user:{visitor.user.id}")
    return gate.let_out(console, RedirectResponse(gate.LOGIN, 303))


# --- by a one-time link -----------------------------------------------------------------------


def _welcome(
    console: Console, request: Request, token: str, wrong: str = "", login: str = "", status: int = 200
) -> Response:
    """To look at it uses nothing up: messengers open links by themselves."""
    with console.database.reading() as session:
        row = users.of_link(session, token, console.wall.now())
    if row is None:
        return _used_up(console, request)
    page = show_outside(
        console, look_of(console, request), "enter.html", status,
        name=row.name, wrong=wrong, login=row.login or login, fixed=bool(row.login),
        provider=console.provider, begin=f"{ENTER}{token}/oidc",
    )  # fmt: skip
    page.headers.update(PRIVATE)
    return page


def _chosen(console: Console, request: Request, token: str, form: Form) -> Response:
    with console.database.reading() as session:
        row = users.of_link(session, token, console.wall.now())
    if row is None:
        return _used_up(console, request)
    # Who has a login already keeps it, whatever the form says.
    login, password = row.login or login_of(form.get("login", "")), form.get("password", "")
    if wrong := _objection(login, password, form.get("again", "")):
        return _welcome(console, request, token, wrong, login, 422)
    try:
        caller = gate.caller_of(console, request)
        new = entering.by_link(console.database, console.ids, token, login, password, caller)
    except LoginTaken:
        return _welcome(console, request, token, "enter.taken", login, 422)
    return _let_in(console, request, new) or _used_up(console, request)


def _objection(login: str, password: str, again: str) -> str:
    if not LOGIN.fullmatch(login):
        return "enter.bad_login"
    return "enter.differ" if password != again else passwords.objection(password, login)


def _used_up(console: Console, request: Request) -> Response:
    return show_outside(console, look_of(console, request), "console_message.html", 410, key="used_up")

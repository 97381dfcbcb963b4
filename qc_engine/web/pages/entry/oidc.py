"""GET /console/login/oidc, /console/enter/{token}/oidc and /console/account/identity: to the identity
provider; /console/login/oidc/back: from there."""

import hashlib
import hmac

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from qc_engine.web.console import entering_elsewhere, gate, ways
from qc_engine.web.console.entering import Caller, TooMany
from qc_engine.web.console.entering_elsewhere import NotLetIn
from qc_engine.web.console.frame import show_outside
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.oidc.provider import Provider, Unreachable
from qc_engine.web.oidc.tokens import Identity, NotProved
from qc_engine.web.oidc.under_way import UnderWay

log = structlog.get_logger(__name__)
BEGIN, BACK = "/console/login/oidc", "/console/login/oidc/back"
LINK, ACCOUNT = "/console/account/identity", "/console/account"
LONGEST_CODE = 2000
STATUS = {"unreachable": 503, "too_many": 429, "unknown": 403, "taken": 409, "link": 410, "needs_code": 409}


def make_router(console: Console) -> APIRouter:
    """Without a provider in config.yaml none of these pages exists."""
    router, visiting = APIRouter(), Depends(gate.visitor_of(console))

    # A link and no form: a browser would not let a form of ours end at another host.
    @router.get(BEGIN)
    def begin(request: Request) -> Response:
        return _away(console, request, UnderWay.begun(console.ids, console.wall.now()))

    @router.get("/console/enter/{token}/oidc")
    def begin_invited(token: str, request: Request) -> Response:
        link = token[: gate.LONGEST_TOKEN]
        return _away(console, request, UnderWay.begun(console.ids, console.wall.now(), link=link))

    @router.get(LINK)
    def begin_linking(request: Request, visitor: Visitor = visiting) -> Response:
        return _linking(console, request, visitor)

    @router.get(BACK)
    def come_back(request: Request) -> Response:
        return _came_back(console, request)

    return router


def ticket_of(visitor: Visitor) -> str:
    """Only our own page knows it: nobody else may send a browser off to link what is not its user's."""
    return hashlib.sha256(f"identity:{visitor.csrf}".encode()).hexdigest()


# --- away -------------------------------------------------------------------------------------


def _linking(console: Console, request: Request, visitor: Visitor) -> Response:
    ticket = request.query_params.get("ticket", "")
    if console.provider is None or not hmac.compare_digest(ticket.encode(), ticket_of(visitor).encode()):
        raise HTTPException(400)
    caller = gate.caller_of(console, request)
    try:
        with console.database.reading() as session:
            entering_elsewhere.user_of_fresh(session, visitor.session_id, caller)
    except NotLetIn as stale:
        return _explained(console, request, stale.why)
    return _away(console, request, UnderWay.begun(console.ids, caller.now, session=visitor.session_id))


def _away(console: Console, request: Request, one: UnderWay) -> Response:
    provider, now = _provider(console), console.wall.now()
    try:
        address = provider.address(one.state, one.nonce, one.verifier, now)
    except Unreachable as trouble:
        log.warning("the identity provider cannot be used", reason=str(trouble))
        return _explained(console, request, "unreachable")
    # The address that somebody comes from may be a one-time link: the provider learns nothing of it.
    answer = RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return ways.remember(console, answer, one.sealed(console.seal()))


# --- and back ---------------------------------------------------------------------------------


def _came_back(console: Console, request: Request) -> Response:
    provider, caller = _provider(console), gate.caller_of(console, request)
    try:
        one = _under_way(console, request, caller)
        entering_elsewhere.spend(console.database, one.state, caller)
        answer = _entered(console, one, _who(provider, request, one, caller), caller)
    except TooMany:
        return _explained(console, request, "too_many")
    except NotLetIn as wrong:
        entering_elsewhere.note_failure(console.database, wrong.why, wrong.user_id, caller)
        answer = _explained(console, request, wrong.why)
    return ways.forget(console, answer)


def _under_way(console: Console, request: Request, caller: Caller) -> UnderWay:
    """What this browser set out with. Raises NotLetIn where it is not the one that did; TooMany."""
    cookie, state = ways.found(console, request), request.query_params.get("state", "")
    one = UnderWay.opened(console.seal(), cookie, state, caller.now) if cookie and state else None
    if one is None:
        entering_elsewhere.count_stranger(console.database, caller)
        raise NotLetIn("not_ours")
    return one


def _who(provider: Provider, request: Request, one: UnderWay, caller: Caller) -> Identity:
    """Raises NotLetIn."""
    code, issuer = request.query_params.get("code", ""), request.query_params.get("iss")
    if issuer not in (None, provider.issuer):  # RFC 9207: an answer of another provider
        raise NotLetIn("not_proved")
    if not 0 < len(code) <= LONGEST_CODE:
        raise NotLetIn("refused")
    try:
        return provider.who(code, one.nonce, one.verifier, caller.now)
    except NotProved as wrong:
        log.warning("nobody was recognised", reason=str(wrong))
        raise NotLetIn("not_proved") from None
    except Unreachable as trouble:
        log.warning("the identity provider cannot be used", reason=str(trouble))
        raise NotLetIn("unreachable") from None


def _entered(console: Console, one: UnderWay, identity: Identity, caller: Caller) -> Response:
    """Always to a page of ours, whatever was in the address. Raises NotLetIn."""
    database, ids = console.database, console.ids
    if one.session:
        entering_elsewhere.to_oneself(database, one.session, identity, caller)
        return RedirectResponse(ACCOUNT, 303)
    if one.link:
        came = entering_elsewhere.by_link(database, ids, one.link, identity, one.state, caller)
    else:
        came = entering_elsewhere.by_identity(database, ids, identity, one.state, caller)
    return gate.let_in(console, RedirectResponse("/console", 303), came.token)


def _explained(console: Console, request: Request, why: str) -> Response:
    look = gate.look_of(console, request)
    page = show_outside(
        console, look, "oidc_message.html", STATUS.get(why, 401), wrong=f"oidc.{why}",
        label=_provider(console).label,
    )  # fmt: skip
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _provider(console: Console) -> Provider:
    """Raises 404 where there is none."""
    if console.provider is None:
        raise HTTPException(404)
    return console.provider

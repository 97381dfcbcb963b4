"""The OAuth server and the page on which a person lets an application in."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from sandbox.bitrix24.applications import ACCESS_SECONDS, Application, Pair, said
from sandbox.bitrix24.company import Person
from sandbox.bitrix24.door import Sleeps
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.events import OAUTH_SERVER
from sandbox.bitrix24.phpform import parse_form, php_json
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.spoiling import before, spoiled
from sandbox.bitrix24.wire import Dropped, Reply, base_of, drop, moved_to, read_body, read_params, send_reply

SERVER_DOMAIN = "oauth.bitrix24.tech"
HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"}
PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}}
h1{{font-size:1.375rem}}label{{display:grid;gap:.25rem;margin:1rem 0}}
select,button{{font:inherit;padding:.5rem .75rem}}</style>
</head><body><main><h1>{title}</h1>{body}</main></body></html>
"""
ASK = """<p>Приложение <strong>{client_id}</strong> просит доступ к этому порталу песочницы: {scopes}.</p>
<form method="post"><label>От чьего имени<select name="user">{users}</select></label>
<button autofocus>Разрешить</button></form>"""


def oauth_routes(portal: Portal, clock: Sleeps) -> list[BaseRoute]:
    """/oauth/authorize/ belongs to the portal, /oauth/token/ to the vendor's server."""
    authorize = _authorize_page(portal)
    return [
        Route("/oauth/authorize/", authorize, methods=["GET", "POST"]),
        Route("/oauth/authorize", authorize, methods=["GET", "POST"]),
        Mount("/oauth/token", app=TokenDoor(portal, clock)),
    ]


def _authorize_page(portal: Portal) -> Callable[[Request], Any]:
    async def page(request: Request) -> Response:
        if elsewhere := moved_to(request.scope, portal.host):
            return RedirectResponse(elsewhere, 302)
        application = portal.applications.known.get(request.query_params.get("client_id", ""))
        if application is None or not application.redirect:
            return _page("Приложение не найдено", "<p>На этом портале такого приложения нет.</p>", 404)
        sent = parse_form((await request.body()).decode("utf-8", "replace"))
        if request.method == "GET" and not portal.switches["oauth_allow_at_once"]:
            return _page("Разрешить доступ?", _question(portal, application))
        user = str(sent.get("user", min(portal.company.people)))
        if not user.isdigit() or not _may_allow(portal.company.people.get(int(user))):
            return _page("Доступ не разрешён", "<p>Этот сотрудник здесь не работает.</p>", 403)
        return RedirectResponse(_way_back(portal, application, int(user), request), 302)

    return page


def _question(portal: Portal, application: Application) -> str:
    people = [person for person in portal.company.people.values() if _may_allow(person)]
    users = "".join(f'<option value="{one.id}">{escape(one.full_name)}</option>' for one in people)
    return ASK.format(
        client_id=escape(application.client_id), scopes=escape(", ".join(application.scopes)), users=users
    )


def _may_allow(person: Person | None) -> bool:
    return person is not None and person.active


def _way_back(portal: Portal, application: Application, user: int, request: Request) -> str:
    application.base = base_of(request.scope)
    answer = {
        "code": portal.applications.code(application.client_id, user),
        "state": request.query_params.get("state", ""),
        "domain": application.base.partition("//")[2],
        "member_id": portal.switches["member_id"],
        "scope": ",".join(application.scopes),
        "server_domain": SERVER_DOMAIN,
    }
    return f"{application.redirect}{'&' if '?' in application.redirect else '?'}{urlencode(answer)}"


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(title=title, body=body), status, HEADERS)


class TokenDoor:
    """GET (or POST) /oauth/token/: codes and refresh tokens in, pairs of tokens out."""

    def __init__(self, portal: Portal, clock: Sleeps) -> None:
        self._portal, self._clock = portal, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(scope, receive)
        except Dropped:
            await drop(scope, receive)
            return
        await send_reply(reply, send, self._clock.sleep)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        """Faults for "oauth.token" strike here; "*" means the portal alone."""
        body = await read_body(receive)
        try:
            fault = self._portal.faults.strike({"oauth.token"}, anything=False)
            if fault is not None and fault.how == "latency":
                await self._clock.sleep(fault.seconds)
            if broken := before(self._portal, fault):
                return broken
            return spoiled(fault, self._granted(read_params(scope, body)))
        except Say as no:
            return Reply.of(no)

    def _granted(self, params: dict[str, Any]) -> Reply:
        portal = self._portal
        applications = portal.applications
        client_id = str(params.get("client_id", ""))
        application = applications.authenticated(client_id, str(params.get("client_secret", "")))
        if portal.switches["subscription_ended"]:
            raise said("PAYMENT_REQUIRED")
        _check_scope(application, str(params.get("scope") or ""))
        match params.get("grant_type"):
            case "authorization_code":
                pair = applications.redeem(client_id, str(params.get("code", "")))
                portal.ledger.tokens_given += 1
                return Reply(200, php_json(self._tokens(application, pair)))
            case "refresh_token":
                pair = applications.renew(client_id, str(params.get("refresh_token", "")))
                portal.ledger.tokens_refreshed += 1
                more = {"expires": int(pair.ends), "user_id": pair.user}
                return Reply(200, php_json({**self._tokens(application, pair), **more}))
            case _:
                raise said("invalid_request")

    def _tokens(self, application: Application, pair: Pair) -> dict[str, Any]:
        return {
            "access_token": pair.access,
            "client_endpoint": f"{application.base}/rest/",
            "domain": SERVER_DOMAIN,
            "expires_in": ACCESS_SECONDS,
            "member_id": self._portal.switches["member_id"],
            "refresh_token": pair.refresh,
            "scope": ",".join(application.scopes),
            "server_endpoint": OAUTH_SERVER,
            "status": "L",
        }


def _check_scope(application: Application, wanted: str) -> None:
    if set(filter(None, wanted.replace(" ", ",").split(","))) - set(application.scopes):
        raise said("invalid_scope")

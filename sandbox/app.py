"""Puts the simulated vendors, the control API and the demo page behind one port."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from sandbox.bitrix24.company import Company, tyre_chain
from sandbox.bitrix24.door import Door
from sandbox.bitrix24.oauth import oauth_routes
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.state import load_file, save_file
from sandbox.bitrix24.wire import note_connection
from sandbox.chat2desk.account import Account
from sandbox.clock import SandboxClock
from sandbox.control.defaults import SECRET, TOKEN
from sandbox.control.maps import map_routes
from sandbox.control.routes import control_routes
from sandbox.sender import Sender


class Sandbox(Starlette):
    """The whole sandbox; `portal`, `account`, `clock` and `sender` are at hand for tests."""

    def __init__(
        self, portal: Portal, account: Account, clock: SandboxClock, sender: Sender, state: Path | None = None
    ) -> None:
        self.portal, self.account, self.clock, self.sender = portal, account, clock, sender
        super().__init__(
            routes=_routes(portal, account, clock, sender), lifespan=_lifespan(portal, sender, state)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            note_connection(scope, send)
        await super().__call__(scope, receive, send)


def make_app(
    clock: SandboxClock | None = None,
    *,
    secret: str = SECRET,
    token: str = TOKEN,
    company: Company | None = None,
    state: Path | None = None,
) -> Sandbox:
    """A fresh sandbox in memory. `secret` opens the portal, `token` the account.

    The portal is loaded from the file `state` when it is there (CannotLoad when it is broken), and saved
    to it when the sandbox ends in order.
    """
    clock = clock or SandboxClock()
    sender = Sender(clock)
    portal = Portal(clock, sender, secret, company or tyre_chain())
    if state is not None and state.exists():
        clock.forward_to(load_file(portal, state))
    return Sandbox(portal, Account(clock, sender, token), clock, sender, state)


def _routes(portal: Portal, account: Account, clock: SandboxClock, sender: Sender) -> list[BaseRoute]:
    return [
        Mount("/rest", app=Door(portal, clock)),
        *oauth_routes(portal, clock),
        Mount("/chat2desk", routes=account.routes()),
        *control_routes(portal, account, clock, sender),
        *account.control_routes(),
        *map_routes(portal),
        *_page_routes(),
    ]


def _page_routes() -> list[BaseRoute]:
    page = importlib.util.find_spec("sandbox.page")
    if page is None or importlib.util.find_spec("sandbox.page.routes") is None:
        return [Route("/", _index)]
    routes: Any = importlib.import_module("sandbox.page.routes").routes
    return list(routes())


async def _index(_: Request) -> PlainTextResponse:
    return PlainTextResponse(
        "qc-engine sandbox\n\n"
        "/rest/{user}/{secret}/{method}   portal\n"
        "/oauth/authorize/, /oauth/token/ applications of the portal\n"
        "/chat2desk/v1/...                Chat2Desk account\n"
        "/sandbox/state                   control API\n"
        "/maps/{platform}/{branch}        pretend review pages\n"
    )


def _lifespan(portal: Portal, sender: Sender, state: Path | None) -> Any:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await sender.start()
        yield
        await sender.stop()
        if state is not None:
            save_file(portal, state)

    return lifespan

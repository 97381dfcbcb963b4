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
from sandbox.control.defaults import Keys
from sandbox.control.maps import map_routes
from sandbox.control.routes import control_routes
from sandbox.control.vendors import Vendors, around
from sandbox.sender import Sender


class Sandbox(Starlette):
    """The whole sandbox; `vendors`, `clock` and `sender` are at hand for tests."""

    def __init__(
        self, vendors: Vendors, clock: SandboxClock, sender: Sender, state: Path | None = None
    ) -> None:
        self.vendors, self.clock, self.sender = vendors, clock, sender
        lifespan = _lifespan(vendors.portal, sender, state)
        super().__init__(routes=_routes(vendors, clock, sender), lifespan=lifespan)

    @property
    def portal(self) -> Portal:
        return self.vendors.portal

    @property
    def account(self) -> Account:
        return self.vendors.account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            note_connection(scope, send)
        await super().__call__(scope, receive, send)


def make_app(
    clock: SandboxClock | None = None,
    *,
    keys: Keys | None = None,
    company: Company | None = None,
    state: Path | None = None,
) -> Sandbox:
    """A fresh sandbox in memory.

    The portal is loaded from the file `state` when it is there (CannotLoad when it is broken), and saved
    to it when the sandbox ends in order.
    """
    clock = clock or SandboxClock()
    sender = Sender(clock)
    keys = keys or Keys()
    portal = Portal(clock, sender, keys.portal, company or tyre_chain())
    if state is not None and state.exists():
        clock.forward_to(load_file(portal, state))
    return Sandbox(around(portal, clock, sender, keys), clock, sender, state)


def _routes(vendors: Vendors, clock: SandboxClock, sender: Sender) -> list[BaseRoute]:
    channels: dict[str, Any] = {
        "/chat2desk": vendors.account,
        "/telegram": vendors.telegram,
        "/max": vendors.max,
        "/sms": vendors.sms,
    }
    return [
        Mount("/rest", app=Door(vendors.portal, clock)),
        *oauth_routes(vendors.portal, clock),
        *(Mount(path, routes=one.routes()) for path, one in channels.items()),
        *control_routes(vendors, clock, sender),
        *(route for one in channels.values() for route in one.control_routes()),
        *map_routes(vendors.portal),
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
        "/telegram/bot{token}/{method}    bot of Telegram\n"
        "/max/messages                    bot of MAX\n"
        "/sms/sys/send.php                SMS gateways\n"
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

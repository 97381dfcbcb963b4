"""The demo page at / and the door through which it asks the engine what it did."""

import os
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HERE = Path(__file__).parent
LONGEST_WAIT_SECONDS = 5.0
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def routes() -> list[BaseRoute]:
    """Absolute paths: /, /page/... and /sandbox/story."""
    address = os.environ.get("QC_SANDBOX_ENGINE_URL", "")
    engine = Engine(address, os.environ.get("QC_SANDBOX_ENGINE_TOKEN", ""))
    return [
        Route("/", _index),
        Mount("/page", app=Static(directory=HERE / "static")),
        Route("/sandbox/story", _story_door(engine)),
    ]


class Static(StaticFiles):
    """Files under the page's own headers, so that a new version is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


class Engine:
    """Where the engine's stories come from; `address` is '' when nobody told."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        # Made once: it costs far more than the client, which lives only as long as one question.
        self._tls = ssl.create_default_context()

    async def story(self, deal: int) -> dict[str, Any]:
        """{"story": what the engine tells, or null, "why": 'off', 'down', 'unknown' or 'refused'}."""
        if not self._address:
            return _nothing("off")
        try:
            return _read(await self._ask("/api/story", {"deal": deal}))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return _nothing("down")

    async def _ask(self, path: str, query: dict[str, int]) -> httpx.Response:
        async with httpx.AsyncClient(
            headers=self._headers, timeout=LONGEST_WAIT_SECONDS, trust_env=False, verify=self._tls
        ) as client:
            return await client.get(f"{self._address}{path}", params=query)


def _read(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code == 404:
        return _nothing("unknown")
    if answer.status_code in (401, 403):
        return _nothing("refused")
    return {"story": answer.raise_for_status().json(), "why": ""}


def _nothing(why: str) -> dict[str, Any]:
    return {"story": None, "why": why}


async def _index(_: Request) -> Response:
    return FileResponse(HERE / "index.html", headers=HEADERS)


def _story_door(engine: Engine) -> Callable[[Request], Awaitable[Response]]:
    async def story(request: Request) -> Response:
        """Always 200: that nothing is known yet is an ordinary answer, and the page says so in words."""
        deal = request.query_params.get("deal", "")
        if not (deal.isascii() and deal.isdigit() and 0 < int(deal) < 2**63):
            return JSONResponse({"error": "deal must be a number above zero"}, 400)
        return JSONResponse(await engine.story(int(deal)), headers={"cache-control": "no-store"})

    return story

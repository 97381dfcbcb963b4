"""GET /metrics: figures for Prometheus, for whoever has the token."""

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Response

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(read: Callable[[], bytes], token: str) -> APIRouter:
    """`read` gives the whole answer in Prometheus' text format 0.0.4. 401 for another token than this one."""
    router = APIRouter()
    wanted = f"Bearer {token}".encode()

    @router.get("/metrics", include_in_schema=False)
    def metrics(authorization: Annotated[str, Header()] = "") -> Response:
        if not hmac.compare_digest(authorization.encode(), wanted):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        return Response(read(), media_type=CONTENT_TYPE)

    return router

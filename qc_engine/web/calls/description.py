"""GET /api/openapi.json: what may be called, for whoever has a token."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.openapi.utils import get_openapi

from qc_engine.web.calls.problems import OF_BODIES, answers

BEARER = {"type": "http", "scheme": "bearer", "description": "Settings, API tokens; or QC_API_TOKEN"}
ABOUT = (
    "Every answer that is no success is a problem document of RFC 9457. Phones are masked but for those who "
    "may see them. An act is carried out by the engine a moment after its answer; Idempotency-Key makes a "
    "repetition harmless. A token that asks too often waits as long as Retry-After says. Moments "
    "are in UTC, days in the installation's own zone."
)
THEIRS = "HTTPValidationError"  # what FastAPI says of parameters, which we answer ourselves


def description_router(routers: Sequence[APIRouter], guard: Callable[..., object]) -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(guard)])
    document: dict[str, Any] = {}

    @router.get("/openapi.json", include_in_schema=False)
    def openapi() -> Mapping[str, Any]:
        if not document:
            document.update(described(routers))
        return document

    return router


def described(routers: Sequence[APIRouter]) -> dict[str, Any]:
    routes = [route for one in routers for route in one.routes]
    told = get_openapi(title="qc-engine", version="1", summary="The API", description=ABOUT, routes=routes)
    for operation in _operations(told):
        if THEIRS in str(operation["responses"].get("422", "")):
            del operation["responses"]["422"]
            operation["responses"]["400"] = _named(operation, 400)
        if "requestBody" in operation:
            operation["responses"] |= {str(one): _named(operation, one) for one in OF_BODIES}
    schemas = told["components"]["schemas"]
    for name in (THEIRS, "ValidationError"):
        schemas.pop(name, None)
    told["components"]["securitySchemes"] = {"bearer": BEARER}
    told["security"] = [{"bearer": []}]
    return told


def _named(operation: Mapping[str, Any], status: int) -> dict[str, Any]:
    """As every other refusal is described."""
    known: dict[str, Any] = operation["responses"]["403"]
    return known | {"description": answers(status)[status]["description"]}


def _operations(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in told["paths"].values():
        yield from methods.values()

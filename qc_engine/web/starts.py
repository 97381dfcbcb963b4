"""POST /api/events and /api/cases: other systems tell what happened, or ask for a case. In JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qc_engine.ports import Asking, NobodyBegins, Taken
from qc_engine.store.cases import MAIN
from qc_engine.web.bodies import HungUp, TooLarge, TooSlow, read_body
from qc_engine.web.calls.problems import answers

LARGEST = 16 * 1024
SECONDS = 10.0
WORD = r"^[a-z][a-z0-9_]{0,39}$"
Take = Callable[[Asking], Taken]  # raises NobodyBegins
Model = TypeVar("Model", bound=BaseModel)
Value = Annotated[str, Field(max_length=1000)] | int | float


class _Asked(BaseModel):
    """What both ways share."""

    model_config = ConfigDict(extra="forbid")

    deal_id: Annotated[int, Field(gt=0, lt=2**53, description="Number of the deal in the portal")]
    values: Annotated[
        dict[Annotated[str, Field(pattern=WORD)], Value],
        Field(default_factory=dict, max_length=50, description="What the scenario learns (from_start)"),
    ]
    portal: Annotated[str, Field(max_length=64, description="As config.yaml calls it")] = MAIN
    by: Annotated[str, Field(max_length=80, description="Who asks: it is shown")] = ""
    id: Annotated[
        str,
        Field(
            max_length=64, description="Your own number of this request; the same one again changes nothing"
        ),
    ] = ""


class EventTold(_Asked):
    """Something happened to a deal: every scenario begins that says `start: {event: ...}`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"event": "visit_finished", "deal_id": 4312, "id": "order-7"}]}
    )
    event: Annotated[str, Field(pattern=WORD)]


class CaseAsked(_Asked):
    """One scenario is to begin for a deal."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scenario": "tyre_centre", "deal_id": 4312, "id": "order-7"}]}
    )
    scenario: Annotated[str, Field(pattern=WORD)]


class Accepted(BaseModel):
    """It stands in the inbox; `new` is false when a request with this id was there before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"new": True, "scenarios": ["tyre_centre"]}]})
    new: bool
    scenarios: list[str]


def starts_router(take: Take, guard: Callable[..., object]) -> APIRouter:
    """202: taken; 200: it was known already; 400: not understood; 404: no such portal or scenario."""
    router, asked_body = APIRouter(prefix="/api", dependencies=[Depends(guard)]), body_of(LARGEST)

    @router.post("/events", **_described(EventTold))
    def event_told(body: Annotated[bytes, Depends(asked_body)]) -> JSONResponse:
        told = read(EventTold, body)
        return _answer(take, Asking(event=told.event, **_shared(told)))

    @router.post("/cases", **_described(CaseAsked))
    def case_asked(body: Annotated[bytes, Depends(asked_body)]) -> JSONResponse:
        asked = read(CaseAsked, body)
        return _answer(take, Asking(scenario=asked.scenario, **_shared(asked)))

    return router


def body_of(largest: int) -> Callable[[Request], Awaitable[bytes]]:
    """For FastAPI: not more than allowed, and not longer than allowed. Raises 400, 408, 413."""

    async def body(request: Request) -> bytes:
        try:
            return await read_body(request.receive, request.headers, largest, SECONDS)
        except TooLarge:
            raise HTTPException(413, f"at most {largest} bytes") from None
        except TooSlow:
            raise HTTPException(408) from None
        except HungUp:
            raise HTTPException(400) from None

    return body


def read(model: type[Model], body: bytes) -> Model:
    """Raises 400."""
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as faults:
        # Which value is wrong, without the value: it may be a phone.
        said = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in faults.errors()
        )
        raise HTTPException(400, said) from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is no JSON") from None


def _shared(told: _Asked) -> dict[str, Any]:
    values = {name: str(value) for name, value in told.values.items()}
    return {"deal_id": told.deal_id, "portal": told.portal, "by": told.by, "key": told.id, "values": values}


def _answer(take: Take, asking: Asking) -> JSONResponse:
    try:
        taken = take(asking)
    except NobodyBegins as nobody:
        raise HTTPException(404, str(nobody)) from None
    content = Accepted(new=taken.new, scenarios=list(taken.scenarios)).model_dump()
    return JSONResponse(content, 202 if taken.new else 200)


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """What FastAPI cannot see, because the body is read by hand."""
    schema = model.model_json_schema()
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    known = {"model": Accepted, "description": "This id was known: nothing is asked twice"}
    return {
        "status_code": 202,
        "response_model": Accepted,
        "responses": {200: known, **answers(400, 404)},
        "tags": ["beginnings"],
        "summary": (model.__doc__ or "").strip(),
        "openapi_extra": {"requestBody": body},
    }

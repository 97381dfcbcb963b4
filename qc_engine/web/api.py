"""GET /healthz, /readyz and the guarded /api: for machines, in JSON."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import JSONResponse

from qc_engine.web.calls.pace import Wait, at_once
from qc_engine.web.calls.problems import TOO_MANY, answers
from qc_engine.web.console.policy import Role, Scope, User, comes_in

# (case, deal, phone), exactly one of them given -> JSON-able story, or None when there is no such case.
Story = Callable[[str | None, int | None, str | None], Mapping[str, Any] | None]
Attention = Callable[[], Mapping[str, Any]]
Status = Callable[[bool], Mapping[str, Any]]  # full: with totals
Ready = Callable[[], Sequence[str]]
LONGEST_TOKEN = 200
Guard = Callable[[Scope | None], Callable[[str], User]]  # of a scope -> a check for FastAPI
# Whoever has the token of the settings; without branches, and with everything that there is to be done.
CONFIGURED = User("configured", "QC_API_TOKEN", Role.OBSERVER, scopes=frozenset(Scope))


class Verdict(Enum):
    """Of a token with which nobody comes in."""

    NO_TOKENS = auto()  # nobody has one
    UNKNOWN = auto()


Judge = Callable[[str], User | Verdict]  # of a token: whose it is


def no_tokens(token: str) -> Verdict:
    return Verdict.NO_TOKENS


log = structlog.get_logger(__name__)


def health_router(ready: Ready, alarms: Ready = tuple) -> APIRouter:
    """`ready` names the checks that failed; empty: all is well. `alarms`: what a person should look at."""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> Mapping[str, Any]:
        # Alive all the same: whoever restarts us because of an alarm mends nothing.
        return {"status": "ok"} | _standing(alarms)

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> JSONResponse:
        failed = _failed_checks(ready)
        content = {"status": "failed" if failed else "ok", "failed": failed, **_standing(alarms)}
        return JSONResponse(content, 503 if failed else 200)

    return router


def _standing(alarms: Ready) -> dict[str, list[str]]:
    """Nothing when there is none, or when nobody can tell: then `ready` says why."""
    try:
        found = list(alarms())
    except Exception:
        log.exception("the alarms cannot be read")
        found = []
    return {"alarms": found} if found else {}


def _failed_checks(ready: Ready) -> list[str]:
    try:
        return list(ready())
    except Exception as error:
        log.exception("the readiness check itself failed")
        return [f"check: {type(error).__name__}"]


def api_router(story: Story, attention: Attention, status: Status, guard: Guard) -> APIRouter:
    """Where nobody has a token there is no /api at all."""
    router = APIRouter(prefix="/api", tags=["stories"])

    @router.get("/story", dependencies=[Depends(guard(Scope.STORIES))], responses=answers(400, 404),
                summary="The newest case of a deal or a phone, as `qc explain` tells it")  # fmt: skip
    def tell_story(
        case: Annotated[str | None, Query(max_length=16)] = None,
        deal: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
        phone: Annotated[str | None, Query(pattern=r"^\+?[0-9]{5,20}$")] = None,
    ) -> Mapping[str, Any]:
        if [case, deal, phone].count(None) != 2:
            raise HTTPException(400, "give exactly one of case, deal, phone")
        found = story(case, deal, phone.lstrip("+") if phone else None)
        if found is None:
            raise HTTPException(404)
        return found

    @router.get("/attention", dependencies=[Depends(guard(Scope.ATTENTION))], responses=answers(),
                summary="What needs a person, as `qc attention` tells it")  # fmt: skip
    def needs_attention() -> Mapping[str, Any]:
        return attention()

    @router.get("/status", dependencies=[Depends(guard(Scope.STATUS))], responses=answers(400),
                summary="How much there is to do, as `qc status` tells it")  # fmt: skip
    def how_much_to_do(full: bool = False) -> Mapping[str, Any]:
        return status(full)

    return router


def only_with(api_token: str, judge: Judge = no_tokens, wait: Wait = at_once) -> Guard:
    """Checks for FastAPI, one for each scope: 404 when there is no token at all, 401 for another one, 429 for
    one that asks too often, 403 for one that may not do this; else whose it is. The token of the settings may
    do everything."""

    def guard(scope: Scope | None) -> Callable[[str], User]:
        def check(authorization: Annotated[str, Header(include_in_schema=False)] = "") -> User:
            found = _whose(authorization, api_token, judge)
            if seconds := wait(found.id):
                raise HTTPException(TOO_MANY, headers={"Retry-After": str(seconds)})
            if not comes_in(found, scope):
                raise HTTPException(403)
            return found

        return check

    return guard


def _whose(authorization: str, api_token: str, judge: Judge) -> User:
    """Raises 401 and 404."""
    if api_token and hmac.compare_digest(authorization.encode(), f"Bearer {api_token}".encode()):
        return CONFIGURED
    found = judge(authorization.removeprefix("Bearer ")[:LONGEST_TOKEN])
    if isinstance(found, User):
        return found
    raise _refusal(found, bool(api_token))


def _refusal(verdict: Verdict, there_is_one: bool) -> HTTPException:
    if verdict is Verdict.NO_TOKENS and not there_is_one:
        return HTTPException(404)
    return HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

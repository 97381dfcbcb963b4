"""GET /healthz, /readyz and the guarded /api: for machines, in JSON."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import JSONResponse

from qc_engine.web.console.policy import Scope

# (case, deal, phone), exactly one of them given -> JSON-able story, or None when there is no such case.
Story = Callable[[str | None, int | None, str | None], Mapping[str, Any] | None]
Attention = Callable[[], Mapping[str, Any]]
Status = Callable[[bool], Mapping[str, Any]]  # full: with totals
Ready = Callable[[], Sequence[str]]
LONGEST_TOKEN = 200
Guard = Callable[[Scope | None], Callable[[str], None]]  # of a scope -> a check for FastAPI


class Verdict(Enum):
    """What is known of a token."""

    NO_TOKENS = auto()  # nobody has one
    UNKNOWN = auto()
    MAY_NOT = auto()
    MAY = auto()


Judge = Callable[[str, Scope | None], Verdict]


def no_tokens(token: str, scope: Scope | None) -> Verdict:
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
    router = APIRouter(prefix="/api")

    @router.get("/story", dependencies=[Depends(guard(Scope.STORIES))])
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

    @router.get("/attention", dependencies=[Depends(guard(Scope.ATTENTION))])
    def needs_attention() -> Mapping[str, Any]:
        return attention()

    @router.get("/status", dependencies=[Depends(guard(Scope.STATUS))])
    def how_much_to_do(full: bool = False) -> Mapping[str, Any]:
        return status(full)

    return router


def only_with(api_token: str, judge: Judge = no_tokens) -> Guard:
    """Checks for FastAPI, one for each scope: 404 when there is no token at all, 401 for another one, 403 for
    one that may not do this. The token of the settings may do everything."""

    def guard(scope: Scope | None) -> Callable[[str], None]:
        def check(authorization: Annotated[str, Header()] = "") -> None:
            if api_token and hmac.compare_digest(authorization.encode(), f"Bearer {api_token}".encode()):
                return
            _refuse(judge(authorization.removeprefix("Bearer ")[:LONGEST_TOKEN], scope), bool(api_token))

        return check

    return guard


def _refuse(verdict: Verdict, there_is_one: bool) -> None:
    match verdict:
        case Verdict.MAY:
            return
        case Verdict.MAY_NOT:
            raise HTTPException(403)
        case Verdict.NO_TOKENS if not there_is_one:
            raise HTTPException(404)
        case Verdict.UNKNOWN | Verdict.NO_TOKENS:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

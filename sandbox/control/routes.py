"""The control API under /sandbox/: JSON in and out, errors as {"error": text}."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.chat2desk.account import Account
from sandbox.clock import SandboxClock
from sandbox.control import knobs, people
from sandbox.control.people import BadRequest
from sandbox.control.state import snapshot, tasks_after
from sandbox.sender import Sender

Act = Callable[[Request, dict[str, Any]], dict[str, Any] | None]


def control_routes(portal: Portal, account: Account, clock: SandboxClock, sender: Sender) -> list[Route]:
    """Absolute /sandbox/... paths, without those of the phones."""

    def state(request: Request, _: dict[str, Any]) -> dict[str, Any] | None:
        version = portal.version + account.version
        if request.query_params.get("since") == str(version):
            return None
        return {
            "clock": knobs.clock_state(clock),
            **snapshot(portal, _number(request, "limit")),
            "version": version,
        }

    def set_clock(_: Request, body: dict[str, Any]) -> dict[str, Any]:
        portal.touch()
        return knobs.set_clock(clock, body)

    table: list[tuple[str, str, Act]] = [
        ("GET", "state", state),
        ("GET", "clock", lambda _, __: knobs.clock_state(clock)),
        ("POST", "clock", set_clock),
        ("GET", "pending", lambda _, __: knobs.pending(sender)),
        ("GET", "tasks", lambda request, _: {"tasks": tasks_after(portal, _number(request, "after"))}),
        ("GET", "company", lambda _, __: portal.company.summary()),
        ("POST", "deals", lambda _, body: people.open_orders(portal, account, body)),
        ("POST", "deals/stage", lambda _, body: people.move_deals(portal, body)),
        ("POST", "deals/{id:int}/stage", lambda request, body: people.move_deal(portal, _id(request), body)),
        ("DELETE", "deals/{id:int}", lambda request, _: people.delete_deal(portal, _id(request))),
        (
            "POST",
            "tasks/{id:int}/complete",
            lambda request, body: people.complete_task(portal, _id(request), body),
        ),
        ("GET", "switches", lambda _, __: knobs.switches(portal, account)),
        ("POST", "switches", lambda _, body: knobs.set_switches(portal, account, body)),
        ("POST", "faults", lambda _, body: knobs.add_fault(portal, account, body)),
        ("DELETE", "faults", lambda _, __: knobs.clear_faults(portal, account)),
        ("GET", "ledger", lambda _, __: knobs.ledger(portal, account)),
        ("POST", "hooks", lambda _, body: knobs.set_hooks(portal, account, body)),
        ("POST", "templates", lambda _, body: knobs.add_template(account, body)),
    ]
    return [Route(f"/sandbox/{path}", _endpoint(act), methods=[method]) for method, path, act in table]


def _endpoint(act: Act) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            result = act(request, await _body(request))
        except BadRequest as problem:
            return JSONResponse({"error": str(problem)}, problem.status)
        except Say as no:
            return JSONResponse({"error": no.text}, no.status)
        return Response(status_code=204) if result is None else JSONResponse(result)

    return answer


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise BadRequest("the body is no JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _id(request: Request) -> int:
    return int(request.path_params["id"])


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    return int(text) if text.isdigit() else 0

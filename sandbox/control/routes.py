"""The control API under /sandbox/: JSON in and out, errors as {"error": text}."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.state import save
from sandbox.bitrix24.wire import base_of
from sandbox.clock import SandboxClock
from sandbox.control import access, desk, knobs, people
from sandbox.control.people import BadRequest
from sandbox.control.plants import change_company
from sandbox.control.state import notices_after, snapshot, tasks_after
from sandbox.control.vendors import Vendors
from sandbox.sender import Sender

DOWNLOAD = {"content-disposition": 'attachment; filename="portal.json"'}

Act = Callable[[Request, dict[str, Any]], dict[str, Any] | None]


def control_routes(vendors: Vendors, clock: SandboxClock, sender: Sender) -> list[Route]:
    """Absolute /sandbox/... paths, without those of the channels."""
    portal, account = vendors.portal, vendors.account

    def state(request: Request, _: dict[str, Any]) -> dict[str, Any] | None:
        version = vendors.version
        if request.query_params.get("since") == str(version):
            return None
        return {
            "clock": knobs.clock_state(clock),
            **snapshot(portal, _number(request, "limit")),
            "messenger": account.switches.messenger,
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
        (
            "GET",
            "notifications",
            lambda request, _: {"notifications": notices_after(portal, _number(request, "after"))},
        ),
        ("GET", "save", lambda _, __: save(portal)),  # a browser keeps it as a file
        ("POST", "load", lambda _, body: knobs.load_state(portal, clock, body)),
        ("GET", "company", lambda _, __: portal.company.summary()),
        ("PATCH", "company", lambda _, body: change_company(portal, body)),
        ("GET", "application", lambda _, __: access.overview(portal)),
        (
            "POST",
            "application",
            lambda request, body: access.add_application(portal, body, base_of(request.scope)),
        ),
        ("GET", "deals/{id:int}", lambda request, _: desk.card(portal, _id(request))),
        ("PATCH", "deals/{id:int}", lambda request, body: desk.edit_deal(portal, _id(request), body)),
        ("POST", "deals/{id:int}/comments", lambda request, body: desk.comment(portal, _id(request), body)),
        ("POST", "tasks/{id:int}/reopen", lambda request, body: desk.reopen_task(portal, _id(request), body)),
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
        ("GET", "faults", lambda _, __: {"bitrix24": portal.faults.dump()}),
        ("DELETE", "faults", lambda _, __: knobs.clear_faults(portal, account)),
        ("GET", "ledger", lambda _, __: vendors.ledger()),
        ("POST", "hooks", lambda _, body: knobs.set_hooks(portal, account, body)),
        ("POST", "templates", lambda _, body: knobs.add_template(account, body)),
    ]
    table += [("POST", path, _of_portal(portal, act)) for path, act in access.ACTS.items()]
    return [Route(f"/sandbox/{path}", _endpoint(act), methods=[method]) for method, path, act in table]


def _of_portal(portal: Portal, act: Callable[[Portal, dict[str, Any]], dict[str, Any]]) -> Act:
    return lambda _, body: act(portal, body)


def _endpoint(act: Act) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            result = act(request, await _body(request))
        except BadRequest as problem:
            return JSONResponse({"error": str(problem)}, problem.status)
        except Say as no:
            return JSONResponse({"error": no.text}, no.status)
        headers = DOWNLOAD if request.url.path.endswith("/save") else None
        return Response(status_code=204) if result is None else JSONResponse(result, headers=headers)

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

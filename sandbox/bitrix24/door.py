"""The HTTP door of the portal: who calls which method, limits, faults and the shape of answers."""

import traceback
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from sandbox.bitrix24.applications import said
from sandbox.bitrix24.call import EVERYTHING, Grant
from sandbox.bitrix24.errors import Say, no_such_method
from sandbox.bitrix24.phpform import php_json
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import Timed, commands_of, method_of, run
from sandbox.bitrix24.spoiling import before, spoiled, too_many
from sandbox.bitrix24.wire import Dropped, Reply, drop, moved_to, read_body, read_params, send_reply


class Sleeps(Protocol):
    def sleep(self, seconds: float) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Address:
    """/rest/{user}/{secret}/{method} of a webhook, or /rest/{method} of an application."""

    method: str
    user: str = ""
    secret: str = ""


class Door:
    """An ASGI application for everything under /rest."""

    def __init__(self, portal: Portal, clock: Sleeps) -> None:
        self._portal, self._clock = portal, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._answer(scope, receive)
        except Dropped:
            await drop(scope, receive)
            return
        await send_reply(reply, send, self._clock.sleep)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        portal = self._portal
        body = await read_body(receive)
        portal.ledger.requests += 1
        if elsewhere := moved_to(scope, portal.host):
            portal.ledger.redirected += 1
            return Reply(302, b"", location=elsewhere)
        try:
            self._count(scope, portal.clock.now().timestamp())
            address = read_address(scope["path"])
            return await self._called(address, read_params(scope, body), scope)
        except Say as no:
            return Reply.of(no)

    async def _called(self, address: Address, params: dict[str, Any], scope: Scope) -> Reply:
        portal = self._portal
        if latency := portal.switches["latency_seconds"]:
            await self._clock.sleep(latency)
        fault = portal.faults.strike(_methods(address.method, params)) if portal.faults.planned else None
        if fault is not None and fault.how == "latency":
            await self._clock.sleep(fault.seconds)
        if broken := before(portal, fault):
            return broken
        if portal.switches["https_required"] and scope.get("scheme") != "https":
            raise Say(400, "INVALID_REQUEST", "Https required.")
        user, grant = self._caller(address, params)
        with portal.acting(user, str(params.get("auth_connector") or "")):
            return spoiled(fault, _carried_out(portal, address.method, params, user, grant))

    def _count(self, scope: Scope, now: float) -> None:
        portal = self._portal
        source = (scope.get("client") or ("unknown", 0))[0]
        switches = portal.switches
        if not portal.bucket.admit(source, now, switches["rate_plan"], switches["rejected_counts"]):
            raise too_many(portal)

    def _caller(self, address: Address, params: dict[str, Any]) -> tuple[int, Grant]:
        """In whose name, and what the key opens. Say when nothing does."""
        if address.secret:
            return self._webhook(address)
        return self._application(str(params.get("auth") or params.get("AUTH") or ""))

    def _webhook(self, address: Address) -> tuple[int, Grant]:
        webhooks, user = self._portal.webhooks, int(address.user) if address.user.isdigit() else 0
        if not webhooks.opens(user, address.secret) or not self._works_here(user):
            raise said("INVALID_CREDENTIALS")
        scopes = webhooks.scopes_of(user, address.secret)
        return user, EVERYTHING if scopes is None else Grant(scopes)

    def _application(self, token: str) -> tuple[int, Grant]:
        portal = self._portal
        if not token:
            raise said("NO_AUTH_FOUND")
        access = portal.applications.access.get(token)
        if access is None:
            raise said("invalid_token")
        application = portal.applications.known.get(access.client_id)
        if application is None or not application.installed:
            raise said(portal.switches["removed_application"])
        if access.ends <= portal.clock.now().timestamp():
            raise said("expired_token")
        if not self._works_here(access.user):
            raise said("authorization_error")
        if portal.switches["subscription_ended"]:
            raise said("PAYMENT_REQUIRED")
        return access.user, Grant(frozenset(application.scopes), application.client_id)

    def _works_here(self, user: int) -> bool:
        person = self._portal.company.people.get(user)
        return person is not None and person.active


def read_address(path: str) -> Address:
    """Say when it leads to no method of this REST."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and parts[1] == "api":
        raise no_such_method()
    method = parts[-1].lower().removesuffix(".json")
    if len(parts) == 4:
        return Address(method, parts[1], parts[2])
    if len(parts) == 2:
        return Address(method)
    raise said("NO_AUTH_FOUND")


def _methods(method: str, params: dict[str, Any]) -> set[str]:
    """What a fault may be meant for: a batch is hit by faults of its commands too."""
    if method != "batch":
        return {method}
    return {method, *(method_of(command) for command in commands_of(params).values())}


def _carried_out(portal: Portal, method: str, params: dict[str, Any], user: int, grant: Grant) -> Reply:
    try:
        return Reply(
            200,
            php_json(_envelope(run(portal, method, params, user, grant))),
        )
    except Say as no:
        return Reply.of(no)
    except Exception:  # noqa: BLE001 - whatever breaks inside, a portal answers 500
        traceback.print_exc()
        return Reply.of(said("INTERNAL_SERVER_ERROR"))


def _envelope(timed: Timed) -> dict[str, Any]:
    answer = timed.answer
    body = {"result": answer.result}
    if answer.next is not None:
        body["next"] = answer.next
    if answer.total is not None:
        body["total"] = answer.total
    return {**body, "time": timed.time}

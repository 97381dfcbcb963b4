"""The control routes of the gateways: read the phones, make numbers undeliverable, spend the money."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.sms.hooks import Hooks
from sandbox.sms.network import REASONS, Message, NoSuchPhone, Phone, digits_of
from sandbox.sms.office import Office

Act = Callable[[Office, Hooks, Request], Awaitable[dict[str, Any]]]


class BadRequest(Exception):
    """The text goes to the caller."""


def control_routes(office: Office, hooks: Hooks) -> list[Route]:
    table: list[tuple[str, str, Act]] = [
        ("GET", "/sandbox/sms/phones", phones),
        ("GET", "/sandbox/sms/phones/{digits}", messages),
        ("POST", "/sandbox/sms/phones/{digits}/undeliverable", undeliverable),
        ("GET", "/sandbox/sms/switches", switches),
        ("POST", "/sandbox/sms/switches", set_switches),
        ("POST", "/sandbox/sms/faults", add_fault),
        ("DELETE", "/sandbox/sms/faults", clear_faults),
        ("POST", "/sandbox/sms/hooks", set_hook),
        ("POST", "/sandbox/sms/money", set_money),
        ("GET", "/sandbox/sms/ledger", ledger),
    ]
    return [Route(path, _endpoint(office, hooks, act), methods=[method]) for method, path, act in table]


def _endpoint(office: Office, hooks: Hooks, act: Act) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(await act(office, hooks, request))
        except (BadRequest, ValueError) as problem:
            return JSONResponse({"error": str(problem)}, 400)

    return answer


async def phones(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    """Those that were written to or set, in the order of their first message."""
    return {"phones": [_phone_row(phone) for phone in office.network.phones.values()]}


async def messages(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    """All that was sent to this phone, oldest first; ?arrived=1: what is on its screen, which is read then.

    ?peek=1 looks without reading.
    """
    phone, query = office.network.phones.get(_digits(request)), request.query_params
    if phone is None:
        return {"messages": []}
    if not query.get("arrived"):
        return {"messages": [_message_row(one) for one in phone.messages]}
    if not query.get("peek"):
        office.network.look(phone)
    return {"messages": [_message_row(one) for one in phone.screen]}


async def undeliverable(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    """{"why": one of REASONS, "" for a phone that works, "at_once": refused by the gateway itself}."""
    fields = await _body(request)
    why, at_once = fields.get("why", REASONS[0]), fields.get("at_once", False)
    if why not in ("", *REASONS) or not isinstance(at_once, bool):
        raise BadRequest(f"why must be one of {', '.join(REASONS)} or empty, at_once true or false")
    phone = _phone(office, request)
    phone.fails, phone.refuses = why, at_once and bool(why)
    return _phone_row(phone)


async def switches(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    return office.switches.all()


async def set_switches(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    for name, value in (await _body(request)).items():
        try:
            office.switches.set(name, value)
        except KeyError:
            raise BadRequest(f"unknown switch {name}") from None
    return office.switches.all()


async def add_fault(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    """{"match": "/sys/send.php", "how": "done_no_answer", "times": 1, "skip": 0}."""
    office.faults.add(await _body(request))
    return {"added": 1}


async def clear_faults(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    office.faults.clear()
    return {"cleared": True}


async def set_hook(_: Office, hooks: Hooks, request: Request) -> dict[str, Any]:
    """{"gateway": "smsc", "url": "http://…", "secret": "…"}; an empty url takes it away."""
    fields = await _body(request)
    hooks.set(str(fields.get("gateway", "")), fields if fields.get("url") else None)
    return {"set": bool(fields.get("url"))}


async def set_money(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    """{"left": 12.5} on both accounts together."""
    left = (await _body(request)).get("left")
    if not isinstance(left, int | float) or isinstance(left, bool):
        raise BadRequest("left must be a number")
    office.money = float(left)
    return {"left": office.money}


async def ledger(office: Office, _: Hooks, request: Request) -> dict[str, Any]:
    return ledger_of(office)


def ledger_of(office: Office) -> dict[str, Any]:
    """Counters since the start: by_phone counts what arrived."""
    by_phone: dict[str, int] = {}
    for one in office.network.arrived():
        by_phone[one.phone] = by_phone.get(one.phone, 0) + 1
    tally = office.tally
    return {
        "requests": tally.requests,
        "accepted": tally.accepted,
        "parts": tally.parts,
        "by_phone": by_phone,
        "money": round(office.money, 2),
    }


def _phone_row(phone: Phone) -> dict[str, Any]:
    return {
        "phone": phone.digits,
        "messages": len(phone.messages),
        "last_text": phone.messages[-1].text if phone.messages else "",
        "last_at": phone.messages[-1].at.isoformat() if phone.messages else None,
        "unread": phone.unread,
        "undeliverable": phone.fails,
        "at_once": phone.refuses,
    }


def _message_row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "gateway": message.gateway,
        "at": message.at.isoformat(),
        "text": message.text,
        "sender": message.sender,
        "parts": message.parts,
        "state": message.state,
    }


def _digits(request: Request) -> str:
    return digits_of(request.path_params["digits"])


def _phone(office: Office, request: Request) -> Phone:
    try:
        return office.network.at(_digits(request))
    except NoSuchPhone:
        raise BadRequest("a phone has 10 to 15 digits") from None


async def _body(request: Request) -> dict[str, Any]:
    try:
        fields = await request.json() if await request.body() else {}
    except ValueError:
        raise BadRequest("body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("body is not a JSON object")
    return fields

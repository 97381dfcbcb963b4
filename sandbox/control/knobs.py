"""The sandbox's own controls: its time, its switches, its faults, its webhooks, its ledgers."""

from datetime import UTC, datetime
from typing import Any

from sandbox.bitrix24.events import Hook
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.state import CannotLoad, load
from sandbox.chat2desk.account import Account
from sandbox.chat2desk.hooks import TooManyHooks
from sandbox.clock import SandboxClock
from sandbox.control.people import BadRequest
from sandbox.sender import Sender


def clock_state(clock: SandboxClock) -> dict[str, Any]:
    return {"now": clock.now().isoformat(), "rate": clock.rate}


def set_clock(clock: SandboxClock, body: dict[str, Any]) -> dict[str, Any]:
    """Any of jump_seconds, to (ISO with offset), rate."""
    try:
        if "rate" in body:
            clock.set_rate(float(body["rate"]))
        if "jump_seconds" in body:
            clock.jump(float(body["jump_seconds"]))
        if "to" in body:
            clock.jump(_moment(body["to"]).timestamp() - clock.timestamp())
    except (TypeError, ValueError, OverflowError) as problem:
        raise BadRequest(str(problem)) from None
    return clock_state(clock)


def pending(sender: Sender) -> dict[str, Any]:
    """Webhooks that are due or under way now, and when the next one is planned (ISO, null: none)."""
    now, later = sender.pending()
    return {"now": now, "next_at": datetime.fromtimestamp(later, UTC).isoformat() if later else None}


def switches(portal: Portal, account: Account) -> dict[str, Any]:
    """Both vendors' switches by name; the names differ."""
    return {**portal.switches.all(), **account.switches.all()}


def set_switches(portal: Portal, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    known = switches(portal, account)
    if unknown := [name for name in body if name not in known]:
        raise BadRequest(f"unknown switch {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    ours = portal.switches.all()
    try:
        for name, value in body.items():
            (portal.switches if name in ours else account.switches).set(name, value)
    except ValueError as problem:
        raise BadRequest(str(problem)) from None
    portal.touch()
    return switches(portal, account)


def add_fault(portal: Portal, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    vendors: dict[str, Any] = {"bitrix24": portal.faults, "chat2desk": account.faults}
    faults = vendors.get(str(body.get("vendor")))
    if faults is None:
        raise BadRequest(f"vendor is one of {', '.join(vendors)}")
    try:
        faults.add({name: value for name, value in body.items() if name != "vendor"})
    except (ValueError, TypeError) as problem:
        raise BadRequest(str(problem)) from None
    return {"added": 1}


def clear_faults(portal: Portal, account: Account) -> dict[str, Any]:
    portal.faults.clear()
    account.faults.clear()
    return {"cleared": True}


def set_hooks(portal: Portal, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """A vendor that is not named keeps its webhook; null switches it off."""
    try:
        if "bitrix24" in body:
            portal.events.hook = Hook.read(body["bitrix24"]) if body["bitrix24"] is not None else None
        if "chat2desk" in body:
            account.set_hook(body["chat2desk"])
    except (ValueError, AttributeError, TooManyHooks) as problem:
        raise BadRequest(str(problem)) from None
    return {"set": sorted({"bitrix24", "chat2desk"} & set(body))}


def load_state(portal: Portal, clock: SandboxClock, body: dict[str, Any]) -> dict[str, Any]:
    """What GET /sandbox/save gave; the clock goes forward to that moment, never back."""
    try:
        clock.forward_to(load(portal, body))
    except CannotLoad as problem:
        raise BadRequest(str(problem)) from None
    return {"loaded": len(portal.deals.shelf), **clock_state(clock)}


def add_template(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    if not all(isinstance(body.get(name), str) for name in ("name", "language", "body")):
        raise BadRequest("a template has a name, a language and a body")
    account.add_template(body["name"], body["language"], body["body"])
    return {"added": body["name"]}


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset, like 2026-03-02T09:00:00+05:00")
    return moment

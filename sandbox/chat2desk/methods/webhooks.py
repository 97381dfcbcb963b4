"""Methods that register webhooks and show how they fare."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.hooks import EVENTS, MOST_HOOKS, Hook, TooManyHooks

_OFF_WORDS = {"disable", "disabled", "inactive", "off", "false", "0"}


def find(desk: Desk, call: Call) -> dict[str, Any]:
    page, hooks = page_of(call), desk.hooks.all()
    items = [_item(desk, hook) for hook in hooks[page.offset :][: page.limit]]
    if desk.switches.webhook_errors_inside:
        return listed(items, len(hooks), page)
    return {**listed(items, len(hooks), page), "errors": [error for hook in hooks for error in _errors(hook)]}


def get(desk: Desk, call: Call) -> dict[str, Any]:
    hook = _hook(desk, call)
    desk.hooks.is_on(hook)
    return {**single(_item(desk, hook)), "errors": _errors(hook)}


def _hook(desk: Desk, call: Call) -> Hook:
    hook = desk.hooks.get(call.id)
    if hook is None:
        raise not_found("webhook")
    return hook


def _item(desk: Desk, hook: Hook) -> dict[str, Any]:
    switches = desk.switches
    return {
        "id": hook.id,
        "url": hook.url,
        "name": hook.name,
        "events": [event for event in EVENTS if event in hook.events],
        "channels": sorted(hook.channels),
        "status": switches.status_word_on if hook.active else switches.status_word_off,
        **({"errors": _errors(hook)} if switches.webhook_errors_inside else {}),
    }


def _errors(hook: Hook) -> list[dict[str, Any]]:
    return [
        {"webhook_id": hook.id, **error, "created": shapes.rest_time(error["created"])}
        for error in hook.errors
    ]


def create(desk: Desk, call: Call) -> dict[str, Any]:
    url, events = call.text("url"), _events(call)
    if url is None:
        raise invalid("url", "can't be blank")
    if not events:
        raise invalid("events", "can't be blank")
    try:
        hook = desk.hooks.register(url, call.text("name") or "", events, call.integers("channels"))
    except TooManyHooks:
        raise invalid("webhook", f"can't be more than {MOST_HOOKS}") from None
    desk.changed()
    return single(_item(desk, hook))


def _events(call: Call) -> list[str]:
    events = [str(event) for event in call.many("events")]
    unknown = sorted(set(events) - set(EVENTS))
    if unknown:
        raise invalid("events", f"unknown: {', '.join(unknown)}")
    return events


def change(desk: Desk, call: Call) -> dict[str, Any]:
    """Changes what is given; an empty url deletes, a status switches on or off."""
    hook = _hook(desk, call)
    if call.has("url") and call.text("url") is None:
        return delete(desk, call)
    hook.url = call.text("url") or hook.url
    hook.name = call.text("name") or hook.name
    hook.events = frozenset(_events(call)) or hook.events
    if call.has("channels"):
        hook.channels = frozenset(call.integers("channels"))
    status = call.text("status")
    if status is not None:
        off = status.lower() in _OFF_WORDS | {desk.switches.status_word_off.lower()}
        desk.hooks.switch(hook, on=not off)
    desk.changed()
    return single(_item(desk, hook))


def delete(desk: Desk, call: Call) -> dict[str, Any]:
    desk.hooks.remove(_hook(desk, call).id)
    desk.changed()
    return {"status": "success"}


METHODS = {
    "GET /v1/webhooks": find,
    "POST /v1/webhooks": create,
    "GET /v1/webhooks/{id}": get,
    "PUT /v1/webhooks/{id}": change,
    "DELETE /v1/webhooks/{id}": delete,
}

"""Methods about the account itself: its counters and channels."""

from collections.abc import Sequence
from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.hooks import EVENTS, MOST_HOOKS, TooManyHooks

LEGACY, LEGACY_CLOSE = "web_hook", "chat_close_web_hook"


def api_info(desk: Desk, call: Call) -> dict[str, Any]:
    return single(
        {
            "mode": desk.mode,
            "hook": _address(desk, LEGACY),
            "chat_close_web_hook": _address(desk, LEGACY_CLOSE),
            "current_version": 1,
            "requests_this_month": desk.tally.requests_this_month,
            "channels": len(desk.books.channels),
            "company_name": "Sandbox",
        }
    )


def _address(desk: Desk, name: str) -> str | None:
    return next((hook.url for hook in desk.hooks.all() if hook.name == name), None)


def set_hook(desk: Desk, call: Call) -> dict[str, Any]:
    """The one webhook that old clients know; an empty url takes it away."""
    return _set(desk, call, LEGACY, EVENTS)


def set_close_hook(desk: Desk, call: Call) -> dict[str, Any]:
    return _set(desk, call, LEGACY_CLOSE, ("close_dialog",))


def _set(desk: Desk, call: Call, name: str, events: Sequence[str]) -> dict[str, Any]:
    for hook in [hook for hook in desk.hooks.all() if hook.name == name]:
        desk.hooks.remove(hook.id)
    if url := call.text("url"):
        try:
            desk.hooks.register(url, name, events)
        except TooManyHooks:
            raise invalid("webhook", f"can't be more than {MOST_HOOKS}") from None
    desk.changed()
    return {"status": "success"}


def channels(desk: Desk, call: Call) -> dict[str, Any]:
    phone, page = call.text("phone"), page_of(call)
    found = [item for item in desk.books.channels.values() if phone in {None, item.phone}]
    shown = found[page.offset :][: page.limit]
    return listed([shapes.channel_item(item, desk.switches.transport) for item in shown], len(found), page)


def channel(desk: Desk, call: Call) -> dict[str, Any]:
    found = desk.books.channels.get(call.id)
    if found is None:
        raise not_found("channel")
    return single(shapes.channel_item(found, desk.switches.transport))


def whatsapp_templates(desk: Desk, call: Call) -> dict[str, Any]:
    """What no page of the vendor names: it is there only by the switch `template_list`."""
    page, rows = page_of(call), desk.templates.rows()
    return listed(rows[page.offset :][: page.limit], len(rows), page)


METHODS = {
    "GET /v1/companies/api_info": api_info,
    "POST /v1/companies/web_hook": set_hook,
    "POST /v1/companies/chat_close_web_hook": set_close_hook,
    "GET /v1/channels": channels,
    "GET /v1/channels/{id}": channel,
}

"""Methods about the account itself: its counters, channels and operators."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk


def api_info(desk: Desk, call: Call) -> dict[str, Any]:
    return single(
        {
            "mode": "full",
            "hook": None,
            "chat_close_web_hook": None,
            "current_version": 1,
            "requests_this_month": desk.tally.requests_this_month,
            "channels": len(desk.books.channels),
            "company_name": "Sandbox",
        }
    )


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


def operators(desk: Desk, call: Call) -> dict[str, Any]:
    email, page = call.text("email"), page_of(call)
    found = [item for item in desk.books.operators.values() if email in {None, item.email}]
    shown = found[page.offset :][: page.limit]
    count = desk.books.open_dialog_count
    return listed([shapes.operator_item(item, count(item.id)) for item in shown], len(found), page)


METHODS = {
    "GET /v1/companies/api_info": api_info,
    "GET /v1/channels": channels,
    "GET /v1/channels/{id}": channel,
    "GET /v1/operators": operators,
}

"""Methods about dialogs and requests."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.methods.clients import client_of
from sandbox.chat2desk.model import Dialog, Request


def find(desk: Desk, call: Call) -> dict[str, Any]:
    page, state, operator_id = page_of(call), call.text("state"), call.integer("operator_id")
    known = desk.books.open_dialogs if state == "open" else desk.books.dialogs
    found = [
        dialog
        for dialog in known.values()
        if state in {None, dialog.state} and operator_id in {None, dialog.operator_id}
    ]
    shown = found[::-1] if page.newest_first else found
    items = [shapes.dialog_item(dialog) for dialog in shown[page.offset :][: page.limit]]
    return listed(items, len(found), page)


def get(desk: Desk, call: Call) -> dict[str, Any]:
    return single(shapes.dialog_item(_dialog(desk, call)))


def _dialog(desk: Desk, call: Call) -> Dialog:
    dialog = desk.books.dialogs.get(call.id)
    if dialog is None:
        raise not_found("dialog")
    return dialog


def change(desk: Desk, call: Call) -> dict[str, Any]:
    """Hands the dialog to operator_id, opens or closes it by state."""
    dialog, state, operator_id = _dialog(desk, call), call.text("state"), call.integer("operator_id")
    if state not in {None, "open", "closed"}:
        raise invalid("state", "must be open or closed")
    if operator_id is not None:
        if operator_id not in desk.books.operators:
            raise invalid("operator_id", "is unknown")
        desk.transfer_dialog(dialog, operator_id)
    if state == "closed":
        desk.close_dialog(dialog)
    elif state == "open":
        desk.reopen_dialog(dialog)
    return single(shapes.dialog_item(dialog))


def close_request(desk: Desk, call: Call) -> dict[str, Any]:
    """By request_id, or the open one of client_id."""
    request_id, client_id = call.integer("request_id"), call.integer("client_id")
    if request_id is not None:
        request = desk.books.requests.get(request_id)
    elif client_id is not None:
        request = client_of(desk, client_id).request
    else:
        raise invalid("request_id", "can't be blank")
    if request is None:
        raise not_found("request")
    desk.close_request(request)
    return {"status": "success"}


def unanswered(desk: Desk, call: Call) -> dict[str, Any]:
    """Open dialogs in which the client spoke last."""
    page = page_of(call)
    found = [
        dialog
        for dialog in desk.books.open_dialogs.values()
        if dialog.last_message is not None and dialog.last_message.type == "from_client"
    ]
    items = [shapes.dialog_item(dialog) for dialog in found[page.offset :][: page.limit]]
    return listed(items, len(found), page)


def request(desk: Desk, call: Call) -> dict[str, Any]:
    return single(shapes.request_item(_request(desk, call)))


def request_messages(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """The one list without an envelope, with times in Unix seconds."""
    wanted = _request(desk, call)
    return [
        shapes.message_item(one) | {"created": int(one.created.timestamp())}
        for one in wanted.client.messages
        if one.request_id == wanted.id
    ]


def _request(desk: Desk, call: Call) -> Request:
    found = desk.books.requests.get(call.id)
    if found is None:
        raise not_found("request")
    return found


METHODS = {
    "GET /v1/dialogs/unanswered": unanswered,
    "GET /v1/requests/{id}": request,
    "GET /v1/requests/{id}/messages": request_messages,
    "GET /v1/dialogs": find,
    "GET /v1/dialogs/{id}": get,
    "PUT /v1/dialogs/{id}": change,
    "PUT /v1/requests/close": close_request,
}

"""event.offline.*: what waits for an application until it fetches it."""

import secrets
from typing import Any

from sandbox.bitrix24.bindings import Waiting
from sandbox.bitrix24.call import PAGE, Answer, Call, Method, listed, page
from sandbox.bitrix24.contexts import application_of
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.rights import is_admin
from sandbox.bitrix24.values import truth


def get(call: Call) -> Answer:
    """Fetches and removes; with clear=0 it reserves under a process id (event.offline.get page)."""
    rows = [row for row in _queue(call) if _is_free(row, call)]
    rows = _fitting(call, rows)[: call.number("limit") or PAGE]
    if truth(call.get("clear", 1)):
        call.portal.events.offline.drop(rows)
        return Answer({"process_id": None, "events": [_shown_row(call, row) for row in rows]})
    process = str(call.get("process_id") or secrets.token_hex(16))
    call.portal.events.offline.take(rows, process)
    return Answer({"process_id": process, "events": [_shown_row(call, row) for row in rows]})


def clear(call: Call) -> Answer:
    call.portal.events.offline.drop(_named(call, "id") if "id" in call.params else _named(call, "message_id"))
    return Answer(True)


def error(call: Call) -> Answer:
    """Marks what could not be processed."""
    for row in _named(call, "message_id"):
        row.error = True
    return Answer(True)


def list_(call: Call) -> Answer:
    """Looks without taking."""
    rows = _fitting(call, _queue(call))
    here, total, following = page(rows, call.start)
    shown = [
        {**_shown_row(call, row), "PROCESS_ID": row.process or None, "ERROR": int(row.error)} for row in here
    ]
    return Answer(shown, total, following)


def _queue(call: Call) -> list[Waiting]:
    application = application_of(call)
    if not is_admin(call.portal, call.by):
        raise Say(403, "ACCESS_DENIED", "Access denied!")
    return call.portal.events.offline.of(application.client_id, str(call.get("auth_connector") or ""))


def _is_free(row: Waiting, call: Call) -> bool:
    """What nobody has taken, or what this process has (again)."""
    wanted = str(call.get("process_id") or "")
    if truth(call.get("error", 0)):
        return row.error
    return row.process == wanted


def _fitting(call: Call, rows: list[Waiting]) -> list[Waiting]:
    wanted = {str(name).upper().lstrip("="): value for name, value in call.table("filter").items()}
    for name, value in wanted.items():
        rows = [row for row in rows if _field(row, name) in map(str, listed(value))]
    order = call.table("order")
    if str(next(iter(order.values()), "ASC")).upper() == "DESC":
        rows = rows[::-1]
    return rows


def _field(row: Waiting, name: str) -> str:
    known = {"ID": row.id, "MESSAGE_ID": row.id, "EVENT_NAME": row.event, "PROCESS_ID": row.process}
    return str(known.get(name, ""))


def _named(call: Call, name: str) -> list[Waiting]:
    """Rows of this process, all of them or those named."""
    process = str(call.get("process_id") or "")
    rows = [row for row in _queue(call) if process and row.process == process]
    if name not in call.params:
        return rows
    wanted = set(map(str, listed(call.get(name))))
    return [row for row in rows if str(row.id) in wanted]


def _shown_row(call: Call, row: Waiting) -> dict[str, Any]:
    told = call.portal.switches["offline_event_data"] == "fields"
    return {
        "ID": str(row.id),
        "TIMESTAMP_X": row.at.isoformat(timespec="seconds"),
        "EVENT_NAME": row.event,
        "EVENT_DATA": row.data if told else False,
        "EVENT_ADDITIONAL": False,
        "MESSAGE_ID": str(row.id),
    }


METHODS: dict[str, Method] = {
    "event.offline.get": get,
    "event.offline.list": list_,
    "event.offline.clear": clear,
    "event.offline.error": error,
}

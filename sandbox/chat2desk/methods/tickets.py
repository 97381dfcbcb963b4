"""Tickets of the account, and codes read out of pictures: nothing that a survey needs, but they are there."""

from typing import Any

from sandbox.chat2desk import news, shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk

Json = dict[str, Any]
FIELDS = ("title", "description", "reporter_id", "assignee_id", "status", "client_id")


def find(desk: Desk, call: Call) -> Json:
    page, rows = page_of(call), list(desk.books.tickets.values())
    return listed(rows[page.offset :][: page.limit], len(rows), page)


def get(desk: Desk, call: Call) -> Json:
    return single(_ticket(desk, call))


def create(desk: Desk, call: Call) -> Json:
    if call.text("title") is None:
        raise invalid("title", "can't be blank")
    number = max(desk.books.tickets, default=0) + 1
    given = {name: call.fields.get(name) for name in FIELDS}
    ticket = {"id": number, **given, "created": shapes.rest_time(desk.clock.now())}
    desk.books.tickets[number] = ticket
    return _told(desk, "new_ticket", ticket)


def change(desk: Desk, call: Call) -> Json:
    ticket = _ticket(desk, call)
    ticket.update({name: call.fields[name] for name in FIELDS if call.has(name)})
    return _told(desk, "ticket_updated", ticket)


def delete(desk: Desk, call: Call) -> Json:
    return _told(desk, "ticket_deleted", desk.books.tickets.pop(_ticket(desk, call)["id"]))


def decode(desk: Desk, call: Call) -> Json:
    """What the picture says is what its address ends with: nobody here looks at pictures."""
    if (url := call.text("url")) is None:
        raise invalid("url", "can't be blank")
    return single({"text": url.rpartition("/")[2]})


def _told(desk: Desk, hook_type: str, ticket: Json) -> Json:
    desk.hooks.emit(news.ticket_event(hook_type, dict(ticket)))
    desk.changed()
    return single(ticket)


def _ticket(desk: Desk, call: Call) -> Json:
    found = desk.books.tickets.get(call.id)
    if found is None:
        raise not_found("ticket")
    return found


METHODS = {
    "GET /v1/tickets": find,
    "POST /v1/tickets": create,
    "GET /v1/tickets/{id}": get,
    "PUT /v1/tickets/{id}": change,
    "DELETE /v1/tickets/{id}": delete,
    "POST /v1/qr-decode": decode,
}

"""Methods about the people at the account."""

from typing import Any

from sandbox.chat2desk import shapes
from sandbox.chat2desk.call import Call, invalid, listed, not_found, page_of, single
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Operator

Json = dict[str, Any]
ROLES = ("unconfirmed", "operator", "supervisor", "admin", "disabled", "deleted")
RIGHTS = ("dialogs", "clients", "statistics", "settings")


def find(desk: Desk, call: Call) -> Json:
    page = page_of(call)
    found = [one for one in desk.books.operators.values() if _fits(one, call)]
    shown = found[page.offset :][: page.limit]
    return listed([_item(desk, one) for one in shown], len(found), page)


def _fits(operator: Operator, call: Call) -> bool:
    asked = {name: call.text(name) for name in ("email", "phone", "online", "status_id")}
    return all(value in (None, str(getattr(operator, name))) for name, value in asked.items())


def _item(desk: Desk, operator: Operator) -> Json:
    return shapes.operator_item(operator, desk.books.open_dialog_count(operator.id))


def create(desk: Desk, call: Call) -> Json:
    email, role = call.text("email"), call.text("role") or "operator"
    if email is None or "@" not in email:
        raise invalid("email", "is no address")
    if role not in ROLES:
        raise invalid("role", "is unknown")
    number = max(desk.books.operators) + 1
    first, last = call.text("first_name") or "", call.text("last_name") or ""
    operator = Operator(number, email, first, last, role, call.text("phone"))
    desk.books.operators[number] = operator
    desk.changed()
    return single(_item(desk, operator))


def change(desk: Desk, call: Call) -> Json:
    """Also the status alone: the vendor's clients write it here and under /operators/statuses."""
    operator = desk.books.operators.get(call.id)
    if operator is None:
        raise not_found("operator")
    if (role := call.text("role")) and role not in ROLES:
        raise invalid("role", "is unknown")
    for name in ("email", "first_name", "last_name", "role", "phone", "external_id"):
        if call.has(name):
            setattr(operator, name, call.text(name))
    if call.has("status_id"):
        operator.status_id = call.integer("status_id")
    desk.changed()
    return single(_item(desk, operator))


def set_status(desk: Desk, call: Call) -> Json:
    if call.integer("status_id") is None:
        raise invalid("status_id", "can't be blank")
    change(desk, call)
    return {"status": "success"}


def rights(desk: Desk, call: Call) -> Json:
    page = page_of(call)
    rows = [{"id": number, "name": name} for number, name in enumerate(RIGHTS, 1)]
    return listed(rows[page.offset :][: page.limit], len(rows), page)


METHODS = {
    "GET /v1/operators": find,
    "POST /v1/operators": create,
    "PUT /v1/operators/{id}": change,
    "PUT /v1/operators/statuses/{id}": set_status,
    "GET /v1/access_rights": rights,
}

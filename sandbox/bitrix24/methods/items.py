"""crm.item.*: the universal family for deals (entityTypeId 2), contacts (3) and companies (4)."""

from typing import Any

from sandbox.bitrix24 import contacts, deals
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.contacts import Book
from sandbox.bitrix24.errors import Say, not_found
from sandbox.bitrix24.items import CAMEL, ORIGINAL, Items, Row
from sandbox.bitrix24.methods.describing import described
from sandbox.bitrix24.methods.item_list import select_rows, selected
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.rights import denied, is_admin, may, no_move, sees_item
from sandbox.bitrix24.values import truth

DEAL, CONTACT, COMPANY = 2, 3, 4


def get(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    return Answer({"item": _full(call, items, row)})


def list_(call: Call) -> Answer:
    items, style = _items(call), _style(call)
    columns = items.columns(style)
    own = {name for name, column in columns.items() if column.is_user_field}
    names = list(dict.fromkeys(("id", *selected(call.get("select"), list(columns), own))))
    book = book_of(call.portal, items.type_id)
    # select * is the only way to phones in a list (crm.item.list page).
    with_phones = book is not None and "*" in (call.get("select") or ["*"])

    def show(row: Row) -> Row:
        part = items.present(row, style, names)
        return {**part, "fm": book.entries[row["id"]]} if book and with_phones else part

    return select_rows(call, items, style, lambda rows: {"items": rows}, show)


def add(call: Call) -> Answer:
    items = _items(call)
    wanted = items.read(call.get("fields"), _style(call), PORTAL_ZONE)
    if not may(call.portal, call.by, "add"):
        raise denied(call.portal)
    book = book_of(call.portal, items.type_id)
    if book:
        row = contacts.create(call.portal, wanted, _entries(call), call.by, book)
    else:
        row = deals.create(call.portal, wanted, call.by)
        call.portal.ledger.deals_created.append({"id": row["id"], "origin_id": row["originId"]})
    return Answer({"item": _full(call, items, row)})


def update(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    wanted = items.read(call.get("fields"), _style(call), PORTAL_ZONE)
    if not may(call.portal, call.by, "change"):
        raise denied(call.portal)
    book = book_of(call.portal, items.type_id)
    if book:
        contacts.update(call.portal, row, wanted, _entries(call), call.by, book)
    else:
        check_move(call, row, wanted)
        deals.update(call.portal, row, wanted, call.by)
    return Answer({"item": _full(call, items, row)})


def delete(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    if not may(call.portal, call.by, "delete"):
        raise denied(call.portal)
    book = book_of(call.portal, items.type_id)
    if book:
        contacts.delete(call.portal, row, book)
    else:
        deals.delete(call.portal, row)
    return Answer([])


def fields(call: Call) -> Answer:
    items, style = _items(call), _style(call)
    return Answer({"fields": described(call.portal, items, style)})


def book_of(portal: Portal, type_id: int) -> Book | None:
    """Contacts and companies have phone numbers; deals have none."""
    if type_id == CONTACT:
        return contacts.contact_book(portal)
    return contacts.company_book(portal) if type_id == COMPANY else None


def check_move(call: Call, row: Row, wanted: Row) -> None:
    """Say when this person may not change the stage, or would move the deal where he sees nothing."""
    if is_admin(call.portal, call.by):
        return
    changes = deals.changes_of(call.portal, row, wanted)
    if "stageId" in changes or "categoryId" in changes:
        if not may(call.portal, call.by, "move"):
            raise no_move()
        after = {**row, "categoryId": changes.get("categoryId", row["categoryId"])}
        if not sees_item(call.portal, after, call.by):
            raise denied(call.portal)


def _full(call: Call, items: Items, row: Row) -> Row:
    shown = items.present(row, _style(call))
    book = book_of(call.portal, items.type_id)
    if book is None:
        return shown
    entries = book.entries[row["id"]]
    flat = contacts.flat(entries) if call.portal.switches["contact_flat_phones"] else {}
    return {**shown, **flat, "fm": entries}


def _entries(call: Call) -> list[Row]:
    fm: Any = call.table("fields").get("fm")
    return contacts.entries_of(fm)


def _items(call: Call) -> Items:
    portal, type_id = call.portal, call.number("entityTypeId") or 0
    person = portal.company.people.get(call.by)
    if person is not None and person.user_type == "extranet":
        raise Say(403, "allowed_only_intranet_user", "Действие разрешено только интранет-пользователям")
    if type_id == DEAL:
        return portal.deals
    book = book_of(portal, type_id)
    if book is None:
        raise not_found()
    return book.items


def _row(call: Call) -> Row:
    row = _items(call).get(call.get("id"))
    if row is None:
        raise not_found()
    if not sees_item(call.portal, row, call.by):
        raise denied(call.portal)
    return row


def _style(call: Call) -> str:
    known = call.portal.switches["original_uf_names"]
    return ORIGINAL if known and truth(call.get("useOriginalUfNames")) else CAMEL


METHODS: dict[str, Method] = {
    "crm.item.get": get,
    "crm.item.list": list_,
    "crm.item.add": add,
    "crm.item.update": update,
    "crm.item.delete": delete,
    "crm.item.fields": fields,
}

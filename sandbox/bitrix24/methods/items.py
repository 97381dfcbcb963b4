"""crm.item.*: the universal family for deals (entityTypeId 2) and contacts (3)."""

from typing import Any

from sandbox.bitrix24 import contacts, deals
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.errors import not_found
from sandbox.bitrix24.items import CAMEL, ORIGINAL, Column, Items, Row
from sandbox.bitrix24.methods.item_list import select_rows, selected
from sandbox.bitrix24.portal import PORTAL_ZONE
from sandbox.bitrix24.values import truth

DEAL, CONTACT = 2, 3


def get(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    return Answer({"item": _full(call, items, row)})


def list_(call: Call) -> Answer:
    items, style = _items(call), _style(call)
    columns = items.columns(style)
    own = {name for name, column in columns.items() if column.is_user_field}
    names = selected(call.get("select"), list(columns), own)
    # select * is the only way to phones in a list (crm.item.list page).
    with_phones = items.type_id == CONTACT and "*" in (call.get("select") or ["*"])

    def show(row: Row) -> Row:
        shown = items.present(row, style)
        part = {name: shown[name] for name in ("id", *names)}
        return {**part, "fm": call.portal.phones[row["id"]]} if with_phones else part

    return select_rows(call, items, style, lambda rows: {"items": rows}, show)


def add(call: Call) -> Answer:
    items = _items(call)
    wanted = items.read(call.get("fields"), _style(call), PORTAL_ZONE)
    if items.type_id == CONTACT:
        entries = contacts.entries_of(call.get("fields").get("fm"))
        row = contacts.create(call.portal, wanted, entries, call.by)
    else:
        row = deals.create(call.portal, wanted, call.by)
        call.portal.ledger.deals_created.append({"id": row["id"], "origin_id": row["originId"]})
    return Answer({"item": _full(call, items, row)})


def update(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    wanted = items.read(call.get("fields"), _style(call), PORTAL_ZONE)
    if items.type_id == CONTACT:
        entries = contacts.entries_of(call.get("fields").get("fm"))
        contacts.update(call.portal, row, wanted, entries, call.by)
    else:
        deals.update(call.portal, row, wanted, call.by)
    return Answer({"item": _full(call, items, row)})


def delete(call: Call) -> Answer:
    items, row = _items(call), _row(call)
    (contacts if items.type_id == CONTACT else deals).delete(call.portal, row)
    return Answer([])


def fields(call: Call) -> Answer:
    items, style = _items(call), _style(call)
    return Answer(
        {"fields": {name: _described(items, column) for name, column in items.columns(style).items()}}
    )


def _described(items: Items, column: Column) -> dict[str, Any]:
    standard = items.fields.get(column.stored)
    row: dict[str, Any] = {
        "type": column.kind,
        "isRequired": False,
        "isReadOnly": not column.writable,
        "isImmutable": False,
        "isMultiple": column.many,
        "isDynamic": column.is_user_field,
        "title": column.title,
        "upperName": standard.upper if standard else column.stored,
    }
    if not standard and items.user_fields[column.stored].choices:
        choices = items.user_fields[column.stored].choices
        row["items"] = [{"ID": choice["ID"], "VALUE": choice["VALUE"]} for choice in choices]
    return row


def _full(call: Call, items: Items, row: Row) -> Row:
    shown = items.present(row, _style(call))
    if items.type_id != CONTACT:
        return shown
    entries = call.portal.phones[row["id"]]
    flat = contacts.flat(entries) if call.portal.switches["contact_flat_phones"] else {}
    return {**shown, **flat, "fm": entries}


def _items(call: Call) -> Items:
    items = {DEAL: call.portal.deals, CONTACT: call.portal.contacts}.get(call.number("entityTypeId") or 0)
    if items is None:
        raise not_found()
    return items


def _row(call: Call) -> Row:
    row = _items(call).get(call.get("id"))
    if row is None:
        raise not_found()
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

"""crm.deal.*, crm.contact.* and crm.company.*: the older family, upper-case names, strings for everything."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.bitrix24 import contacts, deals
from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.columns import Column
from sandbox.bitrix24.contacts import Book
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.items import LEGACY, Items, Row
from sandbox.bitrix24.methods.describing import described
from sandbox.bitrix24.methods.item_list import select_rows, selected
from sandbox.bitrix24.methods.items import check_move
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.rights import may, sees_item

MONEY = ("opportunity", "taxValue")


def deal_get(call: Call) -> Answer:
    return Answer(_shown(call.portal, call.portal.deals, deal_of(call)))


def deal_list(call: Call) -> Answer:
    return _list(call, call.portal.deals, None)


def deal_add(call: Call) -> Answer:
    wanted = _wanted(call, call.portal.deals)
    check_right(call, "add")
    row = deals.create(call.portal, wanted, call.by)
    call.portal.ledger.deals_created.append({"id": row["id"], "origin_id": row["originId"]})
    return Answer(row["id"])


def deal_update(call: Call) -> Answer:
    row = deal_of(call)
    wanted = _wanted(call, call.portal.deals)
    check_right(call, "change")
    # This family cannot move a deal to another pipeline: the stage silently stays (deals/index.md).
    wanted.pop("categoryId", None)
    stage = call.portal.company.stages.get(wanted.get("stageId", ""))
    if "stageId" in wanted and (stage is None or stage.pipeline != row["categoryId"]):
        del wanted["stageId"]
    check_move(call, row, wanted)
    try:
        deals.update(call.portal, row, wanted, call.by)
    except Say as no:
        raise legacy(no.text) from None
    return Answer(True)


def deal_delete(call: Call) -> Answer:
    row = deal_of(call)
    check_right(call, "delete")
    deals.delete(call.portal, row)
    return Answer(True)


def deal_fields(call: Call) -> Answer:
    return Answer(described(call.portal, call.portal.deals, LEGACY))


def deal_of(call: Call) -> Row:
    """Say like this family when the deal is not there or not to be seen."""
    return _row(call, call.portal.deals)


def check_right(call: Call, what: str) -> None:
    if not may(call.portal, call.by, what):
        raise legacy("Access denied")


def of_clients(prefix: str, book_of: Callable[[Portal], Book]) -> dict[str, Method]:
    """The methods of crm.contact.* or crm.company.*."""

    def get(call: Call) -> Answer:
        book = book_of(call.portal)
        row = _row(call, book.items)
        shown = _shown(call.portal, book.items, row)
        return Answer({**shown, **_multi_fields(book, row, contacts.TYPES)})

    def list_(call: Call) -> Answer:
        book = book_of(call.portal)
        return _list(call, book.items, book)

    def add(call: Call) -> Answer:
        book = book_of(call.portal)
        wanted = _wanted(call, book.items)
        check_right(call, "add")
        entries = contacts.legacy_entries(call.table("fields"))
        return Answer(contacts.create(call.portal, wanted, entries, call.by, book)["id"])

    def update(call: Call) -> Answer:
        book = book_of(call.portal)
        row, wanted = _row(call, book.items), _wanted(call, book.items)
        check_right(call, "change")
        entries = contacts.legacy_entries(call.table("fields"))
        contacts.update(call.portal, row, wanted, entries, call.by, book)
        return Answer(True)

    def delete(call: Call) -> Answer:
        book = book_of(call.portal)
        row = _row(call, book.items)
        check_right(call, "delete")
        contacts.delete(call.portal, row, book)
        return Answer(True)

    def fields(call: Call) -> Answer:
        return Answer(described(call.portal, book_of(call.portal).items, LEGACY))

    named = {"get": get, "list": list_, "add": add, "update": update, "delete": delete, "fields": fields}
    return {f"{prefix}.{name}": method for name, method in named.items()}


def _list(call: Call, items: Items, book: Book | None) -> Answer:
    columns = items.columns(LEGACY)
    own = {name for name, column in columns.items() if column.is_user_field}
    asked = listed(call.get("select"))
    names = selected(asked, [name for name in columns if name not in own] + sorted(own), own)
    if "*" in (asked or ["*"]) and "UF_*" not in asked:
        # In this family * means the standard fields only.
        names = [name for name in names if name not in own or name in asked]
    shown = {name: columns[name] for name in dict.fromkeys(("ID", *names))}
    kinds = [kind for kind in contacts.TYPES if kind in asked]

    def show(row: Row) -> Row:
        part = {name: _text(call.portal, column, row) for name, column in shown.items()}
        return {**part, **_multi_fields(book, row, kinds)} if book and kinds else part

    return select_rows(call, items, LEGACY, list, show)


def _row(call: Call, items: Items) -> Row:
    number = call.number("id")
    if number is None or number <= 0:
        raise legacy("ID is not defined or invalid.")
    row = items.get(number)
    if row is None:
        raise legacy("Not found")
    if not sees_item(call.portal, row, call.by):
        raise legacy("Access denied")
    return row


def _wanted(call: Call, items: Items) -> Row:
    if not isinstance(call.get("fields"), dict):
        raise legacy("Parameter 'fields' must be array.")
    return items.read(call.get("fields"), LEGACY, PORTAL_ZONE)


def _shown(portal: Portal, items: Items, row: Row) -> Row:
    return {name: _text(portal, column, row) for name, column in items.columns(LEGACY).items()}


def _text(portal: Portal, column: Column, row: Row) -> Any:
    value = row[column.stored]
    match value:
        case None:
            return None
        case datetime():
            return value.isoformat()
        case []:
            return [] if portal.switches["empty_many"] == "list" else False
        case list():
            return [str(one) for one in value]
        case _ if column.stored in MONEY:
            return f"{value:.2f}"
        case _ if column.kind == "boolean" and portal.switches["legacy_boolean_digits"]:
            return "1" if value == "Y" else "0"
        case _:
            return str(value)


def _multi_fields(book: Book, row: Row, kinds: Any) -> Row:
    found: Row = {}
    for entry in book.entries[row["id"]]:
        if entry["typeId"] in kinds:
            found.setdefault(entry["typeId"], []).append(
                {
                    "ID": str(entry["id"]),
                    "VALUE_TYPE": entry["valueType"],
                    "VALUE": entry["value"],
                    "TYPE_ID": entry["typeId"],
                }
            )
    return found


METHODS: dict[str, Method] = {
    "crm.deal.get": deal_get,
    "crm.deal.list": deal_list,
    "crm.deal.add": deal_add,
    "crm.deal.update": deal_update,
    "crm.deal.delete": deal_delete,
    "crm.deal.fields": deal_fields,
    **of_clients("crm.contact", contacts.contact_book),
    **of_clients("crm.company", contacts.company_book),
}

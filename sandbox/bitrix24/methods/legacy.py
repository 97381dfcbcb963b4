"""crm.deal.* and crm.contact.*: the older family, upper-case names and strings for everything."""

from datetime import datetime
from typing import Any

from sandbox.bitrix24 import contacts, deals
from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.errors import legacy
from sandbox.bitrix24.items import LEGACY, Column, Items, Row
from sandbox.bitrix24.methods.item_list import select_rows, selected
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal

MONEY = ("opportunity", "taxValue")


def deal_get(call: Call) -> Answer:
    return Answer(_shown(call.portal, call.portal.deals, _row(call, call.portal.deals)))


def deal_list(call: Call) -> Answer:
    return _list(call, call.portal.deals)


def deal_add(call: Call) -> Answer:
    row = deals.create(call.portal, _wanted(call, call.portal.deals), call.by)
    call.portal.ledger.deals_created.append({"id": row["id"], "origin_id": row["originId"]})
    return Answer(row["id"])


def deal_update(call: Call) -> Answer:
    row = _row(call, call.portal.deals)
    wanted = _wanted(call, call.portal.deals)
    # This family cannot move a deal to another pipeline: the stage silently stays (deals/index.md).
    wanted.pop("categoryId", None)
    stage = call.portal.company.stages.get(wanted.get("stageId", ""))
    if "stageId" in wanted and (stage is None or stage.pipeline != row["categoryId"]):
        del wanted["stageId"]
    deals.update(call.portal, row, wanted, call.by)
    return Answer(True)


def deal_delete(call: Call) -> Answer:
    deals.delete(call.portal, _row(call, call.portal.deals))
    return Answer(True)


def deal_contacts(call: Call) -> Answer:
    row = _row(call, call.portal.deals)
    return Answer(
        [
            {
                "CONTACT_ID": number,
                "SORT": 100 * place,
                "ROLE_ID": 0,
                "IS_PRIMARY": "Y" if number == row["contactId"] else "N",
            }
            for place, number in enumerate(row["contactIds"], 1)
        ]
    )


def contact_get(call: Call) -> Answer:
    row = _row(call, call.portal.contacts)
    shown = _shown(call.portal, call.portal.contacts, row)
    return Answer({**shown, **_multi_fields(call.portal, row, contacts.TYPES)})


def contact_list(call: Call) -> Answer:
    return _list(call, call.portal.contacts)


def contact_add(call: Call) -> Answer:
    wanted = _wanted(call, call.portal.contacts)
    entries = contacts.legacy_entries(call.get("fields"))
    return Answer(contacts.create(call.portal, wanted, entries, call.by)["id"])


def contact_update(call: Call) -> Answer:
    row = _row(call, call.portal.contacts)
    wanted = _wanted(call, call.portal.contacts)
    contacts.update(call.portal, row, wanted, contacts.legacy_entries(call.get("fields")), call.by)
    return Answer(True)


def _list(call: Call, items: Items) -> Answer:
    columns = items.columns(LEGACY)
    own = {name for name, column in columns.items() if column.is_user_field}
    asked = call.get("select")
    names = selected(asked, [name for name in columns if name not in own] + sorted(own), own)
    if "*" in (listed(asked) or ["*"]) and "UF_*" not in listed(asked):
        # In this family * means the standard fields only.
        names = [name for name in names if name not in own or name in listed(asked)]
    kinds = [kind for kind in contacts.TYPES if kind in listed(asked)]

    def show(row: Row) -> Row:
        part = {name: _text(call.portal, columns[name], row) for name in dict.fromkeys(("ID", *names))}
        return {**part, **_multi_fields(call.portal, row, kinds)} if kinds else part

    return select_rows(call, items, LEGACY, list, show)


def _row(call: Call, items: Items) -> Row:
    number = call.number("id")
    if number is None or number <= 0:
        raise legacy("ID is not defined or invalid.")
    row = items.get(number)
    if row is None:
        raise legacy("Not found")
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
        case list():
            return [str(one) for one in value]
        case _ if column.stored in MONEY:
            return f"{value:.2f}"
        case _ if column.kind == "boolean" and portal.switches["legacy_boolean_digits"]:
            return "1" if value == "Y" else "0"
        case _:
            return str(value)


def _multi_fields(portal: Portal, row: Row, kinds: Any) -> Row:
    found: Row = {}
    for entry in portal.phones[row["id"]]:
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
    "crm.deal.contact.items.get": deal_contacts,
    "crm.contact.get": contact_get,
    "crm.contact.list": contact_list,
    "crm.contact.add": contact_add,
    "crm.contact.update": contact_update,
}

"""crm.deal.contact.*: whose deal it is."""

from typing import Any

from sandbox.bitrix24 import deals
from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.errors import legacy
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.legacy import check_right
from sandbox.bitrix24.rights import denied, sees_item
from sandbox.bitrix24.values import truth

FLAGS = ("isRequired", "isReadOnly", "isImmutable", "isMultiple", "isDynamic")
FIELD: dict[str, Any] = dict.fromkeys(FLAGS, False)
FIELDS: dict[str, dict[str, Any]] = {
    "CONTACT_ID": {"type": "integer", **FIELD, "isRequired": True, "title": "Контакт"},
    "SORT": {"type": "integer", **FIELD, "title": "Сортировка"},
    "IS_PRIMARY": {"type": "char", **FIELD, "title": "Основной"},
}


def items_get(call: Call) -> Answer:
    row = _deal(call)
    return Answer([_item(row, place, number) for place, number in enumerate(row["contactIds"], 1)])


def items_set(call: Call) -> Answer:
    """The whole list at once; the primary contact comes first, the rest by SORT."""
    row, raw = _deal(call), call.get("items")
    if not isinstance(raw, (list, dict)):
        raise legacy("The parameter items must be array.")
    return _save(call, row, _ordered(listed(raw)))


def items_delete(call: Call) -> Answer:
    return _save(call, _deal(call), [])


def add(call: Call) -> Answer:
    row, number = _deal(call), _contact(call)
    others = [one for one in row["contactIds"] if one != number]
    primary = truth(call.table("fields").get("IS_PRIMARY")) or not others
    return _save(call, row, [number, *others] if primary else [*others, number])


def remove(call: Call) -> Answer:
    row, number = _deal(call), _contact(call)
    return _save(call, row, [one for one in row["contactIds"] if one != number])


def fields(_: Call) -> Answer:
    return Answer(FIELDS)


def _item(row: Row, place: int, number: int) -> Row:
    primary = "Y" if number == row["contactId"] else "N"
    return {"CONTACT_ID": number, "SORT": 100 * place, "ROLE_ID": 0, "IS_PRIMARY": primary}


def _ordered(rows: list[Any]) -> list[int]:
    if not all(isinstance(row, dict) and str(row.get("CONTACT_ID")).isdigit() for row in rows):
        raise legacy("The parameter items is not valid.")
    rows = sorted(rows, key=lambda row: (not truth(row.get("IS_PRIMARY")), int(row.get("SORT") or 0)))
    return [int(row["CONTACT_ID"]) for row in rows]


def _save(call: Call, row: Row, numbers: list[int]) -> Answer:
    check_right(call, "change")
    if any(call.portal.contacts.get(number) is None for number in numbers if number not in row["contactIds"]):
        raise legacy("Not found.")
    deals.update(call.portal, row, {"contactIds": numbers}, call.by)
    return Answer(True)


def _contact(call: Call) -> int:
    raw = call.get("fields")
    if not isinstance(raw, dict):
        raise legacy("The parameter 'fields' must be array.")
    if not str(raw.get("CONTACT_ID")).isdigit():
        raise legacy("The parameter 'fields' is not valid.")
    return int(raw["CONTACT_ID"])


def _deal(call: Call) -> Row:
    number = call.number("id")
    if number is None or number < 1:
        raise legacy("The parameter ownerEntityID is invalid or not defined.")
    row = call.portal.deals.get(number)
    if row is None:
        raise legacy("Not found.")
    if not sees_item(call.portal, row, call.by):
        raise denied(call.portal)
    return row


METHODS: dict[str, Method] = {
    "crm.deal.contact.items.get": items_get,
    "crm.deal.contact.items.set": items_set,
    "crm.deal.contact.items.delete": items_delete,
    "crm.deal.contact.add": add,
    "crm.deal.contact.delete": remove,
    "crm.deal.contact.fields": fields,
}

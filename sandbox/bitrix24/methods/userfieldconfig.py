"""userfieldconfig.*: the newer way to the same user fields, camelCase and by module."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, page
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.methods.describing import settings_of
from sandbox.bitrix24.methods.field_making import kept_in, make_field
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.rights import check_settings

LABELS = ("editFormLabel", "listColumnLabel", "listFilterLabel")
CHOICE = {"value": "VALUE", "sort": "SORT", "def": "DEF", "xmlId": "XML_ID"}
INPUT = {
    "multiple": "MULTIPLE",
    "mandatory": "MANDATORY",
    "sort": "SORT",
    "xmlId": "XML_ID",
    "settings": "SETTINGS",
    "showFilter": "SHOW_FILTER",
}


def list_(call: Call) -> Answer:
    """Enumerations come without their values here, as on the page of the method."""
    _check_module(call)
    wanted = call.table("filter")
    fields = _all(call)
    rows = [
        row
        for entity, _, field in fields
        if _fits(row := _row(entity, field, str(call.get("languageId") or "ru")), wanted)
    ]
    here, total, following = page(rows, call.start)
    return Answer({"fields": here}, total, following)


def get(call: Call) -> Answer:
    _check_module(call)
    entity, _, field = _found(call)
    return Answer({"field": _full(entity, field)})


def add(call: Call) -> Answer:
    _check_module(call)
    check_settings(call.portal, call.by, legacy("Вы не можете создавать пользовательские поля"))
    wanted = call.table("field")
    entity = str(wanted.get("entityId") or "")
    items = kept_in(call.portal).get(entity)
    if items is None:
        raise legacy("Access denied")
    code, kind = str(wanted.get("fieldName") or ""), str(wanted.get("userTypeId") or "")
    if code and not code.upper().startswith("UF_CRM_"):
        raise legacy("Вы не можете создавать пользовательские поля")
    field = make_field(call.portal, items, code, kind, _label(wanted), _input(wanted))
    return Answer({"field": _full(entity, field)})


def _input(wanted: Row) -> Row:
    rows = [row for row in listed(wanted.get("enum")) if isinstance(row, dict)]
    choices = [{upper: row[name] for name, upper in CHOICE.items() if name in row} for row in rows]
    return {**{upper: wanted[name] for name, upper in INPUT.items() if name in wanted}, "LIST": choices}


def _label(wanted: Row) -> str:
    label: Any = wanted.get("editFormLabel") or ""
    if isinstance(label, dict):
        label = label.get("ru") or next((text for text in label.values() if text), "")
    return str(label)


def _all(call: Call) -> list[tuple[str, Items, UserField]]:
    places = kept_in(call.portal).items()
    return [(entity, items, field) for entity, items in places for field in items.user_fields.values()]


def _found(call: Call) -> tuple[str, Items, UserField]:
    number = call.number("id")
    found = next((row for row in _all(call) if row[2].id == number), None)
    if found is None:
        raise Say(400, "", "Пользовательское поле не найдено")
    return found


def _check_module(call: Call) -> None:
    if str(call.get("moduleId") or "") != "crm":
        raise Say(400, "100", "Could not find value for parameter {moduleId} (internal error)")


def _fits(row: Row, wanted: dict[str, Any]) -> bool:
    return all(str(row.get(name)) in map(str, listed(value)) for name, value in wanted.items())


def _row(entity: str, field: UserField, language: str) -> Row:
    return {
        "id": str(field.id),
        "entityId": entity,
        "fieldName": field.name,
        "userTypeId": field.kind,
        "xmlId": field.xml_id,
        "sort": str(field.sort),
        "multiple": "Y" if field.many else "N",
        "mandatory": "Y" if field.mandatory else "N",
        "showFilter": field.show_filter,
        "showInList": "Y",
        "editInList": "Y",
        "isSearchable": "N",
        "settings": settings_of(field),
        "languageId": {language: language},
        **{name: {language: field.label} for name in LABELS},
        "errorMessage": None,
        "helpMessage": None,
    }


def _full(entity: str, field: UserField) -> Row:
    row = _row(entity, field, "ru")
    row |= {"errorMessage": {"ru": None}, "helpMessage": {"ru": None}}
    if field.kind != "enumeration":
        return row
    return {**row, "enum": [_choice(field, one) for one in field.choices]}


def _choice(field: UserField, one: dict[str, str]) -> Row:
    return {
        "id": one["ID"],
        "userFieldId": str(field.id),
        "value": one["VALUE"],
        "def": one["DEF"],
        "sort": one["SORT"],
        "xmlId": one["XML_ID"],
    }


METHODS: dict[str, Method] = {
    "userfieldconfig.list": list_,
    "userfieldconfig.get": get,
    "userfieldconfig.add": add,
}

"""How a deal says which branch it belongs to: a string, a list value, a list element or a bound company."""

from typing import Any

from sandbox.bitrix24.parts import ElementList, UserField
from sandbox.bitrix24.structure import Company

KINDS = ("string", "enumeration", "iblock_element", "crm")
FIELD_ID, FIRST_CHOICE, FIRST_ELEMENT, FIRST_CLIENT, LIST_ID = 5001, 301, 401, 501, 17
ELEMENTS = {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "IBLOCK_ID": LIST_ID, "ACTIVE_FILTER": "N"}
BOUND = {"LEAD": "N", "CONTACT": "N", "COMPANY": "Y", "DEAL": "N"}


def add_branch_field(company: Company, kind: str) -> None:
    """ValueError for a kind that a branch field cannot have."""
    if kind not in KINDS:
        raise ValueError(f"a branch field is one of {', '.join(KINDS)}")
    names = [branch.name for branch in company.branches]
    field = UserField(FIELD_ID, company.branch_field, kind, "Филиал")
    company.deal_fields = {field.name: field, **company.deal_fields}
    match kind:
        case "enumeration":
            field.choices = [choice(FIRST_CHOICE + place, name, place) for place, name in enumerate(names)]
        case "iblock_element":
            field.settings = dict(ELEMENTS)
            elements = {FIRST_ELEMENT + place: name for place, name in enumerate(names)}
            company.lists = [ElementList(LIST_ID, "branches", "Филиалы", elements)]
        case "crm":
            field.settings = dict(BOUND)
            company.clients = {FIRST_CLIENT + place: name for place, name in enumerate(names)}
        case _:
            pass


def choice(number: int, text: str, place: int) -> dict[str, str]:
    return {
        "ID": str(number),
        "SORT": str(10 * (place + 1)),
        "VALUE": text,
        "DEF": "N",
        "XML_ID": f"branch_{place + 1}",
    }


def branch_value(company: Company, name: str) -> Any:
    """What stands in the field of a deal of this branch; the name itself when it is unknown."""
    return next((value for value, text in _pairs(company).items() if text == name), name)


def branch_name(company: Company, value: Any) -> str:
    """What people read there."""
    if value in (None, "", []):
        return ""
    return _pairs(company).get(value, str(value))


def _pairs(company: Company) -> dict[Any, str]:
    field = company.deal_fields.get(company.branch_field)
    match field.kind if field else "":
        case "enumeration" if field:
            return {int(one["ID"]): one["VALUE"] for one in field.choices}
        case "iblock_element":
            return {number: name for one in company.lists for number, name in one.elements.items()}
        case "crm":
            return {f"CO_{number}": name for number, name in company.clients.items()}
        case _:
            return {}

"""Making a user field: what its code and kind may be, and the ids of its list values."""

from typing import Any

from sandbox.bitrix24.call import listed
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.portal import Portal

BAD_LETTERS = "Имя поля содержит недопустимые символы. Допустимыми являются: A-Z, 0-9 и _.<br>"
TYPES = frozenset(
    (
        "string", "integer", "double", "boolean", "datetime", "date", "money", "url", "address",
        "enumeration", "file", "employee", "crm_status", "iblock_section", "iblock_element", "crm",
    )
)  # fmt: skip
LONGEST_CODE = 50


def make_field(portal: Portal, items: Items, code: str, kind: str, label: str, wanted: Row) -> UserField:
    """A new field, kept. Say when its code or kind cannot be."""
    name = checked_name(items, code, kind)
    portal.last_field_id += 1
    field = UserField(portal.last_field_id, name, kind, label or name, xml_id=wanted.get("XML_ID"))
    field.many, field.mandatory = wanted.get("MULTIPLE") == "Y", wanted.get("MANDATORY") == "Y"
    field.sort = int(wanted.get("SORT") or 100)
    field.settings = dict(wanted["SETTINGS"]) if isinstance(wanted.get("SETTINGS"), dict) else {}
    field.show_filter = str(wanted.get("SHOW_FILTER") or "N")
    field.choices = new_choices(field, listed(wanted.get("LIST")))
    items.add_user_field(field)
    portal.touch()
    return field


def checked_name(items: Items, code: str, kind: str) -> str:
    """With its prefix, in capital letters."""
    for name, value in (("USER_TYPE_ID", kind), ("FIELD_NAME", code)):
        if not value:
            raise legacy(f"The '{name}' field is not found.")
    code = code.upper()
    name = code if code.startswith("UF_CRM_") else f"UF_CRM_{code}"
    if len(name) > LONGEST_CODE:
        raise Say(400, "ERROR_CORE", "Имя поля слишком длинное (больше 50-ти символов).<br>")
    bare = name.removeprefix("UF_CRM_").replace("_", "")
    if not (bare.isascii() and bare.isalnum()):
        raise Say(400, "ERROR_CORE", BAD_LETTERS)
    if kind not in TYPES:
        raise Say(400, "ERROR_CORE", "Указан неверный пользовательский тип.<br>")
    if name in items.user_fields:
        raise Say(400, "ERROR_CORE", f"Поле {name} уже существует.<br>")
    return name


def new_choices(field: UserField, raw: list[Any]) -> list[dict[str, str]]:
    """Rows of LIST that have no id yet."""
    first = max((int(one["ID"]) for one in field.choices), default=field.id * 10) + 1
    rows = [row for row in raw if isinstance(row, dict)]
    return [_choice(str(first + place), row, place) for place, row in enumerate(rows)]


def kept_in(portal: Portal) -> dict[str, Items]:
    """Where the fields of each entity are."""
    return {
        "CRM_DEAL": portal.deals,
        "CRM_CONTACT": portal.contacts,
        "CRM_COMPANY": extras(portal).companies,
    }


def _choice(number: str, row: Row, place: int) -> dict[str, str]:
    return {
        "ID": number,
        "SORT": str(row.get("SORT", 10 * (place + 1))),
        "VALUE": str(row.get("VALUE", "")),
        "DEF": str(row.get("DEF", "N")),
        "XML_ID": str(row.get("XML_ID") or f"{int(number):032x}"),
    }

"""What *.fields methods say of each field, in both families."""

from typing import Any

from sandbox.bitrix24.columns import Column
from sandbox.bitrix24.field_words import STATUS_TYPES, TYPES
from sandbox.bitrix24.items import LEGACY, Items
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.portal import Portal

Description = dict[str, Any]
# What a field of each kind is set to when nobody says otherwise (crm.deal.userfield.add page).
SETTINGS: dict[str, dict[str, Any]] = {
    "string": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
    "integer": {"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "double": {"PRECISION": 2, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "boolean": {"DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""], "LABEL_CHECKBOX": ""},
    "enumeration": {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y"},
    "date": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}},
    "datetime": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}, "USE_SECOND": "Y", "USE_TIMEZONE": "N"},
    "money": {"DEFAULT_VALUE": ""},
    "crm_status": {"ENTITY_TYPE": "DEAL_TYPE"},
}


def described(portal: Portal, items: Items, style: str) -> dict[str, Description]:
    """Every field by its name in this style."""
    return {name: _describe(portal, items, column, style) for name, column in items.columns(style).items()}


def settings_of(field: UserField) -> dict[str, Any]:
    return {**SETTINGS.get(field.kind, {"DEFAULT_VALUE": ""}), **field.settings}


def _describe(portal: Portal, items: Items, column: Column, style: str) -> Description:
    row: Description = {
        "type": column.kind if column.is_user_field else TYPES.get(column.stored, column.kind),
        "isRequired": False,
        "isReadOnly": not column.writable,
        # The older family cannot move a deal to another pipeline (deals/index.md).
        "isImmutable": style == LEGACY and column.stored == "categoryId",
        "isMultiple": column.many,
        "isDynamic": column.is_user_field,
    }
    if column.is_user_field:
        return row | _own(portal, items.user_fields[column.stored], style)
    if status := STATUS_TYPES.get((items.type_id, column.stored)):
        row["statusType"] = status
    row["title"] = column.title
    return (
        row
        if style == LEGACY
        else {**row, "upperName": items.fields[column.stored].upper or _upper(column.stored)}
    )


def _own(portal: Portal, field: UserField, style: str) -> Description:
    row: Description = {"isRequired": field.mandatory}
    if field.kind == "enumeration":
        row["items"] = [{"ID": choice["ID"], "VALUE": choice["VALUE"]} for choice in field.choices]
    elif field.kind == "iblock_element" and portal.switches["element_names_in_fields"]:
        elements = (pair for one in portal.company.lists for pair in one.elements.items())
        row["items"] = [{"ID": str(number), "VALUE": name} for number, name in elements]
    labels = dict.fromkeys(("listLabel", "formLabel", "filterLabel"), field.label)
    # The older family shows the code as the title.
    title = field.name if style == LEGACY else field.label
    row |= {"title": title, **labels, "settings": settings_of(field)}
    return row if style == LEGACY else {**row, "upperName": field.name}


def _upper(name: str) -> str:
    return "".join(f"_{char}" if char.isupper() else char.upper() for char in name)

"""Pipelines, stages and user fields."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed
from sandbox.bitrix24.company import SEMANTIC_WORDS, Pipeline, Stage, UserField
from sandbox.bitrix24.errors import Say, not_found
from sandbox.bitrix24.items import Items

TYPES = frozenset(
    (
        "string", "integer", "double", "boolean", "datetime", "date", "money", "url", "address",
        "enumeration", "file", "employee", "crm_status", "iblock_section", "iblock_element", "crm",
    )
)  # fmt: skip


def categories(call: Call) -> Answer:
    if call.number("entityTypeId") != 2:
        raise not_found()
    rows = [
        _category(pipeline) for pipeline in sorted(call.portal.company.pipelines, key=lambda one: one.sort)
    ]
    return Answer({"categories": rows}, total=len(rows))


def statuses(call: Call) -> Answer:
    wanted = call.get("filter") or {}
    stages = [
        (101 + 2 * place, stage)
        for place, stage in enumerate(call.portal.company.stages.values())
    ]  # fmt: skip
    rows = [_status(number, stage) for number, stage in stages]
    rows = [row for row in rows if all(_fits(row.get(name), value) for name, value in wanted.items())]
    return Answer(rows, total=len(rows))


def deal_fields(call: Call) -> Answer:
    return _fields(call, call.portal.deals, "CRM_DEAL")


def contact_fields(call: Call) -> Answer:
    return _fields(call, call.portal.contacts, "CRM_CONTACT")


def add_deal_field(call: Call) -> Answer:
    return _add_field(call, call.portal.deals)


def add_contact_field(call: Call) -> Answer:
    return _add_field(call, call.portal.contacts)


def _category(pipeline: Pipeline) -> dict[str, Any]:
    row = {"id": pipeline.id, "name": pipeline.name, "sort": pipeline.sort, "entityTypeId": 2}
    if pipeline.id == 0:
        return {**row, "isDefault": "Y"}
    return {**row, "isDefault": "N", "originId": "", "originatorId": ""}


def _status(number: int, stage: Stage) -> dict[str, Any]:
    system = stage.semantics == "S" or stage.id.endswith(("NEW", "LOSE"))
    extra = {"SEMANTICS": SEMANTIC_WORDS[stage.semantics], "COLOR": stage.color}
    if stage.id.endswith("APOLOGY"):
        extra["SEMANTICS"] = "apology"
    return {
        "ID": str(number),
        "ENTITY_ID": f"DEAL_STAGE_{stage.pipeline}" if stage.pipeline else "DEAL_STAGE",
        "STATUS_ID": stage.id,
        "NAME": stage.name,
        "NAME_INIT": stage.name if system else "",
        "SORT": str(stage.sort),
        "SYSTEM": "Y" if system else "N",
        "CATEGORY_ID": str(stage.pipeline) if stage.pipeline else None,
        "COLOR": stage.color,
        "SEMANTICS": stage.semantics,
        "EXTRA": extra,
    }


def _fits(value: Any, wanted: Any) -> bool:
    return str(value) in [str(one) for one in listed(wanted)]


def _fields(call: Call, items: Items, entity: str) -> Answer:
    wanted = {str(name).upper(): value for name, value in (call.get("filter") or {}).items()}
    lang = wanted.pop("LANG", None)
    labelled = bool(lang) or not call.portal.switches["uf_labels_need_lang"]
    rows = [_field(field, entity, labelled) for field in items.user_fields.values()]
    rows = [row for row in rows if all(_fits(row.get(name), value) for name, value in wanted.items())]
    return Answer(rows, total=len(rows))


def _field(field: UserField, entity: str, labelled: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ID": str(field.id),
        "ENTITY_ID": entity,
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.kind,
        "XML_ID": field.xml_id,
        "SORT": "100",
        "MULTIPLE": "Y" if field.many else "N",
        "MANDATORY": "N",
        "SHOW_FILTER": "E",
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "IS_SEARCHABLE": "N",
        "SETTINGS": {"PRECISION": 2} if field.kind == "double" else {"DEFAULT_VALUE": ""},
    }
    if labelled:
        row |= {
            "EDIT_FORM_LABEL": field.label,
            "LIST_COLUMN_LABEL": field.label,
            "LIST_FILTER_LABEL": field.label,
            "ERROR_MESSAGE": None,
            "HELP_MESSAGE": None,
        }
    return {**row, "LIST": field.choices} if field.kind == "enumeration" else row


def _add_field(call: Call, items: Items) -> Answer:
    wanted = call.get("fields")
    if not isinstance(wanted, dict):
        raise Say(400, "", "Parameter 'fields' must be array.")
    code, kind = str(wanted.get("FIELD_NAME", "")).upper(), str(wanted.get("USER_TYPE_ID", ""))
    name = code if code.startswith("UF_CRM_") else f"UF_CRM_{code}"
    _check_field(items, name, kind)
    portal = call.portal
    portal.last_field_id += 1
    field = UserField(
        portal.last_field_id,
        name,
        kind,
        str(wanted.get("LABEL") or name),
        wanted.get("MULTIPLE") == "Y",
        wanted.get("XML_ID"),
        _choices(portal.last_field_id, listed(wanted.get("LIST"))),
    )
    items.add_user_field(field)
    portal.touch()
    return Answer(field.id)


def _check_field(items: Items, name: str, kind: str) -> None:
    bare = name.removeprefix("UF_CRM_")
    if not bare or len(name) > 50 or not bare.replace("_", "").isalnum() or not bare.isascii():
        raise Say(400, "ERROR_CORE", "Недопустимый код поля<br>")
    if kind not in TYPES:
        raise Say(400, "ERROR_CORE", "Неизвестный тип поля<br>")
    if name in items.user_fields:
        raise Say(400, "ERROR_CORE", f"Поле {name} уже существует<br>")


def _choices(field_id: int, raw: list[Any]) -> list[dict[str, str]]:
    return [
        {
            "ID": str(field_id * 10 + place),
            "SORT": str(row.get("SORT", 10 * place)),
            "VALUE": str(row.get("VALUE", "")),
            "DEF": str(row.get("DEF", "N")),
            "XML_ID": str(row.get("XML_ID", "")),
        }
        for place, row in enumerate(raw, 1)
        if isinstance(row, dict)
    ]


METHODS: dict[str, Method] = {
    "crm.category.list": categories,
    "crm.status.list": statuses,
    "crm.deal.userfield.list": deal_fields,
    "crm.deal.userfield.add": add_deal_field,
    "crm.contact.userfield.list": contact_fields,
    "crm.contact.userfield.add": add_contact_field,
}

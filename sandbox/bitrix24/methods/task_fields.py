"""task.item.userfield.*: own fields of tasks; every task of the portal has them."""

from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.task_items import map_of
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.rights import is_admin

OWN_KINDS = ("string", "double", "datetime", "boolean")
BINDING = {"LEAD": "Y", "CONTACT": "Y", "COMPANY": "Y", "DEAL": "Y"}


def add_field(call: Call) -> Answer:
    """task.item.userfield.add: a field of every task; no list kind (its page)."""
    wanted, portal = map_of(call, "PARAMS", 0), call.portal
    if not is_admin(portal, call.by):
        raise Say(400, "ERROR_CORE", "Доступ запрещен.")
    kind, code = str(wanted.get("USER_TYPE_ID") or ""), str(wanted.get("FIELD_NAME") or "").upper()
    for name, value in (("USER_TYPE_ID", kind), ("FIELD_NAME", code)):
        if not value:
            raise Say(400, "ERROR_CORE", f"The '{name}' field is not found.")
    if kind not in OWN_KINDS:
        raise Say(400, "ERROR_CORE", "Указан неверный пользовательский тип.")
    name = code if code.startswith("UF_") else f"UF_{code}"
    if name in portal.company.task_fields:
        raise Say(400, "ERROR_CORE", f"Поле {name} для объекта TASKS_TASK уже существует.")
    return Answer(_keep_field(call, wanted, name, kind))


def own_fields(call: Call) -> Answer:
    own = call.portal.company.task_fields.values()
    return Answer([_binding_field(), *(_shown_field(field) for field in own)])


def _keep_field(call: Call, wanted: Row, name: str, kind: str) -> int:
    portal = call.portal
    portal.last_field_id += 1
    label = wanted.get("EDIT_FORM_LABEL")
    text = next(iter(label.values()), "") if isinstance(label, dict) else label
    field = UserField(portal.last_field_id, name, kind, str(text or wanted.get("LABEL") or name))
    field.settings = dict(wanted["SETTINGS"]) if isinstance(wanted.get("SETTINGS"), dict) else {}
    portal.company.task_fields[name] = field
    for row in portal.tasks:
        row[name] = None
    portal.touch()
    return field.id


def _binding_field() -> Row:
    field = UserField(1295, "UF_CRM_TASK", "crm", "Элементы CRM", True, "", settings=dict(BINDING))
    return _shown_field(field) | {"SHOW_IN_LIST": "N", "EDIT_IN_LIST": "N"}


def _shown_field(field: UserField) -> Row:
    return {
        "ID": str(field.id),
        "ENTITY_ID": "TASKS_TASK",
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.kind,
        "XML_ID": field.xml_id or "",
        "SORT": str(field.sort),
        "MULTIPLE": "Y" if field.many else "N",
        "MANDATORY": "N",
        "SHOW_FILTER": "N",
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "IS_SEARCHABLE": "N",
        "SETTINGS": field.settings or [],
    }


METHODS: dict[str, Method] = {
    "task.item.userfield.add": add_field,
    "task.item.userfield.getlist": own_fields,
}

"""crm.*.userfield.*: the fields that a portal made itself, for deals, contacts and companies."""

from collections.abc import Callable
from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, sliced
from sandbox.bitrix24.errors import Say, legacy
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.items import Items, Row
from sandbox.bitrix24.methods.describing import settings_of
from sandbox.bitrix24.methods.field_making import make_field, new_choices
from sandbox.bitrix24.parts import UserField
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.rights import check_settings

LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")
LANGUAGES = ("ru", "kz", "en", "de", "ua")


def methods_of(prefix: str, entity: str, items_of: Callable[[Portal], Items]) -> dict[str, Method]:
    """The five methods of one entity's user fields."""

    def list_(call: Call) -> Answer:
        return _list(call, items_of(call.portal), entity)

    def get(call: Call) -> Answer:
        field = _field(call, items_of(call.portal))
        return Answer(_row(field, entity, in_languages))

    def add(call: Call) -> Answer:
        return _add(call, items_of(call.portal))

    def update(call: Call) -> Answer:
        return _update(call, items_of(call.portal))

    def delete(call: Call) -> Answer:
        items = items_of(call.portal)
        check_settings(call.portal, call.by)
        items.drop_user_field(_field(call, items).name)
        call.portal.touch()
        return Answer(True)

    named = {"list": list_, "get": get, "add": add, "update": update, "delete": delete}
    return {f"{prefix}.userfield.{name}": method for name, method in named.items()}


def _list(call: Call, items: Items, entity: str) -> Answer:
    wanted = {str(name).upper(): value for name, value in call.table("filter").items()}
    lang = wanted.pop("LANG", None)
    labelled = bool(lang) or not call.portal.switches["uf_labels_need_lang"]
    fields = sorted(items.user_fields.values(), key=lambda field: (field.sort, field.id))
    rows = [_row(field, entity, plain if labelled else None) for field in fields]
    rows = [row for row in rows if all(_fits(row.get(name), value) for name, value in wanted.items())]
    for name, way in reversed(call.table("order").items()):
        rows.sort(key=lambda row: _sortable(row.get(name)), reverse=str(way).upper() == "DESC")
    return sliced(rows, call)


def _add(call: Call, items: Items) -> Answer:
    wanted = _fields_of(call)
    check_settings(call.portal, call.by)
    code, kind = str(wanted.get("FIELD_NAME") or ""), str(wanted.get("USER_TYPE_ID") or "")
    field = make_field(call.portal, items, code, kind, _label(wanted), wanted)
    return Answer(field.id)


def _update(call: Call, items: Items) -> Answer:
    field, wanted = _field(call, items), _fields_of(call)
    check_settings(call.portal, call.by)
    field.label = _label(wanted) or field.label
    field.mandatory = wanted.get("MANDATORY", "Y" if field.mandatory else "N") == "Y"
    field.sort = int(wanted.get("SORT") or field.sort)
    if isinstance(wanted.get("SETTINGS"), dict):
        field.settings |= wanted["SETTINGS"]
    for row in listed(wanted.get("LIST")):
        _change_choice(field, row)
    items.fields_changed()
    call.portal.touch()
    return Answer(True)


def _change_choice(field: UserField, row: Any) -> None:
    """With a known ID it is changed or (DEL) removed, without one it is added."""
    known = next((one for one in field.choices if one["ID"] == str(row.get("ID"))), None)
    if known is None:
        field.choices += new_choices(field, [row])
    elif row.get("DEL") == "Y":
        field.choices.remove(known)
    else:
        known.update({name: str(row[name]) for name in ("VALUE", "SORT", "DEF", "XML_ID") if name in row})


def _field(call: Call, items: Items) -> UserField:
    number = call.number("id")
    if number is None or number <= 0:
        raise legacy("ID is not defined or invalid.")
    found = next((field for field in items.user_fields.values() if field.id == number), None)
    if found is None:
        raise Say(400, "ERROR_NOT_FOUND", f"The entity with ID '{number}' is not found.")
    return found


def _fields_of(call: Call) -> Row:
    wanted = call.get("fields")
    if not isinstance(wanted, dict):
        raise legacy("Parameter 'fields' must be array.")
    return wanted


def _label(wanted: Row) -> str:
    """LABEL sets every label; a label of its own may come by language."""
    label = wanted.get("EDIT_FORM_LABEL") or wanted.get("LABEL") or ""
    if isinstance(label, dict):
        label = label.get("ru") or next((text for text in label.values() if text), "")
    return str(label)


def plain(text: str) -> Any:
    return text


def in_languages(text: str) -> Any:
    return dict.fromkeys(LANGUAGES, text)


def _row(field: UserField, entity: str, spoken: Callable[[str], Any] | None) -> Row:
    row: Row = {
        "ID": str(field.id),
        "ENTITY_ID": entity,
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.kind,
        "XML_ID": field.xml_id,
        "SORT": str(field.sort),
        "MULTIPLE": "Y" if field.many else "N",
        "MANDATORY": "Y" if field.mandatory else "N",
        "SHOW_FILTER": field.show_filter,
        "SHOW_IN_LIST": "Y",
        "EDIT_IN_LIST": "Y",
        "IS_SEARCHABLE": "N",
        "SETTINGS": settings_of(field),
    }
    if spoken is not None:
        row |= {name: spoken(field.label) for name in LABELS}
        row |= {"ERROR_MESSAGE": None, "HELP_MESSAGE": None}
    return {**row, "LIST": field.choices} if field.kind == "enumeration" else row


def _fits(value: Any, wanted: Any) -> bool:
    return str(value) in [str(one) for one in listed(wanted)]


def _sortable(value: Any) -> tuple[int, str]:
    text = "" if value is None else str(value)
    return (int(text), "") if text.isdigit() else (0, text)


METHODS: dict[str, Method] = {
    **methods_of("crm.deal", "CRM_DEAL", lambda portal: portal.deals),
    **methods_of("crm.contact", "CRM_CONTACT", lambda portal: portal.contacts),
    **methods_of("crm.company", "CRM_COMPANY", lambda portal: extras(portal).companies),
}

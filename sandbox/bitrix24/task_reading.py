"""What callers say about a task, read into stored values."""

from datetime import tzinfo
from typing import Any

from sandbox.bitrix24.call import listed
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import PORTAL_ZONE, USER_ZONE, Portal
from sandbox.bitrix24.values import is_empty, reader, to_moment

NEEDS_RESULT = "3"  # SE_PARAMETER code: cannot be completed without a result
TEXTS = {
    "TITLE": "title",
    "DESCRIPTION": "description",
    "XML_ID": "xmlId",
    "TASK_CONTROL": "taskControl",
    "MARK": "mark",
    "ALLOW_CHANGE_DEADLINE": "allowChangeDeadline",
}
NUMBERS = {
    "RESPONSIBLE_ID": "responsibleId",
    "CREATED_BY": "createdBy",
    "PRIORITY": "priority",
    "GROUP_ID": "groupId",
    "PARENT_ID": "parentId",
    "STAGE_ID": "stageId",
}
MOMENTS = {"DEADLINE": "deadline", "START_DATE_PLAN": "startDatePlan", "END_DATE_PLAN": "endDatePlan"}
LISTS = {"ACCOMPLICES": "accomplices", "AUDITORS": "auditors", "UF_CRM_TASK": "ufCrmTask", "TAGS": "tags"}


def read(portal: Portal, fields: Any) -> Row:
    """Stored name -> exact value of the UPPER_SNAKE input; unknown names are passed over."""
    if not isinstance(fields, dict):
        raise Say(400, "100", "Could not find value for parameter {fields} (internal error)")
    wanted: Row = {}
    try:
        for name, value in fields.items():
            wanted |= _read_one(portal, str(name).upper(), value)
    except (ValueError, TypeError, OverflowError):
        raise Say(400, "ERROR_CORE", "Неверное значение поля задачи<br>") from None
    return wanted


def _read_one(portal: Portal, name: str, value: Any) -> Row:
    if name in TEXTS:
        return {TEXTS[name]: "" if value is None else str(value)}
    if name in NUMBERS:
        return {NUMBERS[name]: int(value) if not is_empty(value) else 0}
    if name in LISTS:
        return {LISTS[name]: [str(one) for one in listed(value)]}
    if name in MOMENTS:
        return {MOMENTS[name]: _moment(value, _zone(portal))}
    if name == "SE_PARAMETER":
        return {"needsResult": _needs_result(value)}
    return _read_own(portal, name, value)


def _read_own(portal: Portal, name: str, value: Any) -> Row:
    field = portal.company.task_fields.get(name)
    if field is None:
        return {}
    return {name: None if is_empty(value) else reader(field.kind, _zone(portal))(value)}


def _moment(value: Any, zone: tzinfo) -> Any:
    return None if is_empty(value) else to_moment(value, zone).astimezone(PORTAL_ZONE)


def _needs_result(value: Any) -> bool:
    rows = [row for row in listed(value) if isinstance(row, dict) and str(row.get("CODE")) == NEEDS_RESULT]
    return any(row.get("VALUE") == "Y" for row in rows)


def _zone(portal: Portal) -> tzinfo:
    return USER_ZONE if portal.switches["deadline_zone"] == "user" else PORTAL_ZONE

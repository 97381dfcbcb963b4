"""What happens to tasks. Same rules for REST and for people."""

from datetime import tzinfo
from typing import Any

from sandbox.bitrix24.call import listed
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import PORTAL_ZONE, USER_ZONE, Portal
from sandbox.bitrix24.values import is_empty, to_moment

WAITING, IN_PROGRESS, AWAITING_CONTROL, COMPLETED, DEFERRED = 2, 3, 4, 5, 6
NEEDS_RESULT = "3"  # SE_PARAMETER code: cannot be completed without a result
TEXTS = {
    "TITLE": "title",
    "DESCRIPTION": "description",
    "XML_ID": "xmlId",
    "TASK_CONTROL": "taskControl",
}
NUMBERS = {
    "RESPONSIBLE_ID": "responsibleId",
    "CREATED_BY": "createdBy",
    "PRIORITY": "priority",
    "GROUP_ID": "groupId",
    "PARENT_ID": "parentId",
}
LISTS = {"ACCOMPLICES": "accomplices", "AUDITORS": "auditors", "UF_CRM_TASK": "ufCrmTask", "TAGS": "tags"}


def not_allowed() -> Say:
    return Say(400, "0", "Действие над задачей не разрешено")


def create(portal: Portal, fields: Row, by: int) -> Row:
    """Say (400 ERROR_CORE) without a title or a responsible person who exists."""
    wanted = read(portal, fields)
    if not portal.switches["task_tags_accepted"]:
        wanted.pop("tags", None)
    if not portal.switches["task_xml_id_accepted"]:
        wanted.pop("xmlId", None)
    _check(portal, wanted)
    now = portal.now()
    row = {
        "id": portal.tasks.new_id(),
        "parentId": 0,
        "title": "",
        "description": "",
        "priority": 1,
        "groupId": 0,
        "status": WAITING,
        "createdBy": by,
        "createdDate": now,
        "changedBy": by,
        "changedDate": now,
        "statusChangedBy": by,
        "statusChangedDate": now,
        "closedBy": None,
        "closedDate": None,
        "deadline": None,
        "xmlId": None,
        "taskControl": "N",
        "needsResult": False,
        "accomplices": [],
        "auditors": [],
        "tags": [],
        "ufCrmTask": [],
        **wanted,
    }
    portal.tasks.put(row["id"], row)
    for owner in row["ufCrmTask"]:
        portal.tasks_of.add(owner, row["id"])
    portal.touch()
    portal.events.task_added(row["id"])
    return row


def change(portal: Portal, row: Row, wanted: Row, by: int) -> bool:
    """False when nothing differs."""
    changes = {name: value for name, value in wanted.items() if row[name] != value}
    if not changes:
        return False
    _check(portal, {**row, **changes})
    for owner in row["ufCrmTask"]:
        portal.tasks_of.drop(owner, row["id"])
    row.update(changes, changedDate=portal.now(), changedBy=by)
    for owner in row["ufCrmTask"]:
        portal.tasks_of.add(owner, row["id"])
    portal.touch()
    portal.events.task_changed(row["id"])
    return True


def complete(portal: Portal, row: Row, by: int) -> None:
    """Say (400 "0") when it is closed already, or a result is asked for and missing."""
    if row["status"] in (COMPLETED, AWAITING_CONTROL):
        raise not_allowed()
    if row["needsResult"] and not portal.results.get(row["id"]):
        raise not_allowed()
    if row["taskControl"] == "Y" and by != row["createdBy"]:
        _set_status(portal, row, AWAITING_CONTROL, by)
        return
    for result in portal.results.get(row["id"], []):
        result["status"] = 1
    row["closedBy"], row["closedDate"] = by, portal.now()
    _set_status(portal, row, COMPLETED, by)


def renew(portal: Portal, row: Row, by: int) -> None:
    if row["status"] not in (COMPLETED, AWAITING_CONTROL, DEFERRED):
        raise not_allowed()
    row["closedBy"] = row["closedDate"] = None
    _set_status(portal, row, WAITING, by)


def add_result(portal: Portal, row: Row, text: str, by: int) -> Row:
    """A person writes down what came of the task."""
    portal.last_result_id += 1
    now = portal.now()
    result = {
        "id": portal.last_result_id,
        "taskId": row["id"],
        "commentId": 0,
        "createdBy": by,
        "createdAt": now.isoformat(),
        "updatedAt": now.isoformat(),
        "status": 0,
        "text": text,
        "formattedText": text,
        "files": [],
    }
    portal.results.setdefault(row["id"], []).insert(0, result)
    portal.touch()
    return result


def read(portal: Portal, fields: Any) -> Row:
    """Stored name -> exact value of the UPPER_SNAKE input; unknown names are passed over."""
    if not isinstance(fields, dict):
        raise Say(400, "100", "Could not find value for parameter {fields} (internal error)")
    wanted: Row = {}
    try:
        for name, value in fields.items():
            wanted |= _read_one(str(name).upper(), value, _zone(portal))
    except (ValueError, TypeError):
        raise Say(400, "ERROR_CORE", "Неверное значение поля задачи<br>") from None
    return wanted


def _read_one(name: str, value: Any, zone: tzinfo) -> Row:
    if name in TEXTS:
        return {TEXTS[name]: "" if value is None else str(value)}
    if name in NUMBERS:
        return {NUMBERS[name]: int(value) if not is_empty(value) else 0}
    if name in LISTS:
        return {LISTS[name]: [str(one) for one in listed(value)]}
    if name == "DEADLINE":
        return {"deadline": None if is_empty(value) else to_moment(value, zone).astimezone(PORTAL_ZONE)}
    if name == "SE_PARAMETER":
        rows = [
            row for row in listed(value) if isinstance(row, dict) and str(row.get("CODE")) == NEEDS_RESULT
        ]
        return {"needsResult": any(row.get("VALUE") == "Y" for row in rows)}
    return {}


def _zone(portal: Portal) -> tzinfo:
    return USER_ZONE if portal.switches["deadline_zone"] == "user" else PORTAL_ZONE


def _check(portal: Portal, values: Row) -> None:
    if not str(values.get("title", "")).strip():
        raise Say(400, "ERROR_CORE", "Не указано название задачи.<br>")
    person = portal.company.people.get(values.get("responsibleId", 0))
    if person is None or not person.active:
        raise Say(400, "ERROR_CORE", 'Пользователь, указанный в поле "Ответственный", не найден.<br>')


def _set_status(portal: Portal, row: Row, status: int, by: int) -> None:
    now = portal.now()
    row.update(status=status, statusChangedDate=now, statusChangedBy=by, changedDate=now, changedBy=by)
    portal.touch()
    portal.events.task_changed(row["id"])

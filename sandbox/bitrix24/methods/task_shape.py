"""How a task looks in answers: camelCase keys, strings, the people beside it."""

from datetime import datetime
from typing import Any

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import Call, listed
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.phpform import php_map
from sandbox.bitrix24.portal import Portal

STANDARD = (
    "id", "parentId", "title", "description", "priority", "groupId", "status", "createdBy", "createdDate",
    "changedBy", "changedDate", "statusChangedBy", "statusChangedDate", "closedBy", "closedDate",
    "responsibleId", "deadline", "xmlId", "taskControl", "accomplices", "auditors",
)  # fmt: skip
OWN = ("ufCrmTask",)


def task_shape(call: Call, row: Row, select: Any) -> Row:
    wanted = {str(name).upper() for name in listed(select)} or {"*"}
    names = [name for name in STANDARD if "*" in wanted or name == "id" or _upper(name) in wanted]
    if "UF_CRM_TASK" in wanted or "UF_*" in wanted:
        names += OWN
    task: Row = {name: _text(row[name]) for name in names}
    if "TAGS" in wanted:
        task["tags"] = php_map(
            {str(30 + at): {"id": 30 + at, "title": tag} for at, tag in enumerate(row["tags"])}
        )
    task |= {"group": [], "descriptionInBbcode": "Y", "favorite": "N", "subStatus": _sub_status(call, row)}
    for name, person in (("creator", row["createdBy"]), ("responsible", row["responsibleId"])):
        task[name] = _person(call.portal, person)
    return task


def _text(value: Any) -> Any:
    match value:
        case None | list():
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _sub_status(call: Call, row: Row) -> str:
    late = row["deadline"] is not None and row["deadline"] < call.portal.now()
    return "-1" if late and row["status"] in (tasks.WAITING, tasks.IN_PROGRESS) else str(row["status"])


def _person(portal: Portal, number: int) -> Row:
    person = portal.company.people.get(number)
    return {
        "id": str(number),
        "name": person.full_name if person else "",
        "link": f"/company/personal/user/{number}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": person.position if person else "",
    }


def actions(row: Row) -> dict[str, bool]:
    closed = row["status"] in (tasks.COMPLETED, tasks.AWAITING_CONTROL)
    return {"complete": not closed, "start": not closed, "renew": closed, "edit": True, "remove": True}


def _upper(name: str) -> str:
    return "".join(f"_{char}" if char.isupper() else char.upper() for char in name)


def yes(value: Any) -> str:
    return "Y" if value else "N"

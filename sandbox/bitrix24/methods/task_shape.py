"""How a task looks in answers: camelCase keys, strings, the people beside it."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import Call, listed
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.phpform import php_map
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.rights import has_part

STORED = (
    "id", "parentId", "title", "description", "mark", "priority", "stageId", "createdBy", "createdDate",
    "responsibleId", "changedBy", "changedDate", "statusChangedBy", "closedBy", "closedDate", "dateStart",
    "deadline", "startDatePlan", "endDatePlan", "xmlId", "allowChangeDeadline", "taskControl", "status",
    "statusChangedDate", "groupId", "auditors", "accomplices",
)  # fmt: skip
# What the portal says of every task; none of it can be changed here.
CONSTANT: dict[str, Any] = {
    "multitask": "N", "notViewed": "N", "replicate": "N", "sprintId": None, "backlogId": None,
    "commentsCount": None, "serviceCommentsCount": None, "allowTimeTracking": "N", "addInReport": "N",
    "forkedByTemplateId": None, "timeEstimate": "0", "timeSpentInLogs": None, "matchWorkTime": "N",
    "forumTopicId": None, "forumId": None, "siteId": "s1", "subordinate": "N", "exchangeModified": None,
    "exchangeId": None, "outlookVersion": "1", "viewedDate": None, "sorting": None, "durationFact": None,
    "isMuted": "N", "isPinned": "N", "isPinnedInGroup": "N", "flowId": None, "durationPlan": None,
    "durationType": "days", "favorite": "N",
}  # fmt: skip
BLANK_WHEN_ZERO = ("parentId",)
ZERO_WHEN_BLANK = ("closedBy",)
COUNTERS = (
    "expired", "newComments", "projectExpired", "projectNewComments", "mutedExpired", "mutedNewComments",
)  # fmt: skip


def task_shape(call: Call, row: Row, select: Any) -> Row:
    """`select` holds UPPER_SNAKE names; nothing or * is everything but own fields."""
    wanted = {str(name).upper() for name in listed(select)} or {"*"}
    every = "*" in wanted
    task = {
        name: _text(name, row[name]) for name in STORED if every or name == "id" or _upper(name) in wanted
    }
    task |= {name: value for name, value in CONSTANT.items() if every or _upper(name) in wanted}
    if every or "ACTIVITY_DATE" in wanted:
        task["activityDate"] = row["changedDate"].isoformat()
    if every or "CHAT_ID" in wanted:
        task["chatId"] = 2000 + row["id"]
    if every or "GUID" in wanted:
        task["guid"] = f"{{00000000-0000-4000-8000-{row['id']:012d}}}"
    task |= {"group": [], "descriptionInBbcode": "Y"} | _own(call, row, wanted)
    if "TAGS" in wanted:
        task["tags"] = _tags(row)
    if every or wanted & {"STATUS", "SUBSTATUS", "SUB_STATUS"}:
        task["subStatus"] = _sub_status(call, row)
    return {**task, **_people(call.portal, row, task)}


def listed_shape(call: Call, row: Row) -> Row:
    """A task as tasks.task.list shows it, with what `params` ask for."""
    select, order = call.get("select"), {str(name).upper() for name in call.table("order")}
    task, params = task_shape(call, row, select), call.table("params")
    for part in ("accomplices", "auditors"):
        if part in task:
            task[f"{part}Data"] = php_map({one: _person(call.portal, int(one)) for one in row[part]})
    if "DEADLINE" in order:
        task["lengthDeadline"] = "1" if row["deadline"] else "0"
    if "COUNTERS" in {str(name).upper() for name in listed(select)}:
        task["counter"] = {"counters": dict.fromkeys(COUNTERS, 0), "color": "gray", "value": 0}
    if params.get("WITH_TIMER_INFO"):
        task |= {"timeElapsed": None, "timerIsRunningForCurrentUser": "N"}
    if params.get("WITH_PARSED_DESCRIPTION"):
        task["parsedDescription"] = row["description"]
    return {**task, **_result_info(call, row)} if params.get("WITH_RESULT_INFO") else task


def actions(portal: Portal, row: Row, by: int) -> dict[str, bool]:
    """What the caller may do with it now."""
    status = row["status"]
    author, doer = has_part(portal, row, by, ("createdBy",)), has_part(portal, row, by, ("responsibleId",))
    opened, waiting = status not in tasks.CLOSED, status in (tasks.WAITING, tasks.DEFERRED)
    controlled = status == tasks.AWAITING_CONTROL and author
    return {
        "accept": False, "decline": False, "complete": opened, "approve": controlled,
        "disapprove": controlled, "start": waiting, "pause": status == tasks.IN_PROGRESS,
        "delegate": doer, "remove": author, "edit": author, "defer": status in tasks.OPEN,
        "renew": not opened, "create": True, "changeDeadline": author, "checklistAddItems": True,
        "addFavorite": True, "deleteFavorite": False, "rate": author, "take": False,
        "edit.originator": False, "checklist.reorder": True, "elapsedtime.add": True,
        "dayplan.timer.toggle": True, "edit.plan": author, "checklist.add": True, "favorite.add": True,
        "favorite.delete": False,
    }  # fmt: skip


def own_name(field: str) -> str:
    """UF_QC_FOUND -> ufQcFound, as the page of tasks.task.get shows ufCrmTask."""
    head, *rest = field.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


def yes(value: Any) -> str:
    return "Y" if value else "N"


def _own(call: Call, row: Row, wanted: set[str]) -> Row:
    own: Row = {}
    if wanted & {"UF_CRM_TASK", "UF_*"}:
        own["ufCrmTask"] = row["ufCrmTask"]
    if wanted & {"UF_TASK_WEBDAV_FILES", "UF_*"}:
        own |= {"ufTaskWebdavFiles": [], "ufMailMessage": None}
    camel = call.portal.switches["task_uf_names"] == "camel"
    for name in call.portal.company.task_fields:
        if wanted & {name, "UF_*"}:
            own[own_name(name) if camel else name] = _text(name, row.get(name))
    return own


def _people(portal: Portal, row: Row, task: Row) -> Row:
    beside = (("creator", "createdBy"), ("responsible", "responsibleId"))
    return {name: _person(portal, row[stored]) for name, stored in beside if stored in task}


def _result_info(call: Call, row: Row) -> Row:
    found = call.portal.results.get(row["id"], [])
    return {
        "taskRequireResult": yes(row["needsResult"]),
        "taskHasOpenResult": yes(any(one["status"] == 0 for one in found)),
        "taskHasResult": yes(found),
    }


def _tags(row: Row) -> Any:
    return php_map({str(30 + at): {"id": 30 + at, "title": tag} for at, tag in enumerate(row["tags"])})


def _text(name: str, value: Any) -> Any:
    match value:
        case None:
            return "0" if name in ZERO_WHEN_BLANK else None
        case 0 if name in BLANK_WHEN_ZERO:
            return None
        case list():
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _sub_status(call: Call, row: Row) -> str:
    late = row["deadline"] is not None and row["deadline"] < call.portal.now()
    return "-1" if late and row["status"] in tasks.OPEN else str(row["status"])


def _person(portal: Portal, number: int) -> Row:
    person = portal.company.people.get(number)
    return {
        "id": str(number),
        "name": person.full_name if person else "",
        "link": f"/company/personal/user/{number}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": person.position if person else "",
    }


@cache
def _upper(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).upper()


def shapes(call: Call, rows: Sequence[Row]) -> list[Row]:
    return [listed_shape(call, row) for row in rows]

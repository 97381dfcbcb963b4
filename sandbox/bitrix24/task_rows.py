"""A task as it is stored, where it is found, and the history it keeps of itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.shelf import Index

WAITING = 2
LOGGED = {
    "title": "TITLE", "description": "DESCRIPTION", "responsibleId": "RESPONSIBLE_ID",
    "createdBy": "CREATED_BY", "deadline": "DEADLINE", "priority": "PRIORITY", "status": "STATUS",
    "accomplices": "ACCOMPLICES", "auditors": "AUDITORS", "tags": "TAGS", "ufCrmTask": "UF_CRM_TASK",
    "parentId": "PARENT_ID", "groupId": "GROUP_ID", "mark": "MARK",
}  # fmt: skip


def log(portal: Portal, row: Row, field: str, before: Any, after: Any, by: int) -> None:
    """One line of tasks.task.history.list."""
    line = {
        "id": row["id"] * 1000 + len(row["log"]) + 1,
        "at": portal.now(),
        "field": field,
        "from": before,
        "to": after,
        "user": by,
    }
    row["log"].append(line)


def note(portal: Portal, row: Row, put: Callable[[Index, Any, int], None]) -> None:
    """A task is found fast by what it is bound to."""
    for owner in row["ufCrmTask"]:
        put(portal.tasks_of, owner, row["id"])


def blank(now: datetime, by: int) -> Row:
    """What a new task is before anybody says anything about it."""
    return {
        "parentId": 0,
        "title": "",
        "description": "",
        "mark": "",
        "priority": 1,
        "groupId": 0,
        "stageId": 0,
        "status": WAITING,
        "createdBy": by,
        "createdDate": now,
        "changedBy": by,
        "changedDate": now,
        "statusChangedBy": by,
        "statusChangedDate": now,
        "closedBy": None,
        "closedDate": None,
        "dateStart": None,
        "deadline": None,
        "startDatePlan": None,
        "endDatePlan": None,
        "xmlId": None,
        "taskControl": "N",
        "allowChangeDeadline": "N",
        "needsResult": False,
        "accomplices": [],
        "auditors": [],
        "tags": [],
        "ufCrmTask": [],
        "checklist": [],
        "log": [],
    }

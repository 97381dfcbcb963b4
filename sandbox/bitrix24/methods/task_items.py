"""What hangs on a task: comments and results, and what its fields are called."""

from typing import Any

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.rights import sees_task

STATUSES = {
    "2": "Ждёт выполнения",
    "3": "Выполняется",
    "4": "Ожидает контроля",
    "5": "Завершена",
    "6": "Отложена",
}
PRIORITIES = {"2": "Высокий", "1": "Средний", "0": "Низкий"}
FIELDS: dict[str, dict[str, Any]] = {
    "ID": {"title": "ID", "type": "integer", "primary": True},
    "PARENT_ID": {"title": "ID базовой задачи", "type": "integer", "default": 0},
    "TITLE": {"title": "Название", "type": "string", "required": True},
    "DESCRIPTION": {"title": "Описание", "type": "string"},
    "PRIORITY": {"title": "Приоритет", "type": "enum", "values": PRIORITIES, "default": 1},
    "STATUS": {"title": "Статус", "type": "enum", "values": STATUSES, "default": 2},
    "GROUP_ID": {"title": "Проект", "type": "integer", "default": 0},
    "CREATED_BY": {"title": "Постановщик", "type": "integer", "required": True},
    "CREATED_DATE": {"title": "Дата создания", "type": "datetime"},
    "RESPONSIBLE_ID": {"title": "Исполнитель", "type": "integer", "required": True},
    "ACCOMPLICES": {"title": "Соисполнители", "type": "array"},
    "AUDITORS": {"title": "Наблюдатели", "type": "array"},
    "CHANGED_DATE": {"title": "Дата изменения", "type": "datetime"},
    "CLOSED_BY": {"title": "Кем закрыта", "type": "integer"},
    "CLOSED_DATE": {"title": "Дата закрытия", "type": "datetime"},
    "DEADLINE": {"title": "Крайний срок", "type": "datetime", "default": None},
    "XML_ID": {"title": "Внешний код", "type": "string", "default": None},
    "TASK_CONTROL": {"title": "Принять работу", "type": "enum", "values": {"Y": "Да", "N": "Нет"}},
    "UF_CRM_TASK": {"title": "Элементы CRM", "type": "crm"},
}


def fields(call: Call) -> Answer:
    own = {
        name: {"title": field.label, "type": field.kind}
        for name, field in call.portal.company.task_fields.items()
    }
    return Answer({"fields": {**FIELDS, **own}})


def results(call: Call) -> Answer:
    number = call.number("taskId")
    if number is None:
        raise Say(400, "100", "Could not find value for parameter {taskId} (internal error)")
    row = call.portal.tasks.rows.get(number)
    if row is None or not sees_task(call.portal, row, call.by):
        return Answer([])
    return Answer([dict(one) for one in call.portal.results.get(number, [])])


def add_comment(call: Call) -> Answer:
    """task.commentitem.add; positional keys 0 and 1 are taken too."""
    row, portal = task_of(call), call.portal
    wanted = map_of(call, "FIELDS", 1)
    number = portal.task_comments.new_id()
    author, text = int(wanted.get("AUTHOR_ID") or call.by), str(wanted.get("POST_MESSAGE", ""))
    portal.task_comments.put(
        number, {"id": number, "taskId": row["id"], "author": author, "text": text, "at": portal.now()}
    )
    tasks.log(portal, row, "COMMENT", None, number, author)
    portal.touch()
    portal.events.task_comment(row["id"], number)
    return Answer(number)


def task_of(call: Call) -> Row:
    """By TASKID, or by position as the old methods allow. Say when there is none for the caller."""
    raw = call.get("TASKID", call.params.get("0"))
    if raw is None or not str(raw).isdigit():
        raise tasks_error(
            256, 'Param #0 (taskId) expected to be of type "integer", but given something else.'
        )
    row = call.portal.tasks.rows.get(int(raw))
    if row is None or not sees_task(call.portal, row, call.by):
        raise tasks_error(8, "Action failed")
    return row


def map_of(call: Call, name: str, place: int) -> Row:
    """A map by its name or, as the old methods allow, by its place."""
    value = call.get(name) or call.params.get(str(place))
    return value if isinstance(value, dict) else {}


def tasks_error(number: int, text: str) -> Say:
    """How the older methods of tasks say no."""
    kind = {8: "ACTION_FAILED_TO_BE_PROCESSED", 256: "WRONG_ARGUMENTS"}[number]
    told = f"TASKS_ERROR_EXCEPTION_#{number}; {text}; {number}/TE/{kind}<br>"  # codespell:ignore te
    return Say(400, "ERROR_CORE", told)


METHODS: dict[str, Method] = {
    "tasks.task.getfields": fields,
    "tasks.task.result.list": results,
    "task.commentitem.add": add_comment,
}

"""tasks.task.* and its neighbours: UPPER_SNAKE goes in, camelCase strings come out."""

from collections.abc import Callable
from typing import Any

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import PAGE, Answer, Call, Method, page
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.filters import FilterReader, Group, Known
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.task_shape import actions, task_shape, yes
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal

FILTER = {
    "ID": Known("id", "integer"),
    "TITLE": Known("title", "string"),
    "STATUS": Known("status", "integer"),
    "REAL_STATUS": Known("status", "integer"),
    "PRIORITY": Known("priority", "integer"),
    "GROUP_ID": Known("groupId", "integer"),
    "PARENT_ID": Known("parentId", "integer"),
    "RESPONSIBLE_ID": Known("responsibleId", "integer"),
    "CREATED_BY": Known("createdBy", "integer"),
    "CLOSED_BY": Known("closedBy", "integer"),
    "CREATED_DATE": Known("createdDate", "datetime"),
    "CHANGED_DATE": Known("changedDate", "datetime"),
    "CLOSED_DATE": Known("closedDate", "datetime"),
    "DEADLINE": Known("deadline", "datetime"),
    "UF_CRM_TASK": Known("ufCrmTask", "string"),
    "TAG": Known("tags", "string"),
    "TAGS": Known("tags", "string"),
    "XML_ID": Known("xmlId", "string"),
}
SORTS = {name: known.stored for name, known in FILTER.items() if name not in ("UF_CRM_TASK", "TAG", "TAGS")}


def add(call: Call) -> Answer:
    row = tasks.create(call.portal, call.get("fields"), call.by)
    deals = [int(owner[2:]) for owner in row["ufCrmTask"] if owner.startswith("D_") and owner[2:].isdigit()]
    made = {"id": row["id"], "title": row["title"], "deal_id": deals[0] if deals else None}
    call.portal.ledger.tasks_created.append(made)
    return Answer({"task": task_shape(call, row, ["*"])})


def get(call: Call) -> Answer:
    row = call.portal.tasks.rows.get(call.number("taskId") or 0)
    if row is None:
        return Answer([])  # a missing or forbidden task is no error (tasks-task-get page)
    return Answer({"task": {**task_shape(call, row, call.get("select")), "action": actions(row)}})


def list_(call: Call) -> Answer:
    portal = call.portal
    wanted = FilterReader(FILTER, PORTAL_ZONE, strict=False).read(call.get("filter"))
    rows = [portal.tasks.rows[number] for number in _candidates(portal, wanted)]
    found = [row for row in rows if wanted.passes(row) and portal.visible(row["createdDate"])]
    _sort(found, call.get("order"))
    if call.start == -1 and portal.switches["task_list_no_count"]:
        return Answer({"tasks": _listed(call, found[:PAGE])}, total=0)
    here, total, following = page(found, call.start)
    return Answer({"tasks": _listed(call, here)}, total, following)


def update(call: Call) -> Answer:
    row = _existing(call)
    tasks.change(call.portal, row, tasks.read(call.portal, call.get("fields")), call.by)
    return Answer({"task": task_shape(call, row, ["*"])})


def complete(call: Call) -> Answer:
    row = _existing(call)
    tasks.complete(call.portal, row, call.by)
    return Answer({"task": task_shape(call, row, ["*"])})


def renew(call: Call) -> Answer:
    row = _existing(call)
    tasks.renew(call.portal, row, call.by)
    return Answer({"task": task_shape(call, row, ["*"])})


def results(call: Call) -> Answer:
    number = call.number("taskId")
    if number is None:
        raise Say(400, "100", "Could not find value for parameter {taskId} (internal error)")
    return Answer([dict(row) for row in call.portal.results.get(number, [])])


def add_comment(call: Call) -> Answer:
    """task.commentitem.add; positional keys 0 and 1 are taken too."""
    call.params.setdefault("taskid", call.params.get("0"))
    fields = call.get("FIELDS") or call.params.get("1") or {}
    row = _existing(call)
    portal = call.portal
    number = portal.task_comments.new_id()
    author = int(fields.get("AUTHOR_ID") or call.by)
    text = str(fields.get("POST_MESSAGE", ""))
    portal.task_comments.put(
        number, {"id": number, "taskId": row["id"], "author": author, "text": text, "at": portal.now()}
    )
    portal.touch()
    portal.events.task_comment(row["id"], number)
    return Answer(number)


def _existing(call: Call) -> Row:
    row = call.portal.tasks.rows.get(call.number("taskId") or 0)
    if row is None:
        raise tasks.not_allowed()
    return row


def _candidates(portal: Portal, wanted: Group) -> list[int]:
    for test in wanted.tests("ufCrmTask"):
        if test.op in ("=", "@"):
            return portal.tasks_of.of_any(test.value if test.op == "@" else [test.value])
    return portal.tasks.ids


def _sort(rows: list[Row], raw: Any) -> None:
    for name, way in reversed(list(raw.items()) if isinstance(raw, dict) else []):
        stored = SORTS.get(str(name).upper())
        if stored is None:
            raise Say(400, "0", f"Неизвестное поле сортировки {name}")
        rows.sort(key=_by(stored), reverse=str(way).upper().startswith("DESC"))


def _by(stored: str) -> Callable[[Row], Any]:
    return lambda row: (row[stored] is not None, row[stored] or 0)


def _listed(call: Call, rows: Any) -> list[Row]:
    params = call.get("params")
    with_results = isinstance(params, dict) and params.get("WITH_RESULT_INFO")
    shown = []
    for row in rows:
        task = task_shape(call, row, call.get("select"))
        if with_results:
            found = call.portal.results.get(row["id"], [])
            task |= {
                "taskRequireResult": yes(row["needsResult"]),
                "taskHasOpenResult": yes(any(one["status"] == 0 for one in found)),
                "taskHasResult": yes(found),
            }
        shown.append(task)
    return shown


METHODS: dict[str, Method] = {
    "tasks.task.add": add,
    "tasks.task.get": get,
    "tasks.task.list": list_,
    "tasks.task.update": update,
    "tasks.task.complete": complete,
    "tasks.task.renew": renew,
    "tasks.task.result.list": results,
    "task.commentitem.add": add_comment,
}

"""tasks.task.*: UPPER_SNAKE goes in, camelCase strings come out."""

from collections.abc import Callable
from typing import Any

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import PAGE, Answer, Call, Method, page
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.filters import FilterReader, Group, Known
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.task_shape import actions, shapes, task_shape
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.rights import has_part, is_admin, sees_task
from sandbox.bitrix24.values import shown

NUMBER_FIELDS = (
    "ID", "PRIORITY", "GROUP_ID", "PARENT_ID", "RESPONSIBLE_ID", "CREATED_BY", "CHANGED_BY",
    "STATUS_CHANGED_BY", "CLOSED_BY", "STAGE_ID",
)  # fmt: skip
MOMENT_FIELDS = (
    "CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "STATUS_CHANGED_DATE", "DEADLINE", "DATE_START",
)  # fmt: skip
AUTHOR = ("createdBy",)
AUTHOR_OR_DOER = ("createdBy", "responsibleId")
DOERS = (*AUTHOR_OR_DOER, "accomplices")
NO_TASK = "CTaskItem All parameters in the constructor must have real class type (internal error)"


def _camel(name: str) -> str:
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


FILTER = {
    **{name: Known(_camel(name), "integer") for name in NUMBER_FIELDS},
    **{name: Known(_camel(name), "datetime") for name in MOMENT_FIELDS},
    "STATUS": Known("status", "integer"),
    "REAL_STATUS": Known("status", "integer"),
    "TITLE": Known("title", "string"),
    "UF_CRM_TASK": Known("ufCrmTask", "string"),
    "TAG": Known("tags", "string"),
    "TAGS": Known("tags", "string"),
    "ACCOMPLICE": Known("accomplices", "string"),
    "AUDITOR": Known("auditors", "string"),
    "XML_ID": Known("xmlId", "string"),
}
LISTS = ("UF_CRM_TASK", "TAG", "TAGS", "ACCOMPLICE", "AUDITOR")


def add(call: Call) -> Answer:
    row = tasks.create(call.portal, call.get("fields"), call.by)
    deals = [int(owner[2:]) for owner in row["ufCrmTask"] if owner.startswith("D_") and owner[2:].isdigit()]
    made = {"id": row["id"], "title": row["title"], "deal_id": deals[0] if deals else None}
    call.portal.ledger.tasks_created.append(made)
    return Answer({"task": task_shape(call, row, ["*"])})


def get(call: Call) -> Answer:
    row = call.portal.tasks.rows.get(_task_id(call))
    if row is None or not sees_task(call.portal, row, call.by):
        return Answer([])  # a missing or forbidden task is no error (tasks-task-get page)
    able = actions(call.portal, row, call.by)
    return Answer({"task": {**task_shape(call, row, call.get("select")), "favorite": "N", "action": able}})


def list_(call: Call) -> Answer:
    portal = call.portal
    wanted = _read_filter(call)
    rows = (portal.tasks.rows[number] for number in _candidates(portal, wanted))
    found = [row for row in rows if wanted.passes(row) and portal.visible(row["createdDate"])]
    if not is_admin(portal, call.by):
        found = [row for row in found if sees_task(portal, row, call.by)]
    _sort(found, call.get("order"))
    if call.start == -1 and portal.switches["task_list_no_count"]:
        return Answer({"tasks": shapes(call, found[:PAGE])}, total=0)
    here, total, following = page(found, call.start)
    return Answer({"tasks": shapes(call, here)}, total, following)


def update(call: Call) -> Answer:
    wanted = tasks.read(call.portal, call.get("fields"))
    row = existing(call, AUTHOR_OR_DOER)
    tasks.change(call.portal, row, wanted, call.by)
    return Answer({"task": task_shape(call, row, ["*"])})


def delete(call: Call) -> Answer:
    tasks.delete(call.portal, existing(call, AUTHOR, "1048582"))
    return Answer({"task": True})


def delegate(call: Call) -> Answer:
    user = call.number("userId")
    if user is None:
        raise Say(400, "100", "Could not find value for parameter {userId}")
    row = existing(call, AUTHOR_OR_DOER)
    tasks.change(call.portal, row, {"responsibleId": user}, call.by)
    return Answer({"task": task_shape(call, row, ["*"])})


def history(call: Call) -> Answer:
    row = call.portal.tasks.rows.get(_task_id(call))
    if row is None or not sees_task(call.portal, row, call.by):
        raise Say(400, "0", "Access denied. (internal error)")
    return Answer({"list": [_line(call.portal, line) for line in row["log"]]})


def existing(call: Call, parts: tuple[str, ...], code: str = "0") -> Row:
    """The task, if the caller may act on it as one of `parts` or above them. Say otherwise."""
    row = call.portal.tasks.rows.get(_task_id(call))
    if row is None or not has_part(call.portal, row, call.by, parts):
        raise tasks.not_allowed(code)
    return row


def action(do: Callable[[Portal, Row, int], None], parts: tuple[str, ...], code: str = "0") -> Method:
    """A method that changes the status of one task; `code` is what its page shows for a refusal."""

    def method(call: Call) -> Answer:
        row = existing(call, parts, code)
        do(call.portal, row, call.by)
        return Answer({"task": task_shape(call, row, ["*"])})

    return method


def _task_id(call: Call) -> int:
    if call.get("taskId") is None:
        raise Say(400, "100", NO_TASK)
    number = call.number("taskId")
    if number is None:
        raise Say(400, "0", "wrong task id (internal error)")
    return number


def _line(portal: Portal, line: Row) -> Row:
    person = portal.company.people.get(line["user"])
    names = {"name": person.name, "lastName": person.last_name} if person else {"name": "", "lastName": ""}
    return {
        "id": line["id"],
        "createdDate": line["at"].isoformat(),
        "field": line["field"],
        "value": {"from": _plain(line["from"]), "to": _plain(line["to"])},
        "user": {"id": line["user"], **names, "secondName": "", "login": f"user{line['user']}@example.com"},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if value is None else str(shown(value))


def _read_filter(call: Call) -> Group:
    own = {name: Known(name, field.kind) for name, field in call.portal.company.task_fields.items()}
    known = {**FILTER, **own} if own else FILTER
    return FilterReader(known, PORTAL_ZONE, strict=False).read(call.get("filter"))


def _candidates(portal: Portal, wanted: Group) -> list[int]:
    for test in wanted.tests("ufCrmTask"):
        if test.op in ("=", "@"):
            return portal.tasks_of.of_any(test.value if test.op == "@" else [test.value])
    return portal.tasks.ids


def _sort(rows: list[Row], raw: Any) -> None:
    for name, way in reversed(list(raw.items()) if isinstance(raw, dict) else []):
        known = FILTER.get(str(name).upper())
        if known is None or str(name).upper() in LISTS:
            raise Say(400, "0", f"Неизвестное поле сортировки {name}")
        rows.sort(key=_by(known.stored), reverse=str(way).upper().startswith("DESC"))


def _by(stored: str) -> Callable[[Row], Any]:
    return lambda row: (row[stored] is not None, row[stored] or 0)


METHODS: dict[str, Method] = {
    "tasks.task.add": add,
    "tasks.task.get": get,
    "tasks.task.list": list_,
    "tasks.task.update": update,
    "tasks.task.delete": delete,
    "tasks.task.delegate": delegate,
    "tasks.task.history.list": history,
    "tasks.task.complete": action(tasks.complete, DOERS),
    "tasks.task.start": action(tasks.start, DOERS),
    "tasks.task.pause": action(tasks.pause, DOERS, "1048582"),
    "tasks.task.defer": action(tasks.defer, DOERS, "1048582"),
    "tasks.task.renew": action(tasks.renew, DOERS, "1048582"),
    "tasks.task.approve": action(tasks.approve, AUTHOR, "1048582"),
    "tasks.task.disapprove": action(tasks.disapprove, AUTHOR, "1048582"),
}

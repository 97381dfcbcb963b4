"""task.checklistitem.*: checklists of a task and their lines."""

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.methods.task_items import map_of, task_of, tasks_error
from sandbox.bitrix24.values import shown, truth


def add_check(call: Call) -> Answer:
    """A checklist (PARENT_ID 0) or one of its lines."""
    row, wanted = task_of(call), map_of(call, "FIELDS", 1)
    title = str(wanted.get("TITLE") or "").strip()
    if not title:
        raise tasks_error(8, "Не указано название")
    parent = int(wanted.get("PARENT_ID") or 0)
    if parent and all(line["ID"] != parent for line in row["checklist"]):
        raise tasks_error(8, "Добавление элемента: действие недоступно")
    line = {
        "ID": row["id"] * 1000 + len(row["checklist"]) + 1,
        "PARENT_ID": parent,
        "CREATED_BY": call.by,
        "TITLE": title,
        "SORT_INDEX": int(wanted.get("SORT_INDEX") or len(row["checklist"])),
        "IS_COMPLETE": "Y" if truth(wanted.get("IS_COMPLETE")) else "N",
        "IS_IMPORTANT": "Y" if truth(wanted.get("IS_IMPORTANT")) else "N",
        "TOGGLED_BY": None,
        "TOGGLED_DATE": None,
    }
    row["checklist"].append(line)
    tasks.log(call.portal, row, "CHECKLIST_ITEM_CREATE", "", title, call.by)
    call.portal.touch()
    return Answer(line["ID"])


def checks(call: Call) -> Answer:
    row = task_of(call)
    return Answer([_shown_line(row, line) for line in row["checklist"]])


def complete_check(call: Call) -> Answer:
    return _toggle(call, "Y")


def renew_check(call: Call) -> Answer:
    return _toggle(call, "N")


def _toggle(call: Call, done: str) -> Answer:
    row, raw = task_of(call), call.get("ITEMID", call.params.get("1"))
    if raw is None:
        raise tasks_error(256, "Param #1 (itemId) expected by method, but not given.")
    line = next((one for one in row["checklist"] if str(one["ID"]) == str(raw)), None)
    if line is None:
        raise tasks_error(8, "Action failed")
    line.update(IS_COMPLETE=done, TOGGLED_BY=call.by, TOGGLED_DATE=call.portal.now())
    call.portal.touch()
    return Answer(True)


def _shown_line(row: Row, line: Row) -> Row:
    numbers = ("ID", "PARENT_ID", "CREATED_BY", "SORT_INDEX", "TOGGLED_BY")
    texts = {name: None if line[name] is None else str(line[name]) for name in numbers}
    return {
        **line,
        **texts,
        "TASK_ID": str(row["id"]),
        "PARENT_ID": str(line["PARENT_ID"]) if line["PARENT_ID"] else 0,
        "TOGGLED_DATE": shown(line["TOGGLED_DATE"]) or "",
        "MEMBERS": [],
        "ATTACHMENTS": [],
    }


METHODS: dict[str, Method] = {
    "task.checklistitem.add": add_check,
    "task.checklistitem.getlist": checks,
    "task.checklistitem.complete": complete_check,
    "task.checklistitem.renew": renew_check,
}

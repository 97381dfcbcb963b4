"""What happens to tasks, and what their history tells of it. Same rules for REST and for people."""

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.shelf import Index
from sandbox.bitrix24.task_reading import read
from sandbox.bitrix24.task_rows import LOGGED, WAITING, blank, log, note

__all__ = ["AWAITING_CONTROL", "COMPLETED", "DEFERRED", "IN_PROGRESS", "WAITING", "log", "read"]

IN_PROGRESS, AWAITING_CONTROL, COMPLETED, DEFERRED = 3, 4, 5, 6
OPEN = (WAITING, IN_PROGRESS)
CLOSED = (COMPLETED, AWAITING_CONTROL)


def not_allowed(code: str = "0") -> Say:
    """The pages of most actions show the code 1048582 instead of 0."""
    return Say(400, code, "Действие над задачей не разрешено")


def create(portal: Portal, fields: Row, by: int) -> Row:
    """Say (400 ERROR_CORE) without a title or a responsible person who exists."""
    wanted = read(portal, fields)
    if not portal.switches["task_tags_accepted"]:
        wanted.pop("tags", None)
    if not portal.switches["task_xml_id_accepted"]:
        wanted.pop("xmlId", None)
    _check(portal, wanted)
    own = dict.fromkeys(portal.company.task_fields)
    row = {**blank(portal.now(), by), **own, **wanted, "id": portal.tasks.new_id()}
    portal.tasks.put(row["id"], row)
    note(portal, row, Index.add)
    log(portal, row, "NEW", None, None, by)
    portal.touch()
    portal.events.task_added(row["id"])
    return row


def change(portal: Portal, row: Row, wanted: Row, by: int) -> bool:
    """False when nothing differs."""
    changes = {name: value for name, value in wanted.items() if row.get(name) != value}
    if not changes:
        return False
    _check(portal, {**row, **changes})
    for name, value in changes.items():
        log(portal, row, LOGGED.get(name, name), row.get(name), value, by)
    note(portal, row, Index.drop)
    row.update(changes, changedDate=portal.now(), changedBy=by)
    note(portal, row, Index.add)
    portal.touch()
    portal.events.task_changed(row["id"])
    return True


def complete(portal: Portal, row: Row, by: int) -> None:
    """Say (400 "0") when it is closed already, or a result is asked for and missing."""
    if row["status"] in CLOSED:
        raise not_allowed()
    if row["needsResult"] and not portal.results.get(row["id"]):
        raise not_allowed()
    if row["taskControl"] == "Y" and by != row["createdBy"]:
        _set_status(portal, row, AWAITING_CONTROL, by)
        return
    _close(portal, row, by)


def approve(portal: Portal, row: Row, by: int) -> None:
    if row["status"] != AWAITING_CONTROL:
        raise not_allowed("1048582")
    _close(portal, row, by)


def disapprove(portal: Portal, row: Row, by: int) -> None:
    """Back to work."""
    if row["status"] not in CLOSED:
        raise not_allowed("1048582")
    renew(portal, row, by)


def renew(portal: Portal, row: Row, by: int) -> None:
    if row["status"] not in (*CLOSED, DEFERRED):
        raise not_allowed("1048582")
    row["closedBy"] = row["closedDate"] = None
    _set_status(portal, row, WAITING, by)


def start(portal: Portal, row: Row, by: int) -> None:
    if row["status"] not in (WAITING, DEFERRED):
        raise not_allowed()
    row["dateStart"] = portal.now()
    _set_status(portal, row, IN_PROGRESS, by)


def pause(portal: Portal, row: Row, by: int) -> None:
    if row["status"] != IN_PROGRESS:
        raise not_allowed("1048582")
    _set_status(portal, row, WAITING, by)


def defer(portal: Portal, row: Row, by: int) -> None:
    if row["status"] not in OPEN:
        raise not_allowed("1048582")
    _set_status(portal, row, DEFERRED, by)


def delete(portal: Portal, row: Row) -> None:
    note(portal, row, Index.drop)
    portal.tasks.drop(row["id"])
    portal.results.pop(row["id"], None)
    portal.touch()
    portal.events.task_deleted(row["id"])


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


def _check(portal: Portal, values: Row) -> None:
    if not str(values.get("title", "")).strip():
        raise Say(400, "ERROR_CORE", "Не указано название задачи.<br>")
    person = portal.company.people.get(values.get("responsibleId", 0))
    if person is None or not person.active:
        raise Say(400, "ERROR_CORE", 'Пользователь, указанный в поле "Ответственный", не найден.<br>')


def _close(portal: Portal, row: Row, by: int) -> None:
    for result in portal.results.get(row["id"], []):
        result["status"] = 1
    row["closedBy"], row["closedDate"] = by, portal.now()
    _set_status(portal, row, COMPLETED, by)


def _set_status(portal: Portal, row: Row, status: int, by: int) -> None:
    now = portal.now()
    log(portal, row, "STATUS", row["status"], status, by)
    row.update(status=status, statusChangedDate=now, statusChangedBy=by, changedDate=now, changedBy=by)
    portal.touch()
    portal.events.task_changed(row["id"])

"""Tasks: strings in camelCase, who may be responsible, closing and reopening."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24 import tasks
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

from .conftest import Remembered, StillClock

Call = Callable[..., Any]
FIELDS = {
    "TITLE": "Проверить отзыв",
    "RESPONSIBLE_ID": 201,
    "UF_CRM_TASK": ["D_10"],
    "DEADLINE": "2026-03-03T18:00:00+05:00",
    "TAGS": ["qc"],
    "XML_ID": "qc:10",
}


def test_a_new_task(call: Call) -> None:
    task = call("tasks.task.add", fields=FIELDS)["task"]
    assert (task["status"], task["priority"], task["responsibleId"]) == ("2", "1", "201")
    assert (task["closedDate"], task["deadline"]) == (None, "2026-03-03T16:00:00+03:00")
    assert task["responsible"]["name"] == "Анна Белова"
    assert task["group"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"TITLE": "", "RESPONSIBLE_ID": 201}, "ERROR_CORE"),
        ({"TITLE": "x"}, "ERROR_CORE"),
        ({"TITLE": "x", "RESPONSIBLE_ID": 999}, "ERROR_CORE"),
        ({"TITLE": "x", "RESPONSIBLE_ID": 201, "DEADLINE": "soon"}, "ERROR_CORE"),
        (None, "100"),
    ],
)
def test_a_task_that_cannot_be(portal: Portal, call: Call, fields: Any, code: str) -> None:
    with pytest.raises(Say) as no:
        call("tasks.task.add", fields=fields)
    assert (no.value.status, no.value.code) == (400, code)
    assert len(portal.tasks) == 0


def test_get_shows_own_fields_only_when_asked(call: Call) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    assert "ufCrmTask" not in call("tasks.task.get", taskId=number)["task"]
    task = call("tasks.task.get", taskId=number, select=["ID", "STATUS", "UF_CRM_TASK", "TAGS"])["task"]
    assert (task["id"], task["status"], task["ufCrmTask"]) == (number, "2", ["D_10"])
    assert [tag["title"] for tag in task["tags"].values()] == ["qc"]
    assert "title" not in task
    assert task["action"]["complete"] is True
    assert call("tasks.task.get", taskId=1) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"UF_CRM_TASK": "D_10"}, ["a", "c"]),
        ({"UF_CRM_TASK": "D_10", "REAL_STATUS": 5}, ["c"]),
        ({"!REAL_STATUS": 5, "RESPONSIBLE_ID": [201, 101]}, ["a", "b"]),
        ({"TAG": "qc"}, ["b"]),
        ({"XML_ID": "x-b"}, ["b"]),
        ({">=CHANGED_DATE": "2026-03-02T09:02:00+03:00"}, ["c"]),
        ({"@ID": [501, 502]}, ["a", "b"]),
        ({"UNKNOWN": 1}, ["a", "b", "c"]),
    ],
)
def test_lists(portal: Portal, call: Call, clock: StillClock, wanted: Any, found: list[str]) -> None:
    for name, more in (
        ("a", {}),
        ("b", {"UF_CRM_TASK": ["D_1"], "TAGS": ["qc"], "XML_ID": "x-b"}),
        ("c", {}),
    ):
        clock.wait(30)
        task = {"TITLE": name, "RESPONSIBLE_ID": 201, "UF_CRM_TASK": ["D_10"], **more}
        call("tasks.task.add", fields=task)
    clock.wait(60)
    call("tasks.task.complete", taskId=503)
    answer = run(portal, "tasks.task.list", {"filter": wanted, "order": {"ID": "asc"}}, 1).answer
    assert [task["title"] for task in answer.result["tasks"]] == found
    assert answer.total == len(found)


def test_a_list_without_a_count_where_the_portal_can(portal: Portal, call: Call) -> None:
    for number in range(60):
        call("tasks.task.add", fields={"TITLE": str(number), "RESPONSIBLE_ID": 201})
    answer = run(portal, "tasks.task.list", {"start": -1}, 1).answer
    assert (len(answer.result["tasks"]), answer.total, answer.next) == (50, 0, None)
    portal.switches.set("task_list_no_count", False)
    answer = run(portal, "tasks.task.list", {"start": -1}, 1).answer
    assert (len(answer.result["tasks"]), answer.total, answer.next) == (50, 60, 50)


def test_closing_and_reopening(call: Call, hooked: Remembered) -> None:
    number = int(call("tasks.task.add", fields=FIELDS)["task"]["id"])
    task = call("tasks.task.complete", taskId=number)["task"]
    assert (task["status"], task["closedBy"]) == ("5", "1")
    with pytest.raises(Say) as no:
        call("tasks.task.complete", taskId=number)
    assert (no.value.status, no.value.code) == (400, "0")
    task = call("tasks.task.renew", taskId=number)["task"]
    assert (task["status"], task["closedDate"]) == ("2", None)
    with pytest.raises(Say):
        call("tasks.task.renew", taskId=number)
    with pytest.raises(Say):
        call("tasks.task.complete", taskId=99)
    assert hooked.events() == [("ONTASKADD", number), ("ONTASKUPDATE", number), ("ONTASKUPDATE", number)]


def test_control_and_a_forced_result(portal: Portal, call: Call) -> None:
    forced = {"SE_PARAMETER": [{"VALUE": "Y", "CODE": 3}], "TASK_CONTROL": "Y"}
    number = int(call("tasks.task.add", fields={**FIELDS, **forced})["task"]["id"])
    row = portal.tasks.rows[number]
    with pytest.raises(Say):
        tasks.complete(portal, row, 201)
    tasks.add_result(portal, row, "нашёл", 201)
    tasks.complete(portal, row, 201)
    assert row["status"] == tasks.AWAITING_CONTROL
    result = call("tasks.task.result.list", taskId=number)[0]
    assert (result["text"], result["createdBy"], result["status"], result["files"]) == ("нашёл", 201, 0, [])
    listed = call("tasks.task.list", params={"WITH_RESULT_INFO": True})["tasks"][0]
    assert (listed["taskRequireResult"], listed["taskHasResult"]) == ("Y", "Y")


def test_update_and_comment(call: Call, hooked: Remembered) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    fields = {"RESPONSIBLE_ID": 101, "UF_CRM_TASK": ["D_11"]}
    assert call("tasks.task.update", taskId=number, fields=fields)["task"]["responsibleId"] == "101"
    assert call("tasks.task.list", filter={"UF_CRM_TASK": "D_10"})["tasks"] == []
    assert len(call("tasks.task.list", filter={"UF_CRM_TASK": "D_11"})["tasks"]) == 1
    call("tasks.task.update", taskId=number, fields=fields)
    assert isinstance(call("task.commentitem.add", TASKID=number, FIELDS={"POST_MESSAGE": "?"}), int)
    assert [name for name, _ in hooked.events()] == ["ONTASKADD", "ONTASKUPDATE", "ONTASKCOMMENTADD"]


@pytest.mark.parametrize(
    ("switch", "value", "select", "key", "seen"),
    [
        ("task_tags_accepted", False, "TAGS", "tags", []),
        ("task_xml_id_accepted", False, "XML_ID", "xmlId", None),
        ("deadline_zone", "user", "DEADLINE", "deadline", "2026-03-03T16:00:00+03:00"),
        ("deadline_zone", "portal", "DEADLINE", "deadline", "2026-03-03T18:00:00+03:00"),
    ],
)
def test_what_the_documents_leave_open(
    portal: Portal, call: Call, switch: str, value: Any, select: str, key: str, seen: Any
) -> None:
    portal.switches.set(switch, value)
    fields = {**FIELDS, "DEADLINE": "2026-03-03T18:00:00"}
    number = call("tasks.task.add", fields=fields)["task"]["id"]
    assert call("tasks.task.get", taskId=number, select=[select])["task"][key] == seen


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["start"], "3"),
        (["start", "pause"], "2"),
        (["defer"], "6"),
        (["defer", "start"], "3"),
        (["defer", "renew"], "2"),
        (["complete", "disapprove"], "2"),
    ],
)
def test_ways_of_a_task(call: Call, steps: list[str], status: str) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    answers = [call(f"tasks.task.{step}", taskId=number)["task"]["status"] for step in steps]
    assert answers[-1] == status


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("pause", "1048582"),
        ("renew", "1048582"),
        ("approve", "1048582"),
        ("disapprove", "1048582"),
    ],
)
def test_steps_that_a_new_task_cannot_take(call: Call, step: str, code: str) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    with pytest.raises(Say) as no:
        call(f"tasks.task.{step}", taskId=number)
    assert (no.value.status, no.value.code) == (400, code)


@pytest.mark.parametrize(("params", "code"), [({}, "100"), ({"taskId": "x"}, "0")])
def test_a_task_that_is_not_named(call: Call, params: dict[str, Any], code: str) -> None:
    for method in ("get", "update", "complete", "delete", "history.list"):
        with pytest.raises(Say) as no:
            call(f"tasks.task.{method}", **params, fields=FIELDS)
        assert no.value.code == code, method


def test_control_ends_with_the_author(portal: Portal, call: Call) -> None:
    number = int(call("tasks.task.add", fields={**FIELDS, "TASK_CONTROL": "Y"})["task"]["id"])
    assert run(portal, "tasks.task.complete", {"taskId": number}, 201).answer.result["task"]["status"] == "4"
    with pytest.raises(Say):
        run(portal, "tasks.task.approve", {"taskId": number}, 201)
    assert call("tasks.task.approve", taskId=number)["task"]["closedBy"] == "1"


def test_a_task_is_handed_on_and_deleted(portal: Portal, call: Call, hooked: Remembered) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    assert call("tasks.task.delegate", taskId=number, userId=202)["task"]["responsibleId"] == "202"
    with pytest.raises(Say) as no:
        call("tasks.task.delegate", taskId=number)
    assert no.value.code == "100"
    assert call("tasks.task.delete", taskId=number) == {"task": True}
    assert call("tasks.task.get", taskId=number) == []
    assert call("tasks.task.list", filter={"UF_CRM_TASK": "D_10"})["tasks"] == []
    assert hooked.posts[-1][1].startswith("event=ONTASKDELETE&")


def test_history_tells_who_changed_what(call: Call, portal: Portal, clock: StillClock) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    clock.wait(60)
    change = {"TITLE": "Другое", "DEADLINE": "2026-03-05T18:00:00+05:00"}
    run(portal, "tasks.task.update", {"taskId": number, "fields": change}, 101)
    run(portal, "tasks.task.complete", {"taskId": number}, 201)
    lines = call("tasks.task.history.list", taskId=number)["list"]
    assert [(line["field"], line["user"]["id"]) for line in lines] == [
        ("NEW", 1),
        ("TITLE", 101),
        ("DEADLINE", 101),
        ("STATUS", 201),
    ]
    assert lines[1]["value"] == {"from": "Проверить отзыв", "to": "Другое"}
    assert (lines[3]["value"], lines[3]["createdDate"]) == (
        {"from": "2", "to": "5"},
        "2026-03-02T09:01:00+03:00",
    )


def test_a_checklist_is_ticked(call: Call) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    root = call("task.checklistitem.add", TASKID=number, FIELDS={"TITLE": "Отзыв"})
    line = call("task.checklistitem.add", **{"0": number, "1": {"TITLE": "Найден", "PARENT_ID": root}})
    assert call("task.checklistitem.complete", TASKID=number, ITEMID=line) is True
    rows = call("task.checklistitem.getlist", TASKID=number)
    assert [(row["TITLE"], row["PARENT_ID"], row["IS_COMPLETE"]) for row in rows] == [
        ("Отзыв", 0, "N"),
        ("Найден", str(root), "Y"),
    ]
    assert (rows[1]["ID"], rows[1]["TASK_ID"], rows[1]["TOGGLED_BY"]) == (str(line), number, "1")
    assert call("task.checklistitem.renew", **{"0": number, "1": line}) is True
    assert call("task.checklistitem.getlist", TASKID=number)[1]["IS_COMPLETE"] == "N"


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("task.checklistitem.getlist", {"TASKID": 1}, "ACTION_FAILED_TO_BE_PROCESSED"),
        ("task.checklistitem.getlist", {"TASKID": "x"}, "WRONG_ARGUMENTS"),
        ("task.checklistitem.complete", {}, "itemId"),
        ("task.checklistitem.complete", {"ITEMID": 7}, "ACTION_FAILED_TO_BE_PROCESSED"),
        ("task.checklistitem.add", {"FIELDS": {"TITLE": "x", "PARENT_ID": 7}}, "действие недоступно"),
    ],
)
def test_checklists_that_cannot_be(call: Call, method: str, params: dict[str, Any], text: str) -> None:
    number = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    with pytest.raises(Say, match=text) as no:
        call(method, **{"TASKID": number, **params})
    assert no.value.code == "ERROR_CORE"


def test_own_fields_of_tasks(portal: Portal, call: Call) -> None:
    old = call("tasks.task.add", fields=FIELDS)["task"]["id"]
    params = {"USER_TYPE_ID": "boolean", "FIELD_NAME": "QC_FOUND", "EDIT_FORM_LABEL": {"ru": "Отзыв найден"}}
    made = call("task.item.userfield.add", PARAMS=params)
    rows = {row["FIELD_NAME"]: row for row in call("task.item.userfield.getlist")}
    assert rows["UF_QC_FOUND"]["ID"] == str(made)
    assert rows["UF_CRM_TASK"]["MULTIPLE"] == "Y"
    assert call("tasks.task.getFields".lower())["fields"]["UF_QC_FOUND"]["title"] == "Отзыв найден"
    call("tasks.task.update", taskId=old, fields={"UF_QC_FOUND": 1})
    task = call("tasks.task.get", taskId=old, select=["ID", "UF_QC_FOUND"])["task"]
    assert (task["ufQcFound"], "title" in task) == ("Y", False)
    portal.switches.set("task_uf_names", "upper")
    assert call("tasks.task.get", taskId=old, select=["UF_*"])["task"]["UF_QC_FOUND"] == "Y"
    assert len(call("tasks.task.list", filter={"UF_QC_FOUND": 1})["tasks"]) == 1
    for wrong in ({**params, "USER_TYPE_ID": "enumeration"}, params, {}):
        with pytest.raises(Say) as no:
            call("task.item.userfield.add", PARAMS=wrong)
        assert no.value.code == "ERROR_CORE"

"""Webhooks of single people, rights, and the changes that an administrator makes without telling anybody."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


# --- webhooks and rights ---


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/rest/101/own/profile", (200, "")),
        ("/rest/101/own/crm.item.fields?entityTypeId=2", (200, "")),
        ("/rest/101/own/tasks.task.list", (401, "insufficient_scope")),
        ("/rest/102/own/profile", (401, "INVALID_CREDENTIALS")),
        ("/rest/101/s3cret/tasks.task.list", (200, "")),
    ],
)
def test_a_webhook_of_one_person_opens_its_scopes(
    send: Send, control: Control, path: str, seen: tuple[int, str]
) -> None:
    assert control("webhooks", user=101, secret="own", scopes=["crm"]) == {"path": "/rest/101/own/"}
    assert error(send("GET", path)) == seen


def test_a_person_may_be_forbidden_single_methods(send: Send, control: Control, order: int) -> None:
    control("rights", user=101, denied=["crm.item.update", "tasks.*"])
    update = {"entityTypeId": 2, "id": order, "fields": {"title": "x"}}
    assert error(send("POST", "/rest/101/s3cret/crm.item.update", json=update)) == (400, "ACCESS_DENIED")
    assert error(send("GET", "/rest/101/s3cret/tasks.task.list")) == (403, "ACCESS_DENIED")
    assert send("POST", "/rest/1/s3cret/crm.item.update", json=update).status_code == 200
    commands = {"cmd": {"a": "tasks.task.list", "b": "profile"}}
    body = send("POST", "/rest/101/s3cret/batch", json=commands).json()["result"]
    assert (list(body["result"]), body["result_error"]["a"]["error"]) == (["b"], "ACCESS_DENIED")


def test_a_person_may_have_a_role_of_his_own(send: Send, control: Control, order: int) -> None:
    control("rights", user=201, role={"reach": "all", "change": False, "move": False})
    seen = send("GET", f"/rest/201/s3cret/crm.item.get?entityTypeId=2&id={order}")
    update = {"entityTypeId": 2, "id": order, "fields": {"title": "x"}}
    assert seen.status_code == 200
    assert send("POST", "/rest/201/s3cret/crm.item.update", json=update).status_code in (400, 403)


# --- what changes behind our back ---


def fields(send: Send) -> Any:
    path = "/rest/1/s3cret/crm.item.fields?entityTypeId=2&useOriginalUfNames=Y"
    return send("GET", path).json()["result"]["fields"]


def stage_names(send: Send) -> dict[str, str]:
    path = "/rest/1/s3cret/crm.status.list?filter[ENTITY_ID]=DEAL_STAGE"
    return {row["STATUS_ID"]: row["NAME"] for row in send("GET", path).json()["result"]}


def test_stages_pipelines_and_fields_get_other_names(send: Send, control: Control) -> None:
    assert "UC_REVIEW" in stage_names(send)
    changes = {
        "rename_stage": {"id": "UC_QUALITY", "name": "Оценки"},
        "delete_stage": {"id": "UC_REVIEW"},
        "rename_pipeline": {"id": 7, "name": "Жалобы"},
        "rename_field": {"name": "UF_CRM_QC_SCORE_1", "label": "Балл"},
    }
    assert control("company", "PATCH", **changes) == {"changed": 4}
    names = stage_names(send)
    assert (names["UC_QUALITY"], "UC_REVIEW" in names) == ("Оценки", False)
    pipelines = send("GET", "/rest/1/s3cret/crm.category.list?entityTypeId=2").json()["result"]["categories"]
    assert [row["name"] for row in pipelines if row["id"] == 7] == ["Жалобы"]
    assert fields(send)["UF_CRM_QC_SCORE_1"]["title"] == "Балл"


def test_values_of_a_list_come_and_go(send: Send, control: Control) -> None:
    rows = [{"VALUE": name} for name in ("Абая", "Сатпаева", "Саина")]
    field = {"FIELD_NAME": "PLACE", "USER_TYPE_ID": "enumeration", "LIST": rows}
    send("POST", "/rest/1/s3cret/crm.deal.userfield.add", json={"fields": field})
    changes = {
        "delete_value": [{"field": "UF_CRM_PLACE", "value": "Сатпаева"}],
        "rename_value": {"field": "UF_CRM_PLACE", "value": "Саина", "text": "Саина 2"},
    }
    control("company", "PATCH", **changes)
    items = fields(send)["UF_CRM_PLACE"]["items"]
    assert [row["VALUE"] for row in items] == ["Абая", "Саина 2"]


def test_people_leave_come_back_and_marry(send: Send, control: Control) -> None:
    control("company", "PATCH", fire=[101, 201], rename_user={"id": 102, "last_name": "Ким"})
    control("company", "PATCH", hire=201)
    path = "/rest/1/s3cret/user.get"
    people = {row["ID"]: row for row in send("GET", path).json()["result"]}
    people.setdefault("101", {"ACTIVE": False})
    assert [people[number]["ACTIVE"] for number in ("101", "201", "102")] == [False, True, True]
    assert people["102"]["LAST_NAME"] == "Ким"
    assert error(send("GET", "/rest/101/s3cret/profile")) == (401, "INVALID_CREDENTIALS")


def test_a_department_gets_another_head(send: Send, control: Control) -> None:
    control("company", "PATCH", change_head={"department": 11, "head": 201})
    rows = send("GET", "/rest/1/s3cret/department.get?ID=11").json()["result"]
    assert rows[0]["UF_HEAD"] == "201"


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ("task", "/rest/1/s3cret/tasks.task.list"),
        ({"scope": "task", "user": 101, "secret": "own"}, "/rest/101/own/tasks.task.list"),
    ],
)
def test_a_scope_is_taken_away(send: Send, control: Control, wish: Any, path: str) -> None:
    control("webhooks", user=101, secret="own")
    assert send("GET", path).status_code == 200
    control("company", "PATCH", remove_scope=wish)
    assert error(send("GET", path)) == (401, "insufficient_scope")
    assert send("GET", path.replace("tasks.task.list", "user.get")).status_code == 200


def test_a_scope_of_an_application_is_taken_away(send: Send, control: Control, box: Sandbox) -> None:
    control("application", client_id="local.1", client_secret="x", install="http://i")
    control("application/install")
    token = box.portal.applications.access_only("local.1", 1)
    control("company", "PATCH", remove_scope={"scope": "task", "client_id": "local.1"})
    assert error(send("GET", f"/rest/tasks.task.list?auth={token}")) == (401, "insufficient_scope")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"paint": 1}, 400),
        ({"rename_stage": {"id": "UC_QUALITY"}}, 400),
        ({"rename_stage": {"id": "NOWHERE", "name": "x"}}, 404),
        ({"fire": 999}, 404),
        ({"fire": 101, "delete_value": {"field": "UF_CRM_BRANCH", "value": "x"}}, 404),
        ({"remove_scope": {"scope": "crm", "user": 5, "secret": "x"}}, 404),
    ],
)
def test_a_mistake_changes_nothing(box: Sandbox, send: Send, changes: dict[str, Any], status: int) -> None:
    answer = send("PATCH", "/sandbox/company", json=changes)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
    assert box.portal.company.people[101].active


# --- a person's own hand ---


def test_a_deal_is_edited_and_its_card_tells(send: Send, control: Control, order: int) -> None:
    edit = {"title": "Шины", "assigned_to": 102, "fields": {"UF_CRM_QC_SCORE_1": "7,5".replace(",", ".")}}
    assert send("PATCH", f"/sandbox/deals/{order}", json=edit).json() == {"changed": 1}
    assert send("PATCH", f"/sandbox/deals/{order}", json=edit).json() == {"changed": 0}
    control(f"deals/{order}/comments", text="звонил", by=201)
    control(f"deals/{order}/stage", stage="C7:NEW")
    card = send("GET", f"/sandbox/deals/{order}").json()
    assert (card["title"], card["assigned_to"]) == ("Шины", 102)
    assert [(row["author"], row["text"]) for row in card["comments"]] == [(201, "звонил")]
    assert [(row["kind"], row["stage"]) for row in card["history"]] == [
        ("created", "NEW"),
        ("pipeline", "C7:NEW"),
    ]
    branch = next(field for field in card["fields"] if field["name"] == "UF_CRM_BRANCH")
    assert branch["options"][0]["text"] == "Шинный центр на Абая"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "deals/1", None, 404),
        ("PATCH", "deals/1", {}, 404),
        ("PATCH", "deals/{order}", {"fields": {"UF_CRM_NO": 1}}, 400),
        ("PATCH", "deals/{order}", {"fields": {"UF_CRM_QC_SCORE_1": "x"}}, 400),
        ("PATCH", "deals/{order}", {"assigned_to": 999}, 400),
        ("POST", "deals/{order}/comments", {"text": " "}, 400),
        ("POST", "tasks/1/reopen", {}, 404),
    ],
)
def test_mistakes_of_a_person_are_told(
    send: Send, order: int, method: str, path: str, body: Any, status: int
) -> None:
    answer = send(method, f"/sandbox/{path.format(order=order)}", json=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_a_task_is_taken_up_again(send: Send, control: Control) -> None:
    made = send(
        "POST", "/rest/1/s3cret/tasks.task.add", json={"fields": {"TITLE": "x", "RESPONSIBLE_ID": 201}}
    )
    number = made.json()["result"]["task"]["id"]
    assert send("POST", f"/sandbox/tasks/{number}/reopen", json={}).status_code == 409
    control(f"tasks/{number}/complete", result="готово")
    assert control(f"tasks/{number}/reopen") == {"task_id": int(number), "status": 2}

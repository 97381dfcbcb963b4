"""Who sees and may do what: administrators, heads, staff, roles, fired and outside people, scopes of a key."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.call import Grant
from sandbox.bitrix24.company import Role
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

As = Callable[..., Any]
Deal = Callable[..., int]
ADMIN, HEAD, MANAGER, STRANGER = 1, 101, 201, 202


@pytest.fixture
def as_(portal: Portal) -> As:
    """as_(201, "crm.item.get", id=1) -> result, by this person."""

    def do(by: int, method: str, **params: Any) -> Any:
        return run(portal, method, params, by).answer.result

    return do


def refused(as_: As, by: int, method: str, **params: Any) -> tuple[int, str, str]:
    with pytest.raises(Say) as no:
        as_(by, method, **params)
    return no.value.status, no.value.code, no.value.text


@pytest.mark.parametrize(
    ("by", "seen"),
    [(ADMIN, {"own", "staff", "far"}), (HEAD, {"own", "staff"}), (MANAGER, {"staff"}), (STRANGER, {"far"})],
)
def test_lists_show_what_is_theirs(as_: As, deal: Deal, by: int, seen: set[str]) -> None:
    for title, person in (("own", HEAD), ("staff", MANAGER), ("far", STRANGER)):
        deal(title=title, assignedById=person)
    assert {row["title"] for row in as_(by, "crm.item.list", entityTypeId=2)["items"]} == seen
    assert {row["TITLE"] for row in as_(by, "crm.deal.list")} == seen
    counted = as_(by, "batch", cmd={"list": "crm.deal.list"})["result_total"]
    assert counted == {"list": len(seen)}


@pytest.mark.parametrize(
    ("method", "params", "answer"),
    [
        ("crm.item.get", {"entityTypeId": 2}, (400, "ACCESS_DENIED", "Доступ запрещен")),
        ("crm.item.update", {"entityTypeId": 2, "fields": {"title": "x"}}, (400, "ACCESS_DENIED", "Доступ запрещен")),
        ("crm.item.delete", {"entityTypeId": 2}, (400, "ACCESS_DENIED", "Доступ запрещен")),
        ("crm.deal.get", {}, (400, "", "Access denied")),
        ("crm.deal.update", {"fields": {"TITLE": "x"}}, (400, "", "Access denied")),
        ("crm.deal.contact.items.get", {}, (400, "ACCESS_DENIED", "Доступ запрещен")),
    ],
)  # fmt: skip
def test_somebody_elses_deal(
    portal: Portal, as_: As, deal: Deal, method: str, params: dict[str, Any], answer: tuple[int, str, str]
) -> None:
    number = deal(assignedById=STRANGER)
    before = dict(portal.deals.shelf.rows[number])
    assert refused(as_, MANAGER, method, id=number, **params) == answer
    assert portal.deals.shelf.rows[number] == before
    portal.switches.set("rights_checked", False)
    as_(MANAGER, method, id=number, **params)


def test_a_timeline_is_as_closed_as_its_card(as_: As, deal: Deal) -> None:
    number = deal(assignedById=STRANGER)
    comment = {"ENTITY_ID": number, "ENTITY_TYPE": "deal", "COMMENT": "!"}
    assert refused(as_, MANAGER, "crm.timeline.comment.add", fields=comment)[2] == "Access denied."
    made = as_(HEAD + 1, "crm.timeline.comment.add", fields=comment)
    assert refused(as_, MANAGER, "crm.timeline.comment.get", id=made)[2] == "Access denied."
    todo = {"ownerTypeId": 2, "ownerId": number, "deadline": "2026-03-04T10:00:00"}
    assert refused(as_, MANAGER, "crm.activity.todo.add", **todo)[1] == "ACCESS_DENIED"


@pytest.mark.parametrize(
    ("role", "method", "fields", "code"),
    [
        (Role(move=False), "crm.item.update", {"stageId": "EXECUTING"}, "-"),
        (Role(move=False), "crm.item.update", {"categoryId": 7, "stageId": "C7:NEW"}, "-"),
        (Role(change=False), "crm.item.update", {"title": "x"}, "ACCESS_DENIED"),
        (Role(closed=[7]), "crm.item.update", {"categoryId": 7, "stageId": "C7:NEW"}, "ACCESS_DENIED"),
        (Role(add=False), "crm.item.add", {"title": "x"}, "ACCESS_DENIED"),
        (Role(delete=False), "crm.item.delete", {}, "ACCESS_DENIED"),
    ],
)
def test_roles(
    portal: Portal, as_: As, deal: Deal, role: Role, method: str, fields: dict[str, Any], code: str
) -> None:
    number = deal(assignedById=MANAGER)
    portal.company.roles["limited"], portal.company.people[MANAGER].role = role, "limited"
    assert refused(as_, MANAGER, method, entityTypeId=2, id=number, fields=fields)[1] == code
    assert portal.deals.shelf.rows[number]["stageId"] == "NEW"
    if method == "crm.item.update" and "title" not in fields:
        as_(MANAGER, method, entityTypeId=2, id=number, fields={"title": "may still be written"})


def test_a_closed_pipeline_is_not_there(portal: Portal, as_: As, deal: Deal) -> None:
    number = deal(assignedById=MANAGER, categoryId=7)
    portal.company.roles["employee"] = Role(closed=[7])
    assert refused(as_, MANAGER, "crm.item.get", entityTypeId=2, id=number)[1] == "ACCESS_DENIED"
    rows = as_(MANAGER, "crm.category.list", entityTypeId=2)["categories"]
    assert [row["id"] for row in rows] == [0]
    assert len(as_(ADMIN, "crm.category.list", entityTypeId=2)["categories"]) == 2


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.category.add", {"entityTypeId": 2, "fields": {"name": "x"}}, "ACCESS_DENIED"),
        (
            "crm.status.add",
            {"fields": {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "X", "NAME": "x", "SORT": 15}},
            "",
        ),
        ("crm.deal.userfield.add", {"fields": {"FIELD_NAME": "X", "USER_TYPE_ID": "string"}}, ""),
        ("userfieldconfig.add", {"moduleId": "crm", "field": {"entityId": "CRM_DEAL"}}, ""),
        ("department.add", {"NAME": "x", "PARENT": 1}, "ERROR_CORE"),
        ("task.item.userfield.add", {"PARAMS": {"FIELD_NAME": "X", "USER_TYPE_ID": "string"}}, "ERROR_CORE"),
    ],
)
def test_settings_are_for_administrators(
    portal: Portal, as_: As, method: str, params: dict[str, Any], code: str
) -> None:
    before = portal.company.dump()
    assert refused(as_, MANAGER, method, **params)[:2] == (400, code)
    assert portal.company.dump() == before
    if method.startswith("crm."):
        portal.company.roles["employee"] = Role(settings=True)
        assert as_(MANAGER, method, **params)


def test_tasks_are_seen_by_those_who_take_part(as_: As) -> None:
    fields = {"TITLE": "x", "RESPONSIBLE_ID": MANAGER, "AUDITORS": [203]}
    number = int(as_(ADMIN, "tasks.task.add", fields=fields)["task"]["id"])
    for by, sees in ((ADMIN, True), (HEAD, True), (MANAGER, True), (203, True), (STRANGER, False)):
        assert bool(as_(by, "tasks.task.get", taskId=number)) is sees, by
        assert len(as_(by, "tasks.task.list")["tasks"]) == int(sees), by
    for method in ("tasks.task.complete", "tasks.task.start", "tasks.task.update"):
        assert refused(as_, STRANGER, method, taskId=number, fields={"TITLE": "y"})[:2] == (400, "0")
    # An auditor may look, not act; only the author may delete.
    assert refused(as_, 203, "tasks.task.complete", taskId=number)[1] == "0"
    assert refused(as_, MANAGER, "tasks.task.delete", taskId=number)[1] == "1048582"
    assert as_(HEAD, "tasks.task.complete", taskId=number)["task"]["closedBy"] == str(HEAD)


def test_people_from_outside(portal: Portal, as_: As, deal: Deal) -> None:
    number = deal(assignedById=MANAGER)
    portal.company.people[MANAGER].user_type = "extranet"
    assert refused(as_, MANAGER, "crm.item.get", entityTypeId=2, id=number)[:2] == (403, "allowed_only_intranet_user")  # fmt: skip


@pytest.mark.parametrize(
    ("scopes", "method", "open_"),
    [
        ({"crm"}, "crm.item.list", True),
        ({"task"}, "crm.item.list", False),
        ({"tasks"}, "tasks.task.list", True),
        ({"crm"}, "task.commentitem.add", False),
        ({"user_brief"}, "user.get", True),
        ({"crm"}, "im.notify.personal.add", False),
        ({"crm"}, "userfieldconfig.list", False),
        (set(), "profile", True),
        (set(), "server.time", True),
    ],
)
def test_scopes(portal: Portal, scopes: set[str], method: str, open_: bool) -> None:
    grant = Grant(frozenset(scopes))
    known = run(portal, "method.get", {"name": method}, ADMIN, grant).answer.result
    assert known == {"isExisting": True, "isAvailable": open_}
    assert (method in run(portal, "methods", {}, ADMIN, grant).answer.result) is open_
    assert run(portal, "scope", {}, ADMIN, grant).answer.result == sorted(scopes)
    if not open_:
        with pytest.raises(Say) as no:
            run(portal, method, {}, ADMIN, grant)
        assert (no.value.status, no.value.code) == (401, "insufficient_scope")
        portal.switches.set("scope_status", 403)
        batch = run(portal, "batch", {"cmd": {"a": method}}, ADMIN, grant).answer.result
        assert batch["result_error"]["a"]["error"] == "insufficient_scope"


def test_a_brief_scope_shows_no_address(portal: Portal) -> None:
    brief = run(portal, "user.get", {}, ADMIN, Grant(frozenset({"user_brief"}))).answer.result[0]
    assert "EMAIL" not in brief
    assert "EMAIL" in run(portal, "user.get", {}, ADMIN, Grant(frozenset({"user"}))).answer.result[0]

"""What hangs on a card: its contacts, companies, comments, plans; and what the portal tells of its fields."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.call import Grant
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.extras import extras
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

from .conftest import Remembered

Call = Callable[..., Any]
Deal = Callable[..., int]


@pytest.fixture
def people(call: Call) -> list[int]:
    """Three contacts."""
    return [call("crm.contact.add", fields={"NAME": name}) for name in ("Иван", "Анна", "Пётр")]


def contacts(call: Call, number: int) -> list[tuple[int, str]]:
    rows = call("crm.deal.contact.items.get", id=number)
    return [(row["CONTACT_ID"], row["IS_PRIMARY"]) for row in rows]


def test_contacts_of_a_deal_change(call: Call, deal: Deal, people: list[int], hooked: Remembered) -> None:
    first, second, third = people
    number = deal()
    items = [{"CONTACT_ID": second, "SORT": 20}, {"CONTACT_ID": first, "SORT": 30, "IS_PRIMARY": "Y"}]
    assert call("crm.deal.contact.items.set", id=number, items=items) is True
    assert contacts(call, number) == [(first, "Y"), (second, "N")]
    assert call("crm.deal.contact.add", id=number, fields={"CONTACT_ID": third}) is True
    assert contacts(call, number) == [(first, "Y"), (second, "N"), (third, "N")]
    call("crm.deal.contact.add", id=number, fields={"CONTACT_ID": third, "IS_PRIMARY": "Y"})
    assert call("crm.deal.get", id=number)["CONTACT_ID"] == str(third)
    call("crm.deal.contact.delete", id=number, fields={"CONTACT_ID": third})
    assert contacts(call, number) == [(first, "Y"), (second, "N")]
    assert call("crm.deal.contact.items.delete", id=number) is True
    assert contacts(call, number) == []
    assert hooked.events().count(("ONCRMDEALUPDATE", number)) == 5
    assert set(call("crm.deal.contact.fields")) == {"CONTACT_ID", "SORT", "IS_PRIMARY"}


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("crm.deal.contact.items.set", {"id": 0}, "The parameter ownerEntityID is invalid or not defined."),
        ("crm.deal.contact.items.set", {"items": "x"}, "The parameter items must be array."),
        ("crm.deal.contact.items.set", {"items": [{"CONTACT_ID": 9}]}, "Not found."),
        ("crm.deal.contact.items.get", {"id": 99}, "Not found."),
        ("crm.deal.contact.add", {"fields": {}}, "The parameter 'fields' is not valid."),
        ("crm.deal.contact.add", {}, "The parameter 'fields' must be array."),
    ],
)
def test_contacts_that_cannot_be(
    call: Call, deal: Deal, method: str, params: dict[str, Any], text: str
) -> None:
    with pytest.raises(Say) as no:
        call(method, **{"id": deal(), **params})
    assert (no.value.status, no.value.code, no.value.text) == (400, "", text)


def test_companies_in_both_families(call: Call) -> None:
    phone = {"VALUE": "+7 727 555 00 01", "VALUE_TYPE": "WORK"}
    number = call("crm.company.add", fields={"TITLE": "ТОО Шины", "PHONE": [phone], "REVENUE": 10})
    row = call("crm.company.get", id=number)
    assert (row["TITLE"], row["HAS_PHONE"], row["PHONE"][0]["VALUE"]) == ("ТОО Шины", "Y", phone["VALUE"])
    item = call("crm.item.get", entityTypeId=4, id=number)["item"]
    assert (item["title"], item["revenue"], item["phoneWork"]) == ("ТОО Шины", 10, phone["VALUE"])
    call("crm.item.update", entityTypeId=4, id=number, fields={"title": "ИП Шины"})
    assert call("crm.company.list", filter={"%TITLE": "ип"}, select=["TITLE"]) == [
        {"ID": str(number), "TITLE": "ИП Шины"}
    ]
    found = call("crm.duplicate.findbycomm", type="PHONE", values=["77275550001"])
    assert found == {"COMPANY": [number]}
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["77275550001"], entity_type="CONTACT") == []
    assert call("crm.company.update", id=number, fields={"TITLE": "x"}) is True
    assert call("crm.company.delete", id=number) is True
    with pytest.raises(Say, match="Not found"):
        call("crm.company.get", id=number)


def test_a_contact_goes(call: Call, people: list[int]) -> None:
    assert call("crm.contact.delete", id=people[0]) is True
    assert [int(row["ID"]) for row in call("crm.contact.list")] == people[1:]


def test_a_comment_changes_and_goes(portal: Portal, call: Call, deal: Deal) -> None:
    number = deal()
    made = call(
        "crm.timeline.comment.add", fields={"ENTITY_ID": number, "ENTITY_TYPE": "deal", "COMMENT": "a"}
    )
    row = call("crm.timeline.comment.get", id=made)
    assert (row["COMMENT"], row["ENTITY_ID"], row["FILES"]) == ("a", str(number), [])
    assert call("crm.timeline.comment.update", id=made, fields={"COMMENT": "b"}) == made
    portal.switches.set("empty_files", "map")
    asked = {"filter": {"ENTITY_ID": number, "ENTITY_TYPE": "deal"}, "select": ["COMMENT", "FILES"]}
    assert call("crm.timeline.comment.list", **asked) == [{"COMMENT": "b", "FILES": {}}]
    with pytest.raises(Say) as no:
        call("crm.timeline.comment.update", id=made, fields={"COMMENT": ""})
    assert no.value.code == "INVALID_ARG_VALUE"
    assert call("crm.timeline.comment.delete", id=made) is None
    assert call("crm.timeline.comment.list", **asked) == []
    with pytest.raises(Say) as no:
        call("crm.timeline.comment.delete", id=made)
    assert no.value.code == "NOT_FOUND"


def test_a_plan_in_a_card(portal: Portal, call: Call, deal: Deal) -> None:
    wish = {"ownerTypeId": 2, "ownerId": deal(), "deadline": "2026-03-04T15:00:00", "responsibleId": 201}
    number = call("crm.activity.todo.add", **wish, title="Позвонить")["id"]
    kept = extras(portal).todos.rows[number]
    assert (kept["title"], kept["responsibleId"], kept["deadline"].isoformat()) == ("Позвонить", 201, "2026-03-04T15:00:00+03:00")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ownerId": 99}, "OWNER_NOT_FOUND"),
        ({"ownerTypeId": 31}, "OWNER_NOT_FOUND"),
        ({"deadline": "soon"}, "WRONG_DATETIME_FORMAT"),
        ({"deadline": None}, "100"),
    ],
)
def test_plans_that_cannot_be(call: Call, deal: Deal, change: dict[str, Any], code: str) -> None:
    wish = {"ownerTypeId": 2, "ownerId": deal(), "deadline": "2026-03-04T15:00:00", **change}
    with pytest.raises(Say) as no:
        call("crm.activity.todo.add", **wish)
    assert no.value.code == code


def test_fields_in_both_families(call: Call) -> None:
    legacy, universal = call("crm.deal.fields"), call("crm.item.fields", entityTypeId=2)["fields"]
    assert legacy["STAGE_ID"] == {
        "type": "crm_status",
        "isRequired": False,
        "isReadOnly": False,
        "isImmutable": False,
        "isMultiple": False,
        "isDynamic": False,
        "statusType": "DEAL_STAGE",
        "title": "Стадия сделки",
    }
    assert universal["stageId"] == {**legacy["STAGE_ID"], "upperName": "STAGE_ID"}
    assert (legacy["CATEGORY_ID"]["isImmutable"], universal["categoryId"]["isImmutable"]) == (True, False)
    own = legacy["UF_CRM_QC_SCORE_1"]
    assert (own["title"], own["formLabel"], own["isDynamic"]) == ("UF_CRM_QC_SCORE_1", "Оценка работы", True)
    assert universal["contactIds"]["upperName"] == "CONTACT_IDS"
    assert call("crm.contact.fields")["HONORIFIC"]["statusType"] == "HONORIFIC"
    assert call("crm.item.fields", entityTypeId=3, useOriginalUfNames="Y")["fields"]["UF_CRM_QC_OPT_OUT"]["title"] == "Не писать"  # fmt: skip
    assert call("crm.company.fields")["COMPANY_TYPE"]["type"] == "crm_status"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"FILTER": {"NAME": "ан"}}, ["201"]),
        ({"FILTER": {"FIND": "руководитель сатпаева"}}, ["102"]),
        ({"FILTER": {"UF_DEPARTMENT_NAME": "Шинный центр на Абая", "LAST_NAME": "Б"}}, ["201"]),
        ({"FIND": "нет такого"}, []),
        (
            {"FILTER": {"FIND": "менеджер", "ACTIVE": "Y"}, "sort": "ID", "order": "DESC"},
            ["203", "202", "201"],
        ),
    ],
)
def test_people_are_searched(call: Call, params: dict[str, Any], found: list[str]) -> None:
    assert [row["ID"] for row in call("user.search", **params)] == found


def test_fired_people_are_seen_and_given_nothing(portal: Portal, call: Call) -> None:
    portal.company.people[201].active = False
    assert [row["ID"] for row in call("user.get", FILTER={"ACTIVE": False})] == ["201"]
    with pytest.raises(Say) as no:
        call("tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": 201})
    assert no.value.code == "ERROR_CORE"


def test_the_portal_and_its_application(portal: Portal, call: Call) -> None:
    assert call("feature.get", CODE="rest_offline_extended") == {"value": "Y"}
    assert call("user.fields")["WORK_POSITION"] == "Должность"
    assert {"lists", "userfieldconfig"} <= set(call("scope"))
    for method, code in (("feature.get", "CODE_EMPTY"), ("app.info", "ACCESS_DENIED")):
        with pytest.raises(Say) as no:
            call(method)
        assert no.value.code == code
    wish = {"client_id": "local.1", "client_secret": "s"}
    portal.applications.register(wish, "http://portal")
    info = run(portal, "app.info", {}, 1, Grant(frozenset({"crm"}), "local.1")).answer.result
    assert (info["CODE"], info["LANGUAGE_ID"]) == ("local.1", "ru")


def test_a_notice_goes(portal: Portal, call: Call) -> None:
    first = call("im.notify.personal.add", USER_ID=101, MESSAGE="a")
    call("im.notify.system.add", USER_ID=101, MESSAGE="b", TAG="QC|1", CLIENT_ID="qc")
    assert call("im.notify.delete", ID=first) is True
    assert [row["text"] for row in portal.notifications] == ["b"]
    assert call("im.notify.delete", TAG="QC|1") is True
    assert len(portal.notifications) == 0

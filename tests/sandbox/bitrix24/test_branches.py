"""The branch of a deal in every kind that a portal may have chosen for it."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.branching import branch_name, branch_value
from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

from .conftest import Remembered, StillClock

FIRST = "Шинный центр на Абая"


@pytest.fixture
def portal_of(clock: StillClock, sender: Remembered) -> Callable[[str], Portal]:
    return lambda kind: Portal(clock, sender, "secret", tyre_chain(branch_kind=kind))


def call(portal: Portal, method: str, **params: Any) -> Any:
    return run(portal, method, params, 1).answer.result


@pytest.mark.parametrize(
    ("kind", "value", "universal", "legacy"),
    [
        ("string", FIRST, FIRST, FIRST),
        ("enumeration", 301, 301, "301"),
        ("iblock_element", 401, 401, "401"),
        ("crm", "CO_501", "CO_501", "CO_501"),
    ],
)
def test_both_families_show_it(
    portal_of: Callable[[str], Portal], kind: str, value: Any, universal: Any, legacy: str
) -> None:
    portal = portal_of(kind)
    assert branch_value(portal.company, FIRST) == value
    assert branch_name(portal.company, value) == FIRST
    fields = {"UF_CRM_BRANCH": str(value)}
    item = call(portal, "crm.item.add", entityTypeId=2, fields=fields, useOriginalUfNames="Y")["item"]
    assert item["UF_CRM_BRANCH"] == universal
    assert call(portal, "crm.deal.get", id=item["id"])["UF_CRM_BRANCH"] == legacy
    found = call(portal, "crm.deal.list", filter={"UF_CRM_BRANCH": value}, select=["ID"])
    assert found == [{"ID": str(item["id"])}]
    described = call(portal, "crm.item.fields", entityTypeId=2)["fields"]["ufCrmBranch"]
    assert (described["type"], described["title"], described["upperName"]) == (
        kind,
        "Филиал",
        "UF_CRM_BRANCH",
    )


def test_the_values_of_a_list_field(portal_of: Callable[[str], Portal]) -> None:
    portal = portal_of("enumeration")
    described = call(portal, "crm.item.fields", entityTypeId=2)["fields"]["ufCrmBranch"]
    assert described["items"][0] == {"ID": "301", "VALUE": FIRST}
    row = call(portal, "crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_BRANCH"})[0]
    assert [choice["VALUE"] for choice in row["LIST"]] == [branch.name for branch in portal.company.branches]
    portal.switches.set("enum_numbers", False)
    item = call(portal, "crm.item.add", entityTypeId=2, fields={"ufCrmBranch": 302})["item"]
    assert item["ufCrmBranch"] == "302"


def test_the_elements_behind_a_field(portal_of: Callable[[str], Portal]) -> None:
    portal = portal_of("iblock_element")
    settings = call(portal, "crm.deal.userfield.list")[0]["SETTINGS"]
    assert settings["IBLOCK_ID"] == 17
    (known,) = call(portal, "lists.get", IBLOCK_TYPE_ID="lists")
    assert (known["ID"], known["CODE"], known["NAME"]) == ("17", "branches", "Филиалы")
    rows = call(portal, "lists.element.get", IBLOCK_TYPE_ID="lists", IBLOCK_ID=17)
    assert (rows[0]["ID"], rows[0]["NAME"]) == ("401", FIRST)
    asked = {"IBLOCK_TYPE_ID": "lists", "IBLOCK_CODE": "branches"}
    assert [row["ID"] for row in call(portal, "lists.element.get", **asked, ELEMENT_ID=402)] == ["402"]
    assert [row["ID"] for row in call(portal, "lists.element.get", **asked, FILTER={"=ID": [401, 403]})] == [
        "401",
        "403",
    ]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "ERROR_REQUIRED_PARAMETERS_MISSING"),
        ({"IBLOCK_TYPE_ID": "lists"}, "ERROR_REQUIRED_PARAMETERS_MISSING"),
        ({"IBLOCK_TYPE_ID": "lists", "IBLOCK_ID": 99}, "ERROR_IBLOCK_NOT_FOUND"),
    ],
)
def test_lists_that_are_not_there(portal: Portal, params: dict[str, Any], code: str) -> None:
    with pytest.raises(Say) as no:
        call(portal, "lists.element.get", **params)
    assert (no.value.status, no.value.code) == (400, code)


def test_the_companies_behind_a_binding(portal_of: Callable[[str], Portal]) -> None:
    portal = portal_of("crm")
    assert call(portal, "crm.deal.userfield.list")[0]["SETTINGS"]["COMPANY"] == "Y"
    rows = call(portal, "crm.item.list", entityTypeId=4, select=["id", "title"])["items"]
    assert rows[0] == {"id": 501, "title": FIRST}
    assert call(portal, "crm.company.get", id=501)["TITLE"] == FIRST


def test_kinds_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="string, enumeration"):
        tyre_chain(branch_kind="colour")

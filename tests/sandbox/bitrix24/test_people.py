"""Users, departments, notifications, and the events of the outgoing webhook."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.company import bare_portal, tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.events import Hook
from sandbox.bitrix24.phpform import parse_form
from sandbox.bitrix24.portal import Portal

from .conftest import Remembered, StillClock

Call = Callable[..., Any]
Deal = Callable[..., int]


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"ID": 102}, ["102"]),
        ({"FILTER": {"ID": [101, 201]}}, ["101", "201"]),
        ({"FILTER": {"ACTIVE": True, "UF_DEPARTMENT": 11}}, ["101", "201"]),
        ({"FILTER": {"ACTIVE": "false"}}, []),
        ({"order": "DESC", "FILTER": {"ID": [1, 101]}}, ["101", "1"]),
        ({}, ["1", "101", "102", "103", "201", "202", "203"]),
    ],
)
def test_users(call: Call, params: dict[str, Any], ids: list[str]) -> None:
    assert [row["ID"] for row in call("user.get", **params)] == ids


def test_a_department_and_its_head(portal: Portal, call: Call) -> None:
    row = {"ID": "12", "NAME": "Шинный центр на Сатпаева", "SORT": 500, "PARENT": "1", "UF_HEAD": "102"}
    assert call("department.get", ID=12) == [row]
    assert call("department.get", UF_HEAD=102) == [row]
    portal.switches.set("department_head_present", False)
    assert "UF_HEAD" not in call("department.get", ID=12)[0]


def test_a_tag_replaces_the_earlier_notice(portal: Portal, call: Call) -> None:
    note = {"USER_ID": 101, "MESSAGE": "Плохая оценка", "TAG": "QC|1", "CLIENT_ID": "qc"}
    first = call("im.notify.personal.add", **note)
    call("im.notify.personal.add", **{**note, "USER_ID": 102})
    second = call("im.notify.system.add", **{**note, "MESSAGE": "Ещё хуже"})
    assert second != first
    assert [(row["user"], row["text"]) for row in portal.notifications] == [
        (102, "Плохая оценка"),
        (101, "Ещё хуже"),
    ]


@pytest.mark.parametrize(("policy", "kept"), [("refused", None), ("ignored", 2), ("accepted", 1)])
def test_a_tag_without_a_client_id(portal: Portal, call: Call, policy: str, kept: int | None) -> None:
    portal.switches.set("tag_without_client_id", policy)
    note = {"USER_ID": 101, "MESSAGE": "x", "TAG": "QC|1"}
    if kept is None:
        with pytest.raises(Say) as no:
            call("im.notify.personal.add", **note)
        assert no.value.code == "ACCESS_DENIED"
        return
    call("im.notify.personal.add", **note)
    call("im.notify.personal.add", **note)
    assert len(portal.notifications) == kept


@pytest.mark.parametrize(
    ("note", "code"),
    [({"MESSAGE": "x"}, "USER_ID_EMPTY"), ({"USER_ID": 101, "MESSAGE": ""}, "MESSAGE_EMPTY")],
)
def test_a_notice_that_cannot_be(call: Call, note: dict[str, Any], code: str) -> None:
    with pytest.raises(Say) as no:
        call("im.notify.personal.add", **note)
    assert (no.value.status, no.value.code) == (400, code)


def test_an_event_on_the_wire(deal: Deal, hooked: Remembered, clock: StillClock) -> None:
    number = deal()
    url, body, headers, delay = hooked.posts[0]
    assert url == "http://engine/hook"
    assert body.startswith(f"event=ONCRMDEALADD&event_handler_id=975&data%5BFIELDS%5D%5BID%5D={number}&ts=")
    form = parse_form(body)
    assert set(form["auth"]) == {
        "domain",
        "client_endpoint",
        "server_endpoint",
        "member_id",
        "application_token",
    }
    assert form["auth"]["application_token"] == "tok"
    assert int(form["ts"]) == int(clock.now().timestamp() + delay)
    assert headers["User-Agent"] == "Bitrix24 Webhook Engine"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert 1 <= delay <= 3


def test_a_task_event_on_the_wire(call: Call, hooked: Remembered) -> None:
    number = call("tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": 201})["task"]["id"]
    form = parse_form(hooked.posts[0][1])
    assert "event_handler_id" not in form
    assert form["data"] == {
        "FIELDS_BEFORE": "undefined",
        "FIELDS_AFTER": {"ID": number},
        "IS_ACCESSIBLE_BEFORE": "N",
        "IS_ACCESSIBLE_AFTER": "undefined",
    }


@pytest.mark.parametrize(
    ("switches", "copies"),
    [
        ({}, 1),
        ({"event_drop_rate": 1}, 0),
        ({"event_duplicate_rate": 1.0}, 2),
        ({"events_on": False}, 0),
    ],
)
def test_how_reliable_events_are(
    portal: Portal, deal: Deal, hooked: Remembered, switches: dict[str, Any], copies: int
) -> None:
    for name, value in switches.items():
        portal.switches.set(name, value)
    deal()
    assert len(hooked.posts) == copies


def test_late_events_and_plain_brackets(portal: Portal, deal: Deal, hooked: Remembered) -> None:
    portal.switches.set("event_late_rate", 1)
    portal.switches.set("event_late_seconds", 600)
    portal.switches.set("event_keys_encoded", False)
    deal()
    _, body, _, delay = hooked.posts[0]
    assert 601 <= delay <= 603
    assert "data[FIELDS][ID]=" in body


def test_a_hook_hears_only_what_it_asked_for(
    portal: Portal, call: Call, deal: Deal, sender: Remembered
) -> None:
    deal()
    assert sender.posts == []
    portal.events.hook = Hook.read({"url": "http://x", "events": ["OnCrmContactUpdate"]})
    deal()
    contact = call("crm.item.add", entityTypeId=3, fields={"name": "Иван"})["item"]["id"]
    for _ in range(2):
        wanted = {"UF_CRM_QC_BONUS": "да"}
        call("crm.item.update", entityTypeId=3, id=contact, fields=wanted, useOriginalUfNames="Y")
    assert sender.events() == [("ONCRMCONTACTUPDATE", contact)]


@pytest.mark.parametrize("wish", [{}, {"url": "http://x", "events": ["ONCRMDEALMOVETOCATEGORY"]}])
def test_hooks_that_cannot_be(wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"url|ONCRMDEALMOVETOCATEGORY"):
        Hook.read(wish)


@pytest.mark.parametrize("branches", [1, 3, 12])
def test_the_chain_grows(branches: int) -> None:
    company = tyre_chain(branches)
    assert [(branch.head, branch.manager) for branch in company.branches] == [
        (100 + n, 200 + n) for n in range(1, branches + 1)
    ]
    assert len({branch.name for branch in company.branches}) == branches
    assert len(company.people) == 1 + 2 * branches


def test_a_chain_has_at_most_twelve_branches() -> None:
    with pytest.raises(ValueError, match="12"):
        tyre_chain(names=[str(n) for n in range(13)])
    assert bare_portal().first_stage(0) == "NEW"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("nonsense", 1, KeyError),
        ("rate_plan", "free", ValueError),
        ("events_on", "yes", ValueError),
        ("events_on", 1, ValueError),
        ("latency_seconds", True, ValueError),
    ],
)
def test_switches_take_only_what_they_can(
    portal: Portal, name: str, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        portal.switches.set(name, value)

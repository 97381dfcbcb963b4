"""Hints become facts: deals with their clients, tasks with their results."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.contacts import phone_of
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.reading import Reading
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealSeen, TaskChanged, TaskClosed
from qc_engine.ports import Arrival, Broken, TryLater

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
MOVED = datetime(2026, 3, 3, 16, 19, 21, tzinfo=UTC)


def fm(*phones: tuple[str, str]) -> list[dict[str, object]]:
    return [{"id": 1, "typeId": "EMAIL", "valueType": "WORK", "value": "a@example.com"}] + [
        {"id": n, "typeId": "PHONE", "valueType": kind, "value": value}
        for n, (kind, value) in enumerate(phones)
    ]


@pytest.fixture
def people(portal: Any, deal_row: Any) -> Any:
    """Deals 1..3 with the contacts 11..13; deal 4 has nobody."""

    def items(params: Any) -> Any:
        wanted = {int(number) for number in params["filter"]["@id"]}
        if params["entityTypeId"] == "3":
            rows = [
                {"id": n, "name": f"Name{n}", "fm": fm(("MOBILE", f"+7 701 000 00 {n}"))}
                for n in (11, 12, 13)
            ]
        else:
            rows = [deal_row(n, contactId=10 + n if n < 4 else 0, UF_CRM_SCORE=8.0) for n in (1, 2, 3, 4)]
        return {"items": [row for row in rows if row["id"] in wanted]}

    portal.on("crm.item.list", items)
    return portal


def test_a_deal_with_its_client(people: Any, bitrix: Bitrix24) -> None:
    [arrival] = bitrix.look([DealChanged(1), DealChanged(1)], NOW)
    deal = Deal(
        1, "Deal 1", "EXECUTING", MOVED, "north", 11, "Name11", "+7 701 000 00 11", 6,
        {"UF_CRM_BRANCH": "north", "UF_CRM_SCORE": "8"},
    )  # fmt: skip
    assert arrival == Arrival(f"deal:1:EXECUTING:{int(MOVED.timestamp())}", DealSeen(deal))
    deals, contacts = people.sent("crm.item.list")
    assert deals["select"][-2:] == ["UF_CRM_BRANCH", "UF_CRM_SCORE"]
    assert contacts["select"] == ["*"]
    assert deals["useOriginalUfNames"] == contacts["useOriginalUfNames"] == "Y"


def test_what_scenarios_name_is_read_too(portal: Any, bitrix: Bitrix24, deal_row: Any) -> None:
    """Fields of the deal and of its client; a deal that has changed is told of again, and only then."""
    updated = ["2026-03-04T09:00:00+03:00"]

    def items(params: Any) -> Any:
        if params["entityTypeId"] == "3":
            return {"items": [{"id": 11, "name": "Name", "UF_CRM_LANGUAGE": "Қазақ"}]}
        return {
            "items": [
                deal_row(1, contactId=11, UF_CRM_EVENT="2026-03-05T03:00:00+03:00", updatedTime=updated[0])
            ]
        }

    portal.on("crm.item.list", items)
    bitrix.read_for_scenarios(lambda: ["UF_CRM_EVENT"], list, lambda: ["UF_CRM_LANGUAGE"])
    keys = []
    for time in (*updated, *updated, "2026-03-04T09:30:00+03:00"):
        updated[0] = time
        [arrival] = bitrix.look([DealChanged(1)], NOW)
        assert isinstance(arrival.event, DealSeen)
        assert arrival.event.deal.fields["UF_CRM_EVENT"] == "2026-03-05T03:00:00+03:00"
        assert arrival.event.deal.contact_fields == {"UF_CRM_LANGUAGE": "Қазақ"}
        keys.append(arrival.key)
    deals, contacts = portal.sent("crm.item.list")[:2]
    assert "UF_CRM_EVENT" in deals["select"]
    assert contacts["select"] == ["*", "UF_CRM_LANGUAGE"]
    assert keys[0] == keys[1] != keys[2]


def test_many_hints_take_two_requests(portal: Any, bitrix: Bitrix24, deal_row: Any) -> None:
    portal.on(
        "crm.item.list",
        lambda p: {"items": [deal_row(int(n), contactId=7) if p["entityTypeId"] == "2" else {"id": int(n)}
                             for n in p["filter"]["@id"]]},
    )  # fmt: skip
    arrivals = bitrix.look([DealChanged(number) for number in range(1, 201)], NOW)
    assert len({arrival.key for arrival in arrivals}) == 200
    assert (len(portal.requests), len(portal.sent("crm.item.list"))) == (2, 5)
    assert bitrix.look([], NOW) == []
    assert len(portal.requests) == 2


def test_deal_without_contact_or_times(people: Any, bitrix: Bitrix24) -> None:
    [arrival] = bitrix.look([DealChanged(4)], NOW)
    assert isinstance(arrival.event, DealSeen)
    assert (arrival.event.deal.contact_id, arrival.event.deal.phone) == (None, None)


@pytest.mark.parametrize(
    ("moved", "created", "entered"),
    [
        ("2026-03-03T18:19:21", None, datetime(2026, 3, 3, 15, 19, 21, tzinfo=UTC)),  # the portal's +03:00
        ("2026-03-03T18:19:21+0500", None, datetime(2026, 3, 3, 13, 19, 21, tzinfo=UTC)),
        (None, "2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ({}, "", NOW),
    ],
)
def test_times_of_entry(
    portal: Any, bitrix: Bitrix24, deal_row: Any, moved: Any, created: Any, entered: datetime
) -> None:
    portal.on("crm.item.list", {"items": [deal_row(1, movedTime=moved, createdTime=created)]})
    [arrival] = bitrix.look([DealChanged(1)], NOW)
    assert isinstance(arrival.event, DealSeen)
    assert arrival.event.deal.entered_at == entered


@pytest.mark.parametrize(("code", "events"), [("NOT_FOUND", [DealDeleted(5)]), ("ACCESS_DENIED", [])])
def test_only_the_portals_own_word_makes_a_deal_deleted(
    people: Any, bitrix: Bitrix24, failed: Any, code: str, events: list[object]
) -> None:
    people.on("crm.item.get", failed(code))
    arrivals = bitrix.look([DealChanged(5), DealChanged(2)], NOW)
    assert [a.event for a in arrivals if not isinstance(a.event, DealSeen)] == events
    assert len(arrivals) == 1 + len(events)


@pytest.mark.parametrize(
    ("code", "kind"), [("insufficient_scope", Broken), ("OPERATION_TIME_LIMIT", TryLater)]
)
def test_a_failed_look_is_told(
    portal: Any, bitrix: Bitrix24, failed: Any, code: str, kind: type[Exception]
) -> None:
    portal.on("crm.item.list", failed(code))
    with pytest.raises(kind):
        bitrix.look([DealChanged(1)], NOW)


@pytest.mark.parametrize(
    ("contact", "phone"),
    [
        ({"fm": fm(("WORK", "8 (495) 1"), ("MOBILE", "+7 701"))}, "+7 701"),
        ({"fm": fm(("FAX", "111"), ("WORK", "222"))}, "222"),
        ({"fm": fm(("FAX", "111"))}, "111"),
        ({"fm": fm(("MOBILE", " "), ("HOME", "333"))}, "333"),
        ({"fm": {"15": {"typeId": "PHONE", "valueType": "WORK", "value": 77011234567}}}, "77011234567"),
        ({"fm": [], "phoneMobile": "444", "phone": "555"}, "444"),
        ({"fm": "strange", "phone": "555"}, "555"),
        ({}, None),
        # A real number before a mark, a mobile one before a landline, whatever is written beside it.
        ({"fm": fm(("MOBILE", "нет"), ("WORK", "8 701 123 45 67"))}, "8 701 123 45 67"),
        ({"fm": fm(("MOBILE", "+7 727 250 00 00"), ("WORK", "87011234567"))}, "87011234567"),
        ({"fm": fm(("WORK", "8 495 123-45-67"), ("HOME", "8 916 123-45-67"))}, "8 916 123-45-67"),
        ({"fm": fm(("WORK", "+7 916 123-45-67"), ("MOBILE", "+7 701 123 45 67"))}, "+7 701 123 45 67"),
        ({"fm": fm(("WORK", "+7 701 111 11 11"), ("WORK", "+7 702 222 22 22"))}, "+7 701 111 11 11"),
        ({"fm": fm(("WORK", "+7 727 250 00 00"))}, "+7 727 250 00 00"),
        ({"fm": fm(("WORK", "123")), "phoneMobile": "+77011234567"}, "+77011234567"),
    ],
)
def test_the_number_to_chat_with(contact: dict[str, object], phone: str | None) -> None:
    assert phone_of(contact) == phone


# --- the main contact --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deal", "linked", "contact"),
    [
        ({"contactId": 11, "contactIds": [12, 11]}, "not asked", 11),
        ({"contactId": 0, "contactIds": []}, "not asked", None),
        ({"contactId": 0, "contactIds": [12, 13]},
         [{"CONTACT_ID": 12, "IS_PRIMARY": "N"}, {"CONTACT_ID": "13", "IS_PRIMARY": "Y"}], 13),
        ({"contactId": None}, [{"CONTACT_ID": 12, "IS_PRIMARY": "N"}, {"CONTACT_ID": 13}], 12),
        ({"contactId": 0, "contactIds": [12, 13]}, "refused", 12),
        ({"contactId": 0}, [], None),
        ({"contactId": 0}, "refused", None),
    ],
)  # fmt: skip
def test_the_main_contact(
    people: Any, bitrix: Bitrix24, deal_row: Any, failed: Any, deal: Any, linked: Any, contact: int | None
) -> None:
    whole = people.scripts["crm.item.list"]
    row = {**deal_row(1), **deal}
    people.on("crm.item.list", lambda p: {"items": [row]} if p["entityTypeId"] == "2" else whole(p))
    people.on(
        "crm.deal.contact.items.get", failed("ERROR_METHOD_NOT_FOUND") if linked == "refused" else linked
    )
    [arrival] = bitrix.look([DealChanged(1)], NOW)
    assert isinstance(arrival.event, DealSeen)
    found = arrival.event.deal
    assert (found.contact_id, found.client_name) == (contact, f"Name{contact}" if contact else None)
    assert len(people.sent("crm.deal.contact.items.get")) == (0 if linked == "not asked" else 1)


def test_a_main_contact_that_could_not_be_asked_is_asked_later(
    people: Any, bitrix: Bitrix24, deal_row: Any, failed: Any
) -> None:
    people.on("crm.item.list", {"items": [deal_row(1)]})
    people.on("crm.deal.contact.items.get", failed("OPERATION_TIME_LIMIT"))
    with pytest.raises(TryLater):
        bitrix.look([DealChanged(1)], NOW)


# --- names -------------------------------------------------------------------------------------------


@pytest.fixture
def reading(company: Any, client: Client, settings: Bitrix24Settings) -> Any:
    """Looks at deal 1 of contact 11, whose rows are given; the portal's names are known."""
    named = settings.model_copy(
        update={"branch_field": "Филиал", "do_not_disturb_field": "Не писать", "fields": FIELDS}
    )
    book = Book(client, named)
    book.directory = read_directory(client, named, book, NOW)

    def look(deal: dict[str, object], contact: dict[str, object], **changes: object) -> Deal:
        rows = {"2": {"id": 1, "stageId": "NEW", "contactId": 11, **deal}, "3": {"id": 11, **contact}}
        company.on("crm.item.list", lambda p: {"items": [rows[p["entityTypeId"]]]})
        book_now = Book(client, named.model_copy(update=changes), book.directory)
        [arrival] = Reading(client, named.model_copy(update=changes), book_now).look([DealChanged(1)], NOW)
        assert isinstance(arrival.event, DealSeen)
        return arrival.event.deal

    return look


FIELDS = {"score": "Оценка работы", "tags": "Услуги", "urgent": "Срочно", "gone": "Нет такого"}


def test_fields_are_shown_as_people_see_them(reading: Any, company: Any) -> None:
    row = {"UF_CRM_BRANCH": 42, "UF_CRM_SCORE": 8.0, "UF_CRM_TAGS": [51, 52], "UF_CRM_URGENT": "1"}
    deal = reading(row, {})
    assert deal.branch_value == "42"
    assert deal.fields == {
        "UF_CRM_BRANCH": "На Сатпаева", "UF_CRM_SCORE": "8", "UF_CRM_TAGS": "Шины, Диски, литые",
        "UF_CRM_URGENT": "Y",
    }  # fmt: skip
    deals, contacts = company.sent("crm.item.list")
    assert deals["select"][-4:] == ["UF_CRM_BRANCH", "UF_CRM_SCORE", "UF_CRM_TAGS", "UF_CRM_URGENT"]
    assert contacts["select"] == ["*", "UF_CRM_STOP"]


@pytest.mark.parametrize(("raw", "branch"), [([42, 41], "42"), ([], None), (None, None), ("север", "север")])
def test_the_branch_stays_raw(reading: Any, raw: object, branch: str | None) -> None:
    assert reading({"UF_CRM_BRANCH": raw}, {}).branch_value == branch


@pytest.mark.parametrize(
    ("field", "contact", "silent"),
    [
        ("Не писать", {"UF_CRM_STOP": "Y"}, True), ("Не писать", {"UF_CRM_STOP": "1"}, True),
        ("Не писать", {"UF_CRM_STOP": "N"}, False), ("Не писать", {}, False),
        ("Бонус", {"UF_CRM_BONUS": "72"}, True), ("Бонус", {"UF_CRM_BONUS": 71}, False),
        ("Бонус", {"UF_CRM_BONUS": [71, 72]}, True), ("Бонус", {"UF_CRM_BONUS": []}, False),
        ("UF_CRM_UNTIL", {"UF_CRM_UNTIL": "2026-03-05T00:00:00+03:00"}, True),
        ("UF_CRM_UNTIL", {"UF_CRM_UNTIL": "2026-03-04T00:00:00+03:00"}, False),
        ("", {"UF_CRM_STOP": "Y"}, False),
    ],
)  # fmt: skip
def test_do_not_disturb(reading: Any, field: str, contact: dict[str, object], silent: bool) -> None:
    assert reading({}, contact, do_not_disturb_field=field).do_not_disturb is silent


# --- tasks -------------------------------------------------------------------------------------------


def test_a_closed_task_with_its_newest_result(portal: Any, bitrix: Bitrix24, sample: Any) -> None:
    portal.on(
        "tasks.task.get", {"task": {"id": "8017", "status": "5", "closedDate": "2026-03-04T12:00:00+03:00"}}
    )
    portal.on("tasks.task.result.list", sample("tasks-task-result-list-response.json"))
    at = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    wrote = datetime(2025, 7, 15, 11, 30, tzinfo=UTC)
    expected = TaskClosed(8017, "Клиент подписал документы", at, wrote)
    assert bitrix.look([TaskChanged(8017)], NOW) == [Arrival(f"task:8017:{int(at.timestamp())}", expected)]


def test_the_newest_result_is_so_by_time(portal: Any, bitrix: Bitrix24) -> None:
    portal.on("tasks.task.get", {"task": {"id": "1", "status": 5, "closedDate": None}})
    portal.on(
        "tasks.task.result.list",
        [
            {"id": 9, "text": "old", "createdAt": "2026-03-01T10:00:00+03:00"},
            {"id": 3, "text": "new", "createdAt": "2026-03-02T10:00:00+03:00"},
        ],
    )
    wrote = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
    assert bitrix.look([TaskChanged(1)], NOW) == [Arrival("task:1:closed", TaskClosed(1, "new", NOW, wrote))]


def test_open_and_missing_tasks_say_nothing(portal: Any, bitrix: Bitrix24, sample: Any, failed: Any) -> None:
    answers = {"1": sample("tasks-task-get-response.json")["result"], "2": [], "3": failed("NOT_FOUND")}
    portal.on("tasks.task.get", lambda p: answers[p["taskId"]])
    assert bitrix.look([TaskChanged(number) for number in (1, 2, 3)], NOW) == []
    assert len(portal.requests) == 1


def test_a_box_without_results_still_tells_of_the_closing(portal: Any, bitrix: Bitrix24) -> None:
    portal.on("tasks.task.get", {"task": {"id": "1", "status": "5"}})
    [arrival] = bitrix.look([TaskChanged(1)], NOW)
    assert arrival.event == TaskClosed(1, "", NOW)

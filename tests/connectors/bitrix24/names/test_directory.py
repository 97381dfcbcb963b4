"""What a portal calls its things: reading, renames, keeping."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import (
    Choice,
    Department,
    Directory,
    FieldOfPortal,
    Former,
    Pipeline,
    Stage,
    User,
    dump,
    load,
)
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.names.former import Change, changes, with_former
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Broken, TryLater

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def read(client: Client, settings: Bitrix24Settings) -> Any:
    def reading(
        before: Directory | None = None, now: datetime = NOW, branch_field: str = "Филиал"
    ) -> Directory:
        changed = settings.model_copy(update={"branch_field": branch_field})
        return read_directory(client, changed, Book(client, changed), now, before)

    return reading


def test_a_whole_portal_in_two_requests(company: Any, read: Any) -> None:
    directory = read()
    assert len(company.requests) == 2
    assert directory.pipelines == (
        Pipeline(0, "Заказы", 100, True),
        Pipeline(7, "Недовольные клиенты", 200, False),
    )
    assert [one.id for one in directory.stages] == [
        "NEW", "FINAL_INVOICE", "UC_ASK", "WON", "C7:NEW", "C7:WON",
    ]  # fmt: skip
    assert directory.stages[-1] == Stage("C7:WON", "Урегулировано", 7, "S", 20)
    assert directory.field("deal_field", "UF_CRM_BRANCH") == FieldOfPortal(
        "UF_CRM_BRANCH", "Филиал", "enumeration",
        choices=(Choice("41", "На Абая", "abaya"), Choice("42", "На Сатпаева")),
    )  # fmt: skip
    assert directory.field("contact_field", "UF_CRM_BONUS").choices[1] == Choice("72", "начислен")
    assert directory.field("deal_field", "id").read_only
    assert directory.users[2] == User(4, "Пётр Ким", False, (15,), "Ким")
    assert directory.departments[2] == Department(16, "Филиал на Сатпаева", 1, None)
    assert directory.unread == ()


def test_people_are_read_to_the_last_page(company: Any, read: Any) -> None:
    rows = [{"ID": str(n), "NAME": "A", "LAST_NAME": str(n), "ACTIVE": n % 2 == 0} for n in range(1, 1211)]

    def page(params: Any) -> Any:
        start = int(params.get("start", 0))
        following = {"next": start + 50} if start + 50 < len(rows) else {}
        return {"result": rows[start : start + 50], **following}

    company.on("user.get", page)
    directory = read()
    assert [one.id for one in directory.users] == list(range(1, 1211))
    assert sum(one.active for one in directory.users) == 605
    assert len(company.requests) == 4


def test_a_portal_that_repeats_its_last_page_ends_all_the_same(company: Any, read: Any) -> None:
    company.on("user.get", lambda p: {"result": [{"ID": "1", "NAME": "A"}], "next": 50})
    assert len(read().users) == 1


@pytest.mark.parametrize(
    ("about", "own", "field"),
    [
        ({"title": "UF_CRM_X", "type": "string"}, {"EDIT_FORM_LABEL": "Слова"}, ("Слова", "string", False)),
        ({"title": "", "type": "string"}, {"LIST_COLUMN_LABEL": {"ru": "Слова"}}, ("Слова", "string", False)),
        ({"type": "string"}, {}, ("UF_CRM_X", "string", False)),
        ({"title": "Слова", "isMultiple": "Y"}, {"USER_TYPE_ID": "date"}, ("Слова", "date", True)),
    ],
)
def test_titles_and_kinds_of_fields(
    company: Any, read: Any, about: dict[str, object], own: dict[str, object], field: tuple[str, str, bool]
) -> None:
    company.on("crm.item.fields", {"fields": {"UF_CRM_X": about}})
    company.on("crm.deal.userfield.list", [{"FIELD_NAME": "UF_CRM_X", **own}])
    [found] = read().deal_fields
    assert (found.title, found.kind, found.many) == field


def test_an_old_box_spells_fields_its_own_way(company: Any, client: Client, settings: Any) -> None:
    company.on(
        "crm.item.fields",
        {"fields": {"ufCrm_SCORE": {"upperName": "UF_CRM_SCORE", "title": "Оценка"}, "title": {}}},
    )
    old = settings.model_copy(update={"use_original_uf_names": False})
    book = Book(client, old)
    book.directory = read_directory(client, old, book, NOW)
    asked = len(company.requests)
    assert book.spelled(2, "UF_CRM_SCORE") == "ufCrm_SCORE"
    assert book.spelled(2, "title") == "title"
    assert len(company.requests) == asked


# --- what may not be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "part"),
    [
        ("crm.category.list", "pipelines"),
        ("crm.status.list", "stages"),
        ("crm.deal.userfield.list", "deal_userfields"),
        ("crm.contact.userfield.list", "contact_userfields"),
        ("user.get", "users"),
        ("department.get", "departments"),
    ],
)
@pytest.mark.parametrize("code", ["insufficient_scope", "ACCESS_DENIED"])
def test_a_closed_part_is_told_and_what_was_known_is_kept(
    company: Any, read: Any, failed: Any, method: str, part: str, code: str
) -> None:
    before = read()
    company.on(method, failed(code))
    bare, later = read(), read(before, LATER)
    assert [one.part for one in bare.unread] == [one.part for one in later.unread] == [part]
    assert code.upper() in bare.unread[0].reason.upper()
    assert changes(before, later) == []
    if not part.endswith("userfields"):
        assert getattr(bare, part) == ()
        assert getattr(later, part) == getattr(before, part)


def test_a_moments_trouble_is_no_missing_right(company: Any, read: Any, failed: Any) -> None:
    company.on("user.get", failed("OPERATION_TIME_LIMIT"))
    with pytest.raises(TryLater):
        read()


def test_a_portal_that_shows_nothing_is_broken(company: Any, read: Any, failed: Any) -> None:
    for method in list(company.scripts):
        company.on(method, failed("insufficient_scope"))
    with pytest.raises(Broken):
        read()


# --- what the branch field is bound to ---------------------------------------------------------------


def bound_field(company: Any, kind: str, settings: dict[str, object]) -> None:
    company.on("crm.item.fields", {"fields": {"UF_CRM_BRANCH": {"type": kind, "title": "Филиал"}}})
    company.on("crm.deal.userfield.list", [{"FIELD_NAME": "UF_CRM_BRANCH", "SETTINGS": settings}])


def first_page(rows: list[dict[str, object]]) -> Any:
    return lambda p: rows if str(p["start"]) == "0" else []


@pytest.mark.parametrize(
    ("kind", "method"), [("iblock_element", "lists.element.get"), ("iblock_section", "lists.section.get")]
)
def test_elements_of_a_list(company: Any, read: Any, kind: str, method: str) -> None:
    bound_field(company, kind, {"IBLOCK_TYPE_ID": "bitrix_processes", "IBLOCK_ID": "33"})
    company.on(method, first_page([{"ID": "9", "NAME": "На Абая"}]))
    assert read().bound == (Choice("9", "На Абая"),)
    asked = company.sent(method)[0]
    assert (asked["IBLOCK_TYPE_ID"], asked["IBLOCK_ID"]) == ("bitrix_processes", "33")


def test_items_of_the_crm(company: Any, read: Any) -> None:
    bound_field(company, "crm", {"COMPANY": "Y", "CONTACT": "Y", "LEAD": "N", "DYNAMIC_128": "Y"})
    rows = {
        "4": [{"id": 5, "title": "Абая ТОО"}],
        "3": [{"id": 5, "name": "Иван", "lastName": "Ким"}],
        "128": [{"id": 6, "title": "Точка"}],
    }
    company.on(
        "crm.item.list", lambda p: {"items": rows[p["entityTypeId"]] if str(p["start"]) == "0" else []}
    )
    assert set(read().bound) == {
        Choice("CO_5", "Абая ТОО"),
        Choice("C_5", "Иван Ким"),
        Choice("T80_6", "Точка"),
    }


def test_names_of_a_list_that_is_closed_are_told(company: Any, read: Any, failed: Any) -> None:
    bound_field(company, "iblock_element", {"IBLOCK_ID": 33})
    company.on("lists.element.get", failed("insufficient_scope"))
    directory = read()
    assert directory.bound == ()
    assert [one.part for one in directory.unread] == ["bound"]
    company.on("lists.element.get", failed("QUERY_LIMIT_EXCEEDED"))
    with pytest.raises(TryLater):
        read()


# --- renames -----------------------------------------------------------------------------------------


def stage(name: str, number: str = "UC_ASK") -> Stage:
    return Stage(number, name, 0)


def portal_with(*stages: Stage, at: datetime = NOW) -> Directory:
    return Directory(at, stages=stages)


def test_a_renamed_stage_keeps_its_former_names() -> None:
    first = portal_with(stage("Оценка"))
    second = with_former(first, portal_with(stage("Качество")), NOW)
    third = with_former(second, portal_with(stage("Сервис")), LATER)
    assert third.former == (
        Former("stage", "UC_ASK", "Оценка", NOW),
        Former("stage", "UC_ASK", "Качество", LATER),
    )
    back = with_former(third, portal_with(stage("оценка")), LATER)
    assert [one.name for one in back.former] == ["Качество", "Сервис"]


def test_a_deleted_stage_still_means_its_id() -> None:
    """A running engine must not stop at its next start because somebody has deleted a stage."""
    before = with_former(portal_with(stage("Оценка")), portal_with(stage("Качество")), NOW)
    gone = with_former(before, portal_with(), LATER)
    assert [(one.id, one.name) for one in gone.former] == [("UC_ASK", "Оценка"), ("UC_ASK", "Качество")]
    again = with_former(gone, portal_with(), LATER)
    assert again.former == gone.former


def test_case_and_spaces_are_no_rename() -> None:
    first = portal_with(stage("Закрыть заказ"))
    assert with_former(first, portal_with(stage("закрыть  Заказ")), NOW).former == ()


def test_every_kind_of_thing_is_compared(company: Any, read: Any) -> None:
    before = read()
    after = replace(
        before,
        pipelines=(Pipeline(0, "Продажи"),),
        deal_fields=(
            replace(
                before.field("deal_field", "UF_CRM_BRANCH"), title="Точка", choices=(Choice("41", "Абая"),)
            ),
        ),
        users=(User(3, "Анна Ким"),),
    )
    found = changes(before, after)
    assert Change("pipeline", "0", "Заказы", "Продажи") in found
    assert Change("deal_field", "UF_CRM_BRANCH", "Филиал", "Точка") in found
    assert Change("deal_choice", "UF_CRM_BRANCH:41", "На Абая", "Абая") in found
    assert Change("deal_choice", "UF_CRM_BRANCH:42", "На Сатпаева") in found
    assert Change("user", "3", "Анна Белова", "Анна Ким") in found
    assert Change("user", "5", "Олег Ли") in found


# --- keeping -----------------------------------------------------------------------------------------


def test_kept_and_read_again(company: Any, read: Any) -> None:
    directory = with_former(portal_with(stage("Было")), read(), NOW)
    assert directory.former
    assert load(dump(directory)) == directory


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"form":1}', '{"form":2,"directory":{"read_at":"2026-01-01T00:00:00Z"}}',
     '{"form":1,"directory":{"read_at":"never"}}', "[" * 100_000],
)  # fmt: skip
def test_anything_else_is_read_from_the_portal_anew(text: str) -> None:
    assert load(text) is None


def test_a_later_form_with_more_in_it_is_still_read() -> None:
    text = '{"form":1,"directory":{"read_at":"2026-03-04T10:00:00Z","moons":[1],"stages":[]}}'
    assert load(text) == Directory(NOW)

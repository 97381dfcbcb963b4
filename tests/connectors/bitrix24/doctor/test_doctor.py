"""The doctor: what is wrong with a portal, why it matters, and what to do about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.doctor.doctor import Doctor
from connectors.bitrix24.doctor.wanted import Wanted, WrittenText
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Finding
from qc_engine.settings import BranchSettings

Examine = Callable[..., list[Finding]]


def branch(**more: object) -> BranchSettings:
    about = {"name": "Филиал 1", "crm_value": "На Абая", "head": "Анна Белова", "timezone": "Asia/Almaty"}
    return BranchSettings.model_validate(about | more)


HEALTHY = Wanted(
    stages=frozenset({"Закрыть заказ/наряд", "Недовольные клиенты / Новая", "Сделка успешна"}),
    fields=frozenset({"Оценка работы"}),
    contact_fields=frozenset({"Бонус"}),
    users=frozenset({"Белова Анна", 1}),
    scores=frozenset({"Оценка работы"}),
    texts=frozenset({WrittenText("contact", "Бонус", "начислен"), WrittenText("deal", "Срочно", "да")}),
    branches=(branch(), branch(name="Филиал 2", crm_value="42", head="", department="Филиал на Абая")),
)


@pytest.fixture
def named(settings: Bitrix24Settings) -> Bitrix24Settings:
    return settings.model_copy(
        update={
            "stages": {"low": "C7:NEW"}, "fields": {"score": "Оценка работы"}, "users": {"head": 3},
            "contact_fields": {"bonus": "UF_CRM_BONUS"}, "branch_field": "Филиал",
            "do_not_disturb_field": "Не писать",
        }
    )  # fmt: skip


@pytest.fixture
def book(client: Client, named: Bitrix24Settings) -> Book:
    return Book(client, named)


@pytest.fixture
def examine(client: Client, named: Bitrix24Settings, clock: Any, book: Book) -> Examine:
    def findings(wanted: Wanted = HEALTHY, **changes: object) -> list[Finding]:
        settings = named.model_copy(update=changes)
        return list(Doctor(client, settings, clock, book, wanted).findings())

    return findings


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


def test_a_healthy_portal_in_three_requests(company: Any, examine: Examine) -> None:
    findings = examine()
    assert wrong(findings) == []
    assert [finding.what.split(":")[0] for finding in findings] == [
        "Мы работаем от имени", "Прав достаточно", "Часы портала и наши расходятся на 30 с", "Названия на месте",
    ]  # fmt: skip
    assert len(company.requests) == 3
    assert all(method in ("batch",) for method, _ in company.requests)
    assert not any(".add" in method or ".update" in method for method, _ in company.commands)


@pytest.mark.parametrize(
    ("scopes", "right", "loss"),
    [
        (["crm", "task", "user"], "im", "уведомлений"),
        (["crm", "im", "user"], "task", "задач"),
    ],
)
def test_three_faults_at_once(
    company: Any, examine: Examine, client: Client, named: Any, book: Book, clock: Any,
    scopes: list[str], right: str, loss: str,
) -> None:  # fmt: skip
    """A right is missing, a stage was renamed, a value of a list was deleted: all told, with what to do."""
    book.directory = read_directory(client, named, book, clock.now())
    stages = company.scripts["crm.status.list"]
    company.on("scope", [*scopes, "department"])
    company.on(
        "crm.status.list",
        lambda p: [
            {**row, "NAME": "Визит закрыт"} if row["STATUS_ID"] == "FINAL_INVOICE" else row
            for row in stages(p)
        ],
    )
    lists = company.scripts["crm.deal.userfield.list"]({})
    company.on("crm.deal.userfield.list", [{**lists[0], "LIST": lists[0]["LIST"][1:]}, lists[1]])

    scope, stage, value = wrong(examine())
    assert f"нет права {right}" in scope.what
    assert loss in scope.what
    assert right in scope.remedy
    assert "«Закрыть заказ/наряд» теперь называется «Визит закрыт»" in stage.what
    assert stage.remedy == "Замените «Закрыть заказ/наряд» на «Визит закрыт»"
    assert "«На Абая»: на портале больше нет" in value.what
    assert "Филиал 1" in value.what
    assert "«На Сатпаева»" in value.remedy


@pytest.mark.parametrize(
    ("method", "answer", "what", "remedy"),
    [
        ("profile", {"ID": "5", "ADMIN": False}, "чужие сделки", "администратора"),
        ("scope", ["crm", "user", "im", "department"], "task", "tasks"),
        ("scope", ["crm", "user", "im", "tasks"], "department", "department"),
        ("scope", [], "crm", "crm"),
        ("server.time", "2026-03-04T14:00:00+03:00", "3600", "NTP"),
        ("server.time", [], "времени", "server.time"),
        ("crm.status.list", [{"STATUS_ID": "UC_X", "NAME": "X"}], "стадии «C7:NEW»", "setup"),
        ("crm.item.fields", {"fields": {"UF_CRM_SCORES": {"title": "Оценка работ"}}}, "Оценка работы",
         "«Оценка работ»"),
        ("crm.item.fields", {"fields": {"X": {}}}, "branch_field", "верните"),
        ("user.get", [{"ID": "3", "ACTIVE": False, "NAME": "Анна", "LAST_NAME": "Белова"}], "уволен", "Назначьте"),
        ("user.get", [{"ID": "8", "NAME": "Анна", "LAST_NAME": "Беллова"}], "сотрудника «3»", "номер"),
        ("department.get", [{"ID": "15", "NAME": "Филиал на Абае"}], "подразделения", "«Филиал на Абае»"),
        ("department.get", [{"ID": "15", "NAME": "Филиал на Абая"}], "никого нет", "структуре"),
        ("department.get", [{"ID": "15", "NAME": "Филиал на Абая", "UF_HEAD": 4}], "уволен: жалобы", "head"),
        ("method.get", {"isExisting": False}, "нет метода crm.stagehistory.list", "Обновите"),
        ("method.get", {"isExisting": True, "isAvailable": False}, "tasks.task.add нам закрыт", "тариф"),
    ],
)  # fmt: skip
def test_findings(
    company: Any, examine: Examine, method: str, answer: object, what: str, remedy: str
) -> None:
    company.on(method, answer)
    told = wrong(examine())
    assert any(what in finding.what and remedy in finding.remedy for finding in told), told


@pytest.mark.parametrize(
    ("wanted", "what", "remedy"),
    [
        (Wanted(stages=frozenset({"Новая"})), "сценарии: «Новая»", "«Недовольные клиенты / Новая»"),
        (Wanted(stages=frozenset({"Оценка качевства"})), "стадии «Оценка качевства»", "«Оценка качества»"),
        (Wanted(fields=frozenset({"Оценка рабоы"})), "поля сделки «Оценка рабоы»", "«Оценка работы»"),
        (Wanted(contact_fields=frozenset({"Бонус за отзыв"})), "поля контакта", "«Бонус»"),
        (Wanted(contact_fields=frozenset({"Скидка"})), "поля контакта «Скидка»", "setup"),
        (Wanted(users=frozenset({"Олег Ли"})), "«Олег Ли»", "«5», «6»"),
        (Wanted(scores=frozenset({"Срочно"})), "«Срочно» пишется оценка, а его тип «да/нет»", "«число»"),
        (Wanted(scores=frozenset({"Филиал"})), "тип «список»", "«число»"),
        (Wanted(fields=frozenset({"ID"})), "только для чтения", "другое поле"),
        (Wanted(texts=frozenset({WrittenText("contact", "Бонус", "выдан")})), "значения списка «выдан»",
         "«начислен»"),
        (Wanted(texts=frozenset({WrittenText("deal", "Срочно", "очень")})), "«очень» этому полю не подходит", "«да»"),
        (Wanted(branches=(branch(crm_value="На Абае"),)), "crm_value", "«На Абая»"),
        (Wanted(branches=(branch(head="Пётр Ким"),)), "«Филиал 1», head: сотрудник Пётр Ким уволен", "Назначьте"),
        (Wanted(branches=(branch(manager="Никто"),)), "manager", "имя и фамилию"),
        (Wanted(branches=(branch(department="Складд"),)), "подразделения «Складд»", "«Склад»"),
        (Wanted(branches=(branch(head="", department="Склад"),)), "«Склад» уволен", "структуре"),
    ],
)  # fmt: skip
def test_words_of_scenarios_and_branches(
    company: Any, examine: Examine, wanted: Wanted, what: str, remedy: str
) -> None:
    [finding] = wrong(examine(wanted))
    assert what in finding.what
    assert remedy in finding.remedy


def test_a_list_of_the_portal_needs_its_right_only_when_branches_are_named(
    company: Any, examine: Examine, failed: Any
) -> None:
    element = {"UF_CRM_BRANCH": {"type": "iblock_element", "title": "Филиал"}}
    whole = company.scripts["crm.item.fields"]
    company.on(
        "crm.item.fields",
        lambda p: {"fields": {**whole(p)["fields"], **(element if p["entityTypeId"] == "2" else {})}},
    )
    company.on("crm.deal.userfield.list", [{"FIELD_NAME": "UF_CRM_BRANCH", "SETTINGS": {"IBLOCK_ID": 9}}])
    company.on("lists.element.get", failed("insufficient_scope"))
    named = [finding.what for finding in wrong(examine(Wanted(branches=(branch(),))))]
    assert [what.split(":")[0] for what in named] == [
        "У вебхука нет права lists",
        "Портал не показал названия того, к чему привязано поле филиала (lists.element.get",
    ]
    assert wrong(examine(Wanted(branches=(branch(crm_value="17"),)))) == []


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("profile", 1), ("scope", 1), ("server.time", 1), ("crm.category.list", 1), ("crm.status.list", 1),
        ("user.get", 1), ("department.get", 1), ("crm.contact.userfield.list", 0), ("method.get", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("code", ["insufficient_scope", "ACCESS_DENIED"])
def test_what_cannot_be_asked_is_a_finding_too(
    company: Any, examine: Examine, failed: Any, method: str, told: int, code: str
) -> None:
    company.on(method, failed(code))
    findings = wrong(examine())
    assert len(findings) == told
    assert all(code.upper() in finding.what and finding.remedy for finding in findings)


def test_closed_values_of_lists_are_told_where_a_list_has_none(
    company: Any, examine: Examine, failed: Any
) -> None:
    company.on("crm.deal.userfield.list", failed("ACCESS_DENIED"))
    [finding] = wrong(examine())
    assert "значения списков в полях сделки" in finding.what


def test_a_dead_webhook_is_one_finding_and_no_secret(wire: Any, examine: Examine) -> None:
    wire.post(url__regex=".*").mock(return_value=httpx.Response(401, json={"error": "INVALID_CREDENTIALS"}))
    [finding] = examine()
    assert not finding.ok
    assert "INVALID_CREDENTIALS" in finding.what
    assert "s3cr3tcanary" not in finding.what


def test_a_missing_application_token_is_told(company: Any, examine: Examine, settings: Any) -> None:
    bare = Bitrix24Settings(webhook_url=settings.webhook_url)
    [finding] = wrong(examine(application_token=bare.application_token))
    assert "application_token" in finding.remedy


def test_clocks_are_compared_at_the_moment_of_the_answer(company: Any, examine: Examine, clock: Any) -> None:
    clock.advance(timedelta(minutes=10))
    [finding] = wrong(examine())
    assert "570" in finding.what


def test_a_portal_that_has_moved_is_told(company: Any, wire: Any, examine: Examine, client: Client) -> None:
    wire.post(url__startswith="https://new.example/rest/1/").mock(side_effect=company.handle)
    client.access.moved("https://new.example")
    [finding] = wrong(examine())
    assert "https://new.example" in finding.what
    assert "адрес" in finding.remedy

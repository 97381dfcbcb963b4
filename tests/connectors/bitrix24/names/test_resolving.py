"""The words that people see become ids, and nothing becomes an id by chance."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.bitrix24.names.directory import (
    Choice,
    Department,
    Directory,
    FieldOfPortal,
    Former,
    Pipeline,
    Stage,
    User,
)
from connectors.bitrix24.names.lookup import Ambiguous, Found, Gone, Renamed, Unknown
from connectors.bitrix24.names.resolving import Resolver, UnknownName
from connectors.bitrix24.settings import Bitrix24Settings

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
URL = "https://portal.example/rest/1/abc/"

DIRECTORY = Directory(
    NOW,
    pipelines=(Pipeline(0, "Заказы"), Pipeline(7, "Жалобы")),
    stages=(
        Stage("NEW", "Новая", 0), Stage("EXECUTING", "Закрыть заказ/наряд", 0), Stage("UC_A", "Приём", 0),
        Stage("C7:NEW", "Новая", 7), Stage("C7:WON", "New", 7),
        Stage("C7:UC_1", "Дубль", 7), Stage("C7:UC_2", "дубль", 7),
    ),
    deal_fields=(
        FieldOfPortal("UF_CRM_SCORE", "Оценка работы", "double"),
        FieldOfPortal("UF_CRM_A", "Заметка", "string"),
        FieldOfPortal("UF_CRM_B", "Заметка", "string"),
        FieldOfPortal("UF_CRM_BRANCH", "Филиал", "enumeration",
                      choices=(Choice("41", "На Абая", "abaya"), Choice("42", "На Сатпаева"))),
        FieldOfPortal("UF_CRM_ITEM", "Точка", "iblock_element"),
        FieldOfPortal("UF_CRM_WORD", "Город", "string"),
    ),
    contact_fields=(FieldOfPortal("UF_CRM_STOP", "Не писать", "boolean"),),
    users=(
        User(3, "Анна Белова", last_name="Белова"), User(4, "Пётр Ким", active=False, last_name="Ким"),
        User(5, "Олег Ли", last_name="Ли"), User(6, "Олег Ли", last_name="Ли"),
        User(7, "Айгуль Кызы Асанова", last_name="Кызы Асанова"), User(8, ""),
        User(9, "Ян Цой", active=False, last_name="Цой"), User(10, "Ян Цой", last_name="Цой"),
    ),
    departments=(
        Department(1, "Компания", None, 5), Department(15, "На Абая", 1, 3), Department(16, "На Сатпаева", 1),
        Department(17, "Склад", 1, 4), Department(20, "Круг", 21), Department(21, "Круг 2", 20),
    ),
    bound=(Choice("9", "На Абая"), Choice("10", "На Навои")),
    former=(
        Former("stage", "UC_A", "Приёмка", NOW), Former("stage", "C7:NEW", "Приём", NOW),
        Former("pipeline", "7", "Недовольные", NOW), Former("user", "3", "Анна Ким", NOW),
        Former("deal_field", "UF_CRM_SCORE", "Балл", NOW),
        Former("deal_choice", "UF_CRM_BRANCH:42", "Сатпаева", NOW),
    ),
)  # fmt: skip


def resolver(directory: Directory | None = DIRECTORY, **settings: Any) -> Resolver:
    return Resolver(Bitrix24Settings.model_validate({"webhook_url": URL, **settings}), directory)


# --- stages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "met"),
    [
        ("Закрыть заказ/наряд", Found("EXECUTING")),
        ("закрыть  ЗАКАЗ / наряд", Found("EXECUTING")),
        ("прием", Found("UC_A")),  # today's name wins over what another stage was called
        ("Заказы / Новая", Found("NEW")),
        ("Жалобы/Новая", Found("C7:NEW")),
        ("Новая", Ambiguous(("Заказы / Новая", "Жалобы / Новая"))),
        ("Дубль", Ambiguous(("C7:UC_1", "C7:UC_2"))),
        ("Приемка", Renamed("UC_A", "Приём")),
        ("Недовольные / Новая", Renamed("C7:NEW", "Новая")),
        ("Недовольные / Приём", Renamed("C7:NEW", "Новая")),
        ("NEW", Found("NEW")),  # an id written exactly is an id, although a stage is called 'New'
        ("New", Found("C7:WON")),
        ("C7:WON", Found("C7:WON")),
        ("Закрыть заказ", Unknown(("Закрыть заказ/наряд",))),
        ("Закрыть", Unknown(("Закрыть заказ/наряд",))),
        ("Новаяя", Unknown(("Заказы / Новая", "Жалобы / Новая"))),
        ("Совсем другое", Unknown(())),
    ],
)
def test_stages(word: str, met: object) -> None:
    assert resolver().look("stage", word) == met


def test_the_mapping_of_stages() -> None:
    stages = resolver(stages={"Новая": "Жалобы / Новая", "low": "C1:ASK", "gone": "Нет такой"}).stages()
    assert stages["Новая"] == "C7:NEW"  # an alias wins
    assert stages["low"] == "C1:ASK"  # what looks like an id may be hidden from us
    assert "gone" not in stages
    assert (stages["Заказы / Новая"], stages["Приёмка"], stages["Приём"]) == ("NEW", "UC_A", "UC_A")
    assert "Новая" not in resolver().stages()
    assert resolver().ambiguous("stage")["Новая"] == ("Заказы / Новая", "Жалобы / Новая")


def test_a_new_stage_takes_over_a_former_name() -> None:
    newer = Stage("UC_Z", "Приёмка", 0)
    directory = Directory(NOW, stages=(*DIRECTORY.stages, newer), former=DIRECTORY.former)
    assert resolver(directory).look("stage", "Приёмка") == Found("UC_Z")


def test_a_deleted_stage_by_its_last_name_alone_and_with_its_pipeline() -> None:
    former = (Former("stage", "C7:GONE", "Была", NOW),)
    found = resolver(Directory(NOW, DIRECTORY.pipelines, DIRECTORY.stages, former=former))
    met = found.look("stage", "была")
    assert isinstance(met, Gone)
    assert met.id == found.stages()["Была"] == "C7:GONE"
    assert found.stages()["Жалобы / Была"] == "C7:GONE"


def test_of_two_former_names_the_later_counts() -> None:
    former = (Former("stage", "B", "Х", NOW), Former("stage", "A", "Х", NOW.replace(hour=9)))
    directory = Directory(NOW, stages=(Stage("A", "Один", 0), Stage("B", "Два", 0)), former=former)
    assert resolver(directory).look("stage", "Х") == Renamed("B", "Два")


# --- fields ------------------------------------------------------------------------------------------


def test_fields() -> None:
    one = resolver(
        fields={"score": "Оценка работы", "old": "Балл", "hidden": "UF_CRM_HIDDEN"},
        branch_field="филиал", do_not_disturb_field="Не писать",
    )  # fmt: skip
    assert (one.branch_field(), one.do_not_disturb_field()) == ("UF_CRM_BRANCH", "UF_CRM_STOP")
    fields = one.deal_fields()
    assert {fields[name] for name in ("score", "old", "Балл", "Оценка работы")} == {"UF_CRM_SCORE"}
    assert fields["hidden"] == "UF_CRM_HIDDEN"
    assert one.contact_fields() == {"Не писать": "UF_CRM_STOP"}
    assert one.ambiguous("deal_field") == {"Заметка": ("UF_CRM_A", "UF_CRM_B")}
    assert one.code("deal_field", "Заметка") == ""
    assert one.titles()["UF_CRM_SCORE"] == "Оценка работы"
    assert one.titles()["C7:NEW"] == "Жалобы / Новая"


def test_an_alias_may_name_the_branch_field() -> None:
    assert resolver(fields={"branch": "Филиал"}, branch_field="branch").branch_field() == "UF_CRM_BRANCH"
    assert resolver(branch_field="Отдел").branch_field() == ""
    assert resolver().branch_field() == ""


# --- people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("Анна Белова", 3), ("белова анна", 3), ("Анна Ким", 3), (3, 3), ("3", 3), (99, 99), ("chief", 4),
        ("Кызы Асанова Айгуль", 7), ("Цой Ян", 10), ("петр ким", 4),
    ],
)  # fmt: skip
def test_people(word: int | str, number: int) -> None:
    assert resolver(users={"chief": "Пётр Ким"}).person(word) == number


@pytest.mark.parametrize(
    ("word", "close"),
    [("Олег Ли", ("5", "6")), ("Анна Беллова", ("Анна Белова",)), ("", ()), ("0", ()), ("Кто это", ())],
)
def test_people_whom_nobody_can_tell(word: str, close: tuple[str, ...]) -> None:
    with pytest.raises(UnknownName) as caught:
        resolver().person(word)
    assert (caught.value.kind, caught.value.word) == ("user", word)
    assert caught.value.close[: len(close)] == close


def test_the_mapping_of_people() -> None:
    users = resolver(users={"chief": 4}).users()
    assert (users["chief"], users["Белова Анна"], users["Ян Цой"]) == (4, 3, 10)
    assert "Олег Ли" not in users
    assert resolver().ambiguous("user")["Олег Ли"] == ("5", "6")


@pytest.mark.parametrize(
    ("department", "head"),
    [("На Абая", 3), (15, 3), ("16", 5), ("Склад", 5), ("Компания", 5)],
)
def test_heads(department: str | int, head: int) -> None:
    """Where nobody is the head, or he was fired, the head above him answers."""
    assert resolver().head_of(department) == head


@pytest.mark.parametrize("department", ["Круг", "Цех", 99])
def test_departments_without_a_head(department: str | int) -> None:
    with pytest.raises(UnknownName):
        resolver().head_of(department)


# --- branches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "raw"),
    [
        ("Филиал", "На Абая", {"41", "На Абая"}),
        ("Филиал", "на абая", {"41", "На Абая", "на абая"}),
        ("Филиал", "41", {"41", "На Абая"}),
        ("Филиал", "abaya", {"41", "На Абая", "abaya"}),
        ("Филиал", "Сатпаева", {"42", "На Сатпаева", "Сатпаева"}),
        ("Филиал", "77", {"77"}),
        ("Точка", "На Навои", {"10", "На Навои"}),
        ("Точка", "10", {"10", "На Навои"}),
        ("Город", "Алматы", {"Алматы"}),
        ("", "север", {"север"}),
    ],
)
def test_values_that_mean_a_branch(field: str, value: str, raw: set[str]) -> None:
    assert resolver(branch_field=field).branch_values(value) == raw


@pytest.mark.parametrize(
    ("bound", "value", "raw"),
    [
        ((Choice("CO_5", "Абая"),), "Абая", {"CO_5", "5", "Абая"}),
        ((Choice("CO_5", "Абая"),), "5", {"CO_5", "5", "Абая"}),
        ((Choice("CO_5", "Абая"), Choice("C_5", "Ким")), "Абая", {"CO_5", "Абая"}),
        ((Choice("CO_5", "Абая"), Choice("T80_6", "Ким")), "T80_6", {"T80_6", "Ким"}),
        ((), "CO_5", {"CO_5"}),
    ],
)
def test_branches_that_are_items_of_the_crm(bound: tuple[Choice, ...], value: str, raw: set[str]) -> None:
    """The portal writes the prefix only where the field is bound to several kinds of items."""
    field = FieldOfPortal("UF_CRM_ITEM", "Точка", "crm")
    directory = Directory(NOW, deal_fields=(field,), bound=bound)
    assert resolver(directory, branch_field="Точка").branch_values(value) == raw


# --- without a reading -------------------------------------------------------------------------------


def test_without_a_reading_everything_stands_for_itself() -> None:
    one = resolver(
        None, stages={"low": "C7:NEW", "named": "Жалобы / Новая"}, users={"chief": 4, "named": "Анна Белова"},
        branch_field="Филиал",
    )  # fmt: skip
    assert one.stages() == {"low": "C7:NEW", "named": "Жалобы / Новая"}
    assert one.users() == {"chief": 4}
    assert one.branch_field() == "Филиал"
    assert one.branch_values("север") == {"север"}
    assert (one.person("chief"), one.person(5)) == (4, 5)
    assert one.written(2, "UF_CRM_SCORE", "8") == "8"
    assert one.shown(2, "UF_CRM_SCORE", 8.0) == "8"
    assert (one.findings(), one.titles()) == ([], {})
    with pytest.raises(UnknownName):
        one.person("Анна Белова")
    with pytest.raises(UnknownName):
        one.head_of("Склад")


def test_a_part_that_could_not_be_read_stands_for_itself_too() -> None:
    one = resolver(Directory(NOW, stages=DIRECTORY.stages, pipelines=DIRECTORY.pipelines), users={"a": 4})
    assert one.look("user", "99") == Found("99")
    assert one.users() == {"a": 4}
    assert one.stages()["Приём"] == "UC_A"


# --- config.yaml -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "what", "remedy"),
    [
        ({"stages": {"low": "Жалобы / Нова"}}, "stages.low", "«Жалобы / Новая»"),
        ({"stages": {"low": "Новая"}}, "не одно", "«Заказы / Новая», «Жалобы / Новая»"),
        ({"stages": {"low": "Приёмка"}}, "теперь называется «Приём»", "«Приёмка» на «Приём»"),
        ({"stages": {"low": "Ничего похожего"}}, "стадии «Ничего похожего» на портале нет", "setup"),
        ({"fields": {"score": "UF_CRM_SCOREE"}}, "поля сделки «UF_CRM_SCOREE»", "setup"),
        ({"contact_fields": {"stop": "Не писат"}}, "contact_fields.stop", "«Не писать»"),
        ({"branch_field": "Заметка"}, "branch_field", "«UF_CRM_A», «UF_CRM_B»"),
        ({"do_not_disturb_field": "Стоп"}, "do_not_disturb_field", "setup"),
        ({"users": {"head": "Олег Ли"}}, "users.head", "«5», «6»"),
        ({"users": {"head": "Пётр Ким"}}, "Пётр Ким уволен", "Назначьте другого"),
        ({"users": {"head": 4}}, "Пётр Ким уволен", "Назначьте другого"),
        ({"users": {"head": 99}}, "сотрудника «99»", "номер сотрудника"),
    ],
)
def test_findings(settings: dict[str, Any], what: str, remedy: str) -> None:
    [finding] = resolver(**settings).findings()
    assert not finding.ok
    assert what in finding.what
    assert remedy in finding.remedy


def test_a_good_configuration_has_nothing_to_tell() -> None:
    good = resolver(
        stages={"low": "C7:NEW", "closed": "Закрыть заказ/наряд"}, fields={"score": "Оценка работы"},
        users={"head": "Белова Анна"}, branch_field="Филиал", do_not_disturb_field="UF_CRM_STOP",
    )  # fmt: skip
    assert good.findings() == []

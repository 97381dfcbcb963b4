"""What is written into a field, what people see in it, and when a mark holds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.finding import Finding
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import Choice, Directory, FieldOfPortal, Former
from connectors.bitrix24.names.resolving import Resolver
from connectors.bitrix24.names.values import is_set
from connectors.bitrix24.performing import Performing
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.writing import Writing
from qc_engine.core.effects import CreateDeal, Effect, MoveDeal, SetFields, UpdateContact
from qc_engine.ports import Done, Job, Refused

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
CHOICES = (
    Choice("41", "Найден", "found"),
    Choice("42", "Не найден"),
    Choice("43", "Найден"),
    Choice("44", "7"),
)
DIRECTORY = Directory(
    NOW,
    deal_fields=(
        FieldOfPortal("UF_LIST", "Отзыв", "enumeration", choices=(*CHOICES[:2], CHOICES[3])),
        FieldOfPortal("UF_TWINS", "Двойники", "enumeration", choices=CHOICES),
        FieldOfPortal("UF_MANY", "Услуги", "enumeration", many=True,
                      choices=(Choice("51", "Шины"), Choice("52", "Диски, литые"))),
        FieldOfPortal("UF_EMPTY", "Без значений", "enumeration"),
        FieldOfPortal("UF_FLAG", "Срочно", "boolean"),
        FieldOfPortal("UF_INT", "Балл", "integer"),
        FieldOfPortal("UF_NUM", "Средняя", "double"),
        FieldOfPortal("UF_NUMS", "Баллы", "double", many=True),
        FieldOfPortal("UF_TEXT", "Слова", "string"),
        FieldOfPortal("UF_TEXTS", "Все слова", "string", many=True),
        FieldOfPortal("UF_SHUT", "Закрыто", "string", read_only=True),
    ),
    contact_fields=(FieldOfPortal("UF_FLAG", "Не писать", "boolean"),),
    former=(Former("deal_choice", "UF_LIST:42", "Отсутствует", NOW),),
)  # fmt: skip
SETTINGS = Bitrix24Settings.model_validate({"webhook_url": "https://portal.example/rest/1/abc/"})
RESOLVER = Resolver(SETTINGS, DIRECTORY)


@pytest.mark.parametrize(
    ("code", "text", "sent"),
    [
        ("UF_LIST", "Найден", "41"), ("UF_LIST", " не  НАЙДЕН", "42"), ("UF_LIST", "found", "41"),
        ("UF_LIST", "42", "42"), ("UF_LIST", "Отсутствует", "42"), ("UF_LIST", "7", "44"), ("UF_LIST", "", ""),
        ("UF_MANY", "Шины", ["51"]), ("UF_MANY", "Шины, 52", ["51", "52"]), ("UF_MANY", "", [""]),
        ("UF_MANY", "Диски, литые", ["52"]),
        ("UF_EMPTY", "что угодно", "что угодно"),
        *(("UF_FLAG", yes, "Y") for yes in ("1", "да", "Да", "Y", "yes", "true", "TRUE", "иә")),
        *(("UF_FLAG", no, "N") for no in ("0", "нет", "N", "no", "false", "", "жоқ")),
        ("UF_INT", "8", 8), ("UF_INT", "8.0", 8), ("UF_INT", "8.5", 9), ("UF_INT", "8,25", 8), ("UF_INT", "-1", -1),
        ("UF_NUM", "8.25", 8.25), ("UF_NUM", "8,25", 8.25), ("UF_NUM", "8.0", 8), ("UF_NUM", " ", ""),
        ("UF_NUMS", "8.5", [8.5]),
        ("UF_TEXT", "8, да", "8, да"), ("UF_TEXTS", "8, да", ["8, да"]), ("UF_TEXTS", "", [""]),
        ("UF_ELSEWHERE", "8", "8"),
    ],
)  # fmt: skip
def test_written(code: str, text: str, sent: object) -> None:
    written = RESOLVER.written(2, code, text)
    assert written == sent
    assert type(written) is type(sent)


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("UF_LIST", "Найденн", "close: Найден"), ("UF_LIST", "99", "no value"), ("UF_TWINS", "Найден", "41, 43"),
        ("UF_MANY", "Шины, Масло", "Масло"), ("UF_FLAG", "8", "neither"), ("UF_INT", "восемь", "number"),
        ("UF_NUM", "nan", "number"), ("UF_NUM", "inf", "number"), ("UF_SHUT", "x", "read-only"),
    ],
)  # fmt: skip
def test_what_a_field_cannot_hold_is_refused(code: str, text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        RESOLVER.written(2, code, text)


def test_a_refusal_tells_no_phone_number_and_no_novel() -> None:
    with pytest.raises(Refused) as caught:
        RESOLVER.written(2, "UF_INT", "звоните +7 701 123 45 67 " + "а" * 500)
    assert "123" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("code", "raw", "shown"),
    [
        ("UF_LIST", 41, "Найден"), ("UF_LIST", "42", "Не найден"), ("UF_LIST", "99", "99"), ("UF_LIST", None, ""),
        ("UF_MANY", [51, "52"], "Шины, Диски, литые"), ("UF_MANY", [], ""), ("UF_MANY", False, "N"),
        ("UF_FLAG", "1", "Y"), ("UF_FLAG", "0", "N"), ("UF_FLAG", "Y", "Y"), ("UF_FLAG", True, "Y"),
        ("UF_NUM", 8.0, "8"), ("UF_NUM", "8.25", "8.25"), ("UF_TEXT", " a ", "a"), ("UF_OTHER", 1, "1"),
    ],
)  # fmt: skip
def test_shown(code: str, raw: object, shown: str) -> None:
    assert RESOLVER.shown(2, code, raw) == shown


@pytest.mark.parametrize(
    ("kind", "raw", "shown", "holds"),
    [
        ("boolean", "Y", "Y", True), ("boolean", 1, "Y", True), ("boolean", "N", "N", False),
        ("boolean", None, "", False), ("string", "да", "да", True), ("string", "нет", "нет", False),
        ("string", "когда-нибудь", "когда-нибудь", False), ("", True, "Y", True), ("integer", 1, "1", True),
        ("date", "2026-03-05T00:00:00+03:00", "", True), ("date", "2026-03-04", "", False),
        ("datetime", "2026-03-04T13:00:01+03:00", "", True), ("datetime", "2026-03-04T12:59:00+03:00", "", False),
        ("enumeration", "71", "нет", False), ("enumeration", "72", "Навсегда", True),
        ("enumeration", "20270101", "Нет", False), ("enumeration", None, "", False),
    ],
)  # fmt: skip
def test_marks(kind: str, raw: object, shown: str, holds: bool) -> None:
    assert is_set(kind, raw, shown, NOW, UTC) is holds


# --- on the wire -------------------------------------------------------------------------------------


def job(effect: Effect) -> Job:
    return Job("K", "qc-abcdefghij", effect)


@pytest.fixture
def named(client: Client) -> Performing:
    """Writing with the names read."""
    book = Book(client, SETTINGS, DIRECTORY)
    return Performing(client, Finding(client, SETTINGS, book), Writing(SETTINGS, book), book, 50)


@pytest.mark.parametrize(
    ("effect", "sent"),
    [
        (SetFields(1, {"UF_LIST": "найден", "UF_FLAG": "да", "UF_NUM": "8,50"}),
         {"UF_LIST": "41", "UF_FLAG": "Y", "UF_NUM": "8.5"}),
        (SetFields(1, {"UF_MANY": "Шины, Диски, литые"}), None),
        (SetFields(1, {"UF_MANY": ""}), {"UF_MANY": [""]}),
        (MoveDeal(1, "WON", ("EXECUTING",), {"UF_INT": "7.5"}), {"UF_INT": "8", "stageId": "WON"}),
        (UpdateContact(1, {"UF_FLAG": "1"}), {"UF_FLAG": "Y"}),
        (UpdateContact(1, {"UF_FLAG": "8"}), None),
        (MoveDeal(1, "WON", ("EXECUTING",), {"UF_LIST": "нет такого"}), None),
        (CreateDeal("Low", "WON", 1, None, 2, fields={"UF_FLAG": "x"}), None),
    ],
)  # fmt: skip
def test_values_on_the_wire(
    portal: Any, named: Performing, deal_row: Any, effect: Effect, sent: object
) -> None:
    """A value that the field cannot hold is refused before anything is written."""
    portal.on("crm.item.list", {"items": [deal_row(1)]})
    portal.on("crm.item.update", {"item": {"id": 1, "stageId": "WON"}})
    [outcome] = named.perform([job(effect)])
    updates = portal.sent("crm.item.update")
    assert [params["fields"] for params in updates] == ([sent] if sent else [])
    assert outcome == Done() if sent else isinstance(outcome, Refused)

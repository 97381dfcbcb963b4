"""What the doctor knows of templates, limits and webhooks that did not reach us."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.memory import Notes
from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Finding, Job, Request

Make = Callable[..., Chat2Desk]
SECRET = "open-sesame-open-sesame"
PHONE = "79160000000"
DOOR = "https://survey.example/hooks/chat2desk"
HOOK = {
    "id": 3,
    "url": f"{DOOR}/{SECRET}",
    "events": ["inbox", "outbox", "outbox_status", "client_added_to_blacklist"],
    "status": "enable",
}


@pytest.fixture
def vendor(desk: respx.MockRouter, sample: Callable[[str], Any]) -> respx.MockRouter:
    info = sample("api_info.derived.json")
    info["data"]["mode"] = "full"
    channel = {"id": 43898, "name": "Опросы", "transports": ["wa_direct", "whatsapp", "telegram"]}
    desk.get("/v1/companies/api_info").respond(json=info)
    desk.get("/v1/channels").respond(json={"data": [channel], "status": "success"})
    desk.get("/v1/webhooks").respond(json={"data": [HOOK], "status": "success"})
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    desk.post("/v1/messages").respond(json={"data": {"message_id": 7}, "status": "success"})
    return desk


def about(findings: Sequence[Finding], words: str) -> list[tuple[bool, str]]:
    return [(one.ok, one.what) for one in findings if words in one.what]


LIST = [
    {"name": "visit", "language": "ru", "status": "APPROVED"},
    {"name": "reminder", "language": "ru", "status": "rejected"},
    {"name": "both", "language": "ru", "status": "approved"},
    {"name": "both", "language": "kk", "status": "paused"},
    {"element_name": "other_spelling", "state": "active"},
    {"name": "silent"},
]


@pytest.mark.parametrize(
    ("name", "ok", "what"),
    [
        ("visit", True, "шаблон visit одобрен"),
        ("other_spelling", True, "шаблон other_spelling одобрен"),
        ("reminder", False, "шаблон reminder не одобрен: rejected"),
        ("both", False, "шаблон both не одобрен: approved, paused"),
        ("silent", False, "шаблон silent не одобрен: status пуст"),
        ("forgotten", False, "шаблона forgotten в списке Chat2Desk нет"),
    ],
)
def test_by_a_list(make_account: Make, vendor: respx.MockRouter, name: str, ok: bool, what: str) -> None:
    vendor.get("/v1/wa_templates").respond(json={"data": LIST, "status": "success"})
    account = make_account(hook_url=DOOR, templates=(name, name), template_list="/v1/wa_templates")
    assert about(account.doctor(), "шаблон") == [(ok, what)]


def test_a_list_that_is_not_there_is_a_finding(make_account: Make, vendor: respx.MockRouter) -> None:
    vendor.get("/v1/wa_templates").respond(404, json={"status": "error", "message": "Page not found"})
    account = make_account(hook_url=DOOR, templates=("visit",), template_list="/v1/wa_templates")
    ((ok, what),) = about(account.doctor(), "шаблон")
    assert not ok
    assert "Page not found" in what


@pytest.mark.parametrize(
    ("transport", "templates", "count"),
    [("wa_direct", ("visit",), 1), ("wa_direct", (), 0), ("whatsapp", ("visit",), 0)],
)
def test_without_a_list_nobody_promises_anything(
    make_account: Make, vendor: respx.MockRouter, transport: str, templates: tuple[str, ...], count: int
) -> None:
    account = make_account(hook_url=DOOR, templates=templates, transport=transport)
    found = about(account.doctor(), "шаблон")
    assert [ok for ok, _ in found] == [True] * count
    assert all("одобрен ли он, Chat2Desk не показывает" in what for _, what in found)


def tell(account: Chat2Desk, **body: Any) -> None:
    account.parse(Request(SECRET, {}, json.dumps(body).encode()))


def ask(account: Chat2Desk, name: str = "visit") -> None:
    message = SendMessage(PHONE, "Оцените", "question", template=Template(name, "ru"))
    account.perform([Job(f"{name}:1:1", "qc-a", message)])


def test_what_whatsapp_said_of_a_template_is_known_to_the_doctor(
    make_account: Make, vendor: respx.MockRouter
) -> None:
    memory = Notes()
    service = make_account(memory=memory)
    ask(service)
    tell(service, hook_type="outbox", type="system", message_id=8, text="Шаблон visit отклонён", phone=PHONE)
    vendor.get("/v1/messages").respond(json={"data": [], "status": "success"})
    service.backfill("5", service.clock.now())  # notes are written beside the hot door

    doctor = make_account(hook_url=DOOR, memory=memory, templates=("visit", "reminder"))
    said = about(doctor.doctor(), "шаблон")
    assert said[0] == (False, "шаблон visit: WhatsApp отказал 10.07.2026: Шаблон visit отклонён")
    assert said[1][0]

    tell(service, hook_type="outbox_status", data={"id": 7, "gateway_status": "delivered"})
    service.backfill("5", service.clock.now())
    later = make_account(hook_url=DOOR, memory=memory, templates=("visit",))
    assert about(later.doctor(), "шаблон visit")[0][0]


@pytest.mark.parametrize("note", ["{", "[]", '{"visit": 5}', '{"visit": ["a"]}'])
def test_a_broken_note_says_nothing(make_account: Make, vendor: respx.MockRouter, note: str) -> None:
    memory = Notes()
    memory.write("templates", note)
    account = make_account(hook_url=DOOR, memory=memory, templates=("visit",))
    assert about(account.doctor(), "шаблон visit")[0][0]


# --- limits and errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "begun", "ok", "what"),
    [
        ({"daily_cap": 3}, 0, True, "разговоров начато сегодня: 0 из 3"),
        ({"daily_cap": 3}, 2, True, "разговоров начато сегодня: 2 из 3"),
        ({"daily_cap": 3}, 3, False, "разговоров начато сегодня: 3 из 3"),
        (
            {"transport": "whatsapp"},
            0,
            False,
            "личный WhatsApp без предела в день: за рассылку номер блокируют",
        ),
        ({"transport": "whatsapp", "daily_cap": 50}, 1, True, "разговоров начато сегодня: 1 из 50"),
    ],
)
def test_the_day(
    make_account: Make, vendor: respx.MockRouter, changes: dict[str, Any], begun: int, ok: bool, what: str
) -> None:
    account = make_account(hook_url=DOOR, **changes)
    for number in range(begun):
        account.perform([Job(f"{number}:1:1", "qc-a", SendMessage(PHONE, f"{number}", "question"))])
    (finding,) = [one for one in account.doctor() if one.what == what]
    assert (finding.ok, bool(finding.remedy)) == (ok, not ok)


FAILED = {"webhook_id": 3, "code": 503, "message": "HTTP 503"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errors": []}, []),
        ({"errors": None}, []),
        ({"errors": [FAILED | {"created": "2026-07-10T17:30:00 UTC"}]}, [False]),
        ({"errors": [FAILED | {"created": "2026-07-09T17:30:00 UTC"}]}, [True]),
        ({"errors": [FAILED]}, [True]),
        ({"errors": ["gone"]}, []),
        ({"errors": [FAILED | {"webhook_id": 9, "created": "2026-07-10T17:30:00 UTC"}]}, []),
        ({"data": [HOOK | {"errors": [FAILED | {"created": "2026-07-10T17:30:00 UTC"}]}]}, [False]),
    ],
)
def test_calls_that_did_not_reach_us(
    make_account: Make, vendor: respx.MockRouter, answer: dict[str, Any], expected: list[bool]
) -> None:
    vendor.get("/v1/webhooks").mock(
        return_value=httpx.Response(200, json={"data": [HOOK], "status": "success"} | answer)
    )
    found = about(make_account(hook_url=DOOR).doctor(), "неудачных вызовов")
    assert [ok for ok, _ in found] == expected
    assert SECRET not in str(found)

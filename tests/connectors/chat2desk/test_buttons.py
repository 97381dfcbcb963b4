"""Buttons, both ways; who speaks when a message carries some; numbers written as a country writes them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.numbers import dialled
from qc_engine.core.effects import SendMessage, Template
from qc_engine.core.events import AnswerReceived, MessageSeen, StaffWrote
from qc_engine.ports import Done, Job, Outcome, Refused, Request

Make = Callable[..., Chat2Desk]
Sample = Callable[[str], Any]
PHONE = "79160000000"
MENU = {"buttons": [{"type": "reply", "text": "Запись"}]}


def tell(account: Chat2Desk, body: dict[str, Any]) -> Any:
    (arrival,) = account.parse(Request("open-sesame-open-sesame", {}, json.dumps(body).encode()))
    return arrival.event


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"text": "10", "payload": "score:9"}, "10"),  # the words that the client saw come first
        ({"payload": "10"}, "10"),
        ({"payload": 10}, "10"),
        ({"button": {"text": "10", "payload": "a"}}, "10"),
        ({"button": {"payload": "10"}}, "10"),
        ({"button_reply": {"id": "b10", "title": "10"}}, "10"),
        ({"interactive": {"type": "button_reply", "button_reply": {"id": "b", "title": "10"}}}, "10"),
        ({"reply": "10"}, "10"),
        ({"extra_data": {"button": {"title": "<b>10</b>"}}}, "10"),
        ({"extra_data": {"payload": "10"}}, "10"),
        ({"extra_data": {"callback": {"data": "10"}}}, "10"),
    ],
)
def test_a_press_is_an_answer(account: Chat2Desk, sample: Sample, changes: dict[str, Any], text: str) -> None:
    event = tell(account, sample("webhook_inbox.whatsapp.derived.json") | {"text": None} | changes)
    assert isinstance(event, AnswerReceived)
    assert (event.text, event.kind) == (text, "text")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"extra_data": []}, "other"),
        ({"extra_data": {"button": {}}}, "other"),
        ({"button": [1]}, "other"),
        ({"payload": {"a": 1}}, "other"),
        ({"audio": "https://x/1.ogg", "payload": "10"}, "voice"),
        ({"attachments": [{"name": "Ivan.vcf"}]}, "contact"),
        ({"attachments": [{"name": "act.docx"}, {"name": "photo.jpg"}]}, "photo"),
        ({"attachments": [{"name": "a.docx"}, {"name": "b.pdf"}]}, "file"),
    ],
)
def test_what_is_no_press(account: Chat2Desk, sample: Sample, changes: dict[str, Any], kind: str) -> None:
    event = tell(account, sample("webhook_inbox.whatsapp.derived.json") | {"text": None} | changes)
    assert (event.text, event.kind) == ("", kind)


@pytest.mark.parametrize(
    "buttons",
    [
        {"keyboard": MENU},
        {"inline_buttons": MENU["buttons"]},
        {"interactive": {"type": "list"}},
        {"extra_data": {"keyboard": MENU}},
    ],
)
@pytest.mark.parametrize(("policy", "by"), [("pause", "bot"), ("ignore", "")])
def test_a_menu_in_an_operators_dialog_is_no_operator(
    make_account: Make, sample: Sample, buttons: dict[str, Any], policy: str, by: str
) -> None:
    account = make_account(foreign_bots=policy)
    body = sample("webhook_outbox.doc.json") | {"channel_id": 43898, "text": "Чем помочь?"}
    assert getattr(tell(account, body), "by", "") == "operator"
    assert getattr(tell(account, body | buttons), "by", "") == by


@pytest.mark.parametrize(
    ("external_id", "kind"),
    [("qc-abcdefghij", MessageSeen), ("crm-4711", StaffWrote), ("", StaffWrote), (None, StaffWrote)],
)
def test_other_integrations_give_ids_too(
    account: Chat2Desk, sample: Sample, external_id: Any, kind: type
) -> None:
    """An operator who answers from a CRM writes through the API: it is still an operator."""
    body = sample("webhook_outbox.doc.json") | {"channel_id": 43898, "external_id": external_id}
    assert isinstance(tell(account, body), kind)


def test_the_survey_speaks_as_an_operator_of_its_own(
    make_account: Make, desk: respx.MockRouter, sample: Sample
) -> None:
    account = make_account(operator_id=555)
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    posted = desk.post("/v1/messages").respond(json={"data": {"message_id": 7}, "status": "success"})
    assert send(account) == Done("7")
    assert json.loads(posted.calls.last.request.content)["operator_id"] == 555
    body = sample("webhook_outbox.doc.json") | {"channel_id": 43898}
    assert isinstance(tell(account, body | {"operator_id": 555}), MessageSeen)
    assert isinstance(tell(account, body | {"operator_id": 556}), StaffWrote)


# --- our own buttons ---------------------------------------------------------------------------


def send(account: Chat2Desk, purpose: str = "question", template: Template | None = None) -> Outcome:
    (outcome,) = account.perform(
        [Job("c:1:1", "qc-a", SendMessage(PHONE, "Оцените", purpose, template=template))]
    )
    return outcome


@pytest.mark.parametrize(
    ("settings", "purpose", "template", "buttons"),
    [
        ({}, "question", None, {}),
        ({"question_buttons": ["5", "10"]}, "question", None, {"keyboard": ["5", "10"]}),
        ({"question_buttons": ["5", "10"]}, "hint", None, {"keyboard": ["5", "10"]}),
        ({"question_buttons": ["5", "10"]}, "farewell", None, {}),
        ({"question_buttons": ["5", "10"]}, "question", Template("visit", "ru"), {}),
        (
            {"question_buttons": ["5", "10"], "transport": "whatsapp"},
            "question",
            Template("visit", "ru"),
            {"keyboard": ["5", "10"]},
        ),
        (
            {"question_buttons": ["5", "10"], "buttons_in": "inline_buttons"},
            "question",
            None,
            {"inline_buttons": ["5", "10"]},
        ),
    ],
)
def test_buttons_under_a_question(
    make_account: Make,
    desk: respx.MockRouter,
    sample: Sample,
    settings: dict[str, Any],
    purpose: str,
    template: Template | None,
    buttons: dict[str, list[str]],
) -> None:
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    posted = desk.post("/v1/messages").respond(json={"data": {"message_id": 7}, "status": "success"})
    assert send(make_account(**settings), purpose, template) == Done("7")
    body = json.loads(posted.calls.last.request.content)
    found = {name: body[name] for name in ("keyboard", "inline_buttons") if name in body}
    rows = {name: [{"type": "reply", "text": text} for text in texts] for name, texts in buttons.items()}
    assert found == {name: {"buttons": made} if name == "keyboard" else made for name, made in rows.items()}


def test_where_buttons_are_refused_the_words_go_alone(
    make_account: Make, desk: respx.MockRouter, sample: Sample
) -> None:
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    refused = httpx.Response(400, json={"status": "error", "message": "keyboard is not supported"})
    taken = httpx.Response(200, json={"data": {"message_id": 7}, "status": "success"})
    posted = desk.post("/v1/messages").mock(side_effect=[refused, taken])
    account = make_account(question_buttons=["5", "10"])
    assert send(account) == Done("7")
    assert "keyboard" not in json.loads(posted.calls.last.request.content)
    posted.mock(side_effect=[refused, refused])
    assert isinstance(send(account), Refused)
    posted.mock(side_effect=[httpx.Response(502)])  # perhaps it left: never twice
    assert posted.call_count == 4
    send(account)
    assert posted.call_count == 5


@pytest.mark.parametrize("buttons", [["1", "1"], [""], ["x" * 21], [str(n) for n in range(12)]])
def test_impossible_buttons(make_settings: Any, buttons: list[str]) -> None:
    with pytest.raises(ValueError, match="question_buttons"):
        make_settings(question_buttons=buttons)


# --- the header of a template -------------------------------------------------------------------

PICTURE = {"header": "image", "url": "https://tyres.example/a/logo.png?v=2"}


@pytest.mark.parametrize(
    ("transport", "parts", "text", "extras"),
    [
        ("wa_direct", PICTURE, "@HSM@\nvisit|ru\nИван", "logo.png"),
        ("wa_direct", PICTURE | {"filename": "Скидка.png"}, "@HSM@\nvisit|ru\nИван", "Скидка.png"),
        ("wa_dialog", PICTURE, "@HSM@\nvisit|ru|media\nheader|image\nbody|text|Иван", "logo.png"),
        (
            "wa_direct",
            {"header": "text", "header_text": "Шины"},
            "@HSM@\nvisit|ru\nШины\nИван",
            "",
        ),
        (
            "wa_dialog",
            {"header": "text", "header_text": "Шины", "footer": "стоп: не писать"},
            "@HSM@\nvisit|ru\nheader|text|Шины\nbody|text|Иван\nfooter|text|стоп: не писать",
            "",
        ),
        ("wa_dialog", {"footer": "стоп"}, "@HSM@\nvisit|ru\nbody|text|Иван\nfooter|text|стоп", ""),
        ("whatsapp", PICTURE, "Оцените", ""),
    ],
)
def test_headers(
    make_account: Make,
    desk: respx.MockRouter,
    sample: Sample,
    transport: str,
    parts: dict[str, str],
    text: str,
    extras: str,
) -> None:
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    posted = desk.post("/v1/messages").respond(json={"data": {"message_id": 7}, "status": "success"})
    account = make_account(transport=transport, template_parts={"visit": parts, "other": {"footer": "x"}})
    assert send(account, template=Template("visit", "ru", ("Иван",))) == Done("7")
    body = json.loads(posted.calls.last.request.content)
    assert body["text"] == text
    assert body.get("attachment_filename", "") == extras
    assert body.get("attachment", "") == (parts.get("url", "") if extras else "")


@pytest.mark.parametrize(
    "parts",
    [
        {"header": "text"},
        {"header_text": "Шины"},
        {"header": "image"},
        {"url": "https://a.example/x.png"},
        {"header": "image", "url": "http://a.example/x.png"},
        {"header": "image", "url": "https://user@a.example/x.png"},
        {"header": "audio", "url": "https://a.example/x.ogg"},
        {"header": "text", "header_text": "x" * 61},
        {"header": "text", "header_text": "a|b"},
        {"footer": "x" * 61},
        {"footer": "a\nb"},
    ],
)
def test_impossible_parts(make_settings: Any, parts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="template_parts"):
        make_settings(template_parts={"visit": parts})


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "forms", "expected"),
    [
        ("525512345678", {"52": "521"}, "5215512345678"),
        ("5215512345678", {"52": "521"}, "5215512345678"),
        ("77011234567", {"52": "521"}, "77011234567"),
        ("77011234567", {}, "77011234567"),
    ],
)
def test_dialled(phone: str, forms: dict[str, str], expected: str) -> None:
    assert dialled(phone, forms) == expected


def test_a_local_form_goes_out_and_comes_back(
    make_account: Make, desk: respx.MockRouter, sample: Sample
) -> None:
    account = make_account(local_forms={"52": "521"}, region="MX")
    found = desk.get("/v1/clients").respond(json={"data": [], "status": "success"})
    made = desk.post("/v1/clients").respond(json={"data": {"id": 5}, "status": "success"})
    desk.post("/v1/messages").respond(json={"data": {"message_id": 7}, "status": "success"})
    account.perform([Job("c:1:1", "qc-a", SendMessage("525512345678", "Evalúe", "question"))])
    assert dict(found.calls.last.request.url.params) == {"phone": "5215512345678"}
    assert json.loads(made.calls.last.request.content)["phone"] == "5215512345678"
    body = sample("webhook_inbox.whatsapp.derived.json") | {"client": {"phone": "5215512345678"}}
    assert tell(account, body).phone == "525512345678"

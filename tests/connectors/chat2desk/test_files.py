"""A file beside the words: an attachment, the header of a template, or its address in the text."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import respx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.letter import letter_of
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Done
from tests.connectors.chat2desk.test_sending import ACCEPTED, PHONE, body_of, job, known_client

MEMO = "https://acme.example/files/memo.pdf"
ATTACHED = {"attachment": MEMO, "attachment_filename": "memo.pdf"}
WITH_HEADER = {"memo": {"header": "document", "url": "https://acme.example/usual.pdf", "filename": "Памятка"}}
Sample = Callable[[str], Any]


def test_goes_as_an_attachment(account: Chat2Desk, desk: respx.MockRouter, sample: Sample) -> None:
    known_client(desk, sample)
    messages = desk.post("/v1/messages").respond(json=ACCEPTED)
    assert account.perform([job("Памятка", file=MEMO)]) == [Done("963360001")]
    assert {"text": "Памятка", **ATTACHED}.items() <= body_of(messages).items()


@pytest.mark.parametrize(
    ("settings", "template", "extras", "words"),
    [
        ({}, None, ATTACHED, "Памятка"),
        ({"attachments": False}, None, {}, f"Памятка\n{MEMO}"),
        ({"template_parts": WITH_HEADER}, Template("memo", "ru"), ATTACHED, "@HSM@"),
        ({}, Template("memo", "ru"), {}, "@HSM@"),  # a template without a header for it has no place
        ({"attachments": False, "template_parts": WITH_HEADER}, Template("memo", "ru"), ATTACHED, "@HSM@"),
    ],
)
def test_where_it_goes(
    make_settings: Callable[..., Chat2DeskSettings], settings: Any, template: Any, extras: Any, words: str
) -> None:
    effect = SendMessage(PHONE, "Памятка", "reply", template=template, file=MEMO)
    letter = letter_of(effect, make_settings(transport="wa_direct", **settings))
    assert letter.extras == extras
    assert letter.text.startswith(words)


def test_is_found_by_its_words(
    account: Chat2Desk, desk: respx.MockRouter, sample: Sample, clock: Any
) -> None:
    known_client(desk, sample)
    row = {"id": 5, "type": "to_client", "text": "Памятка", "created": clock.now().isoformat()}
    desk.get("/v1/messages").respond(json={"data": [row], "status": "success"})
    desk.get("/v1/clients").respond(json=sample("clients_get.by_phone.derived.json"))
    work = replace(job("Памятка", file=MEMO), first_tried_at=clock.now() - timedelta(minutes=1))
    assert account.find(work) == Done("5")

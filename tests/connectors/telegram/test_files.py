"""A file beside the words: as a photo, as a document, or by its address in the text."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import respx

from connectors.telegram.connector import Telegram
from connectors.telegram.files import ending
from qc_engine.ports import Done, Refused
from tests.connectors.bots.yard import CountedPace, job

Make = Callable[..., Telegram]
CHAT, MEMO, PHOTO = "5100000001", "https://acme.example/files/memo.pdf", "https://acme.example/p/hall.JPG?v=2"
ACCEPTED = {"ok": True, "result": {"message_id": 77}}


def sent(bot: Telegram, text: str, file: str) -> Any:
    (outcome,) = bot.perform([job(CHAT, text, file=file)])
    return outcome


def last_body(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


@pytest.mark.parametrize(
    ("file", "method", "field"), [(MEMO, "/sendDocument", "document"), (PHOTO, "/sendPhoto", "photo")]
)
def test_goes_along_with_the_words_as_its_caption(
    bot: Telegram, api: respx.MockRouter, file: str, method: str, field: str
) -> None:
    route = api.post(method).respond(json=ACCEPTED)
    assert sent(bot, "Памятка", file) == Done("77")
    assert last_body(route) == {"chat_id": 5100000001, field: file, "caption": "Памятка"}


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("Памятка", "https://acme.example/act.docx"),
        ("Памятка", "https://acme.example/act"),
        ("я" * 1025, MEMO),
    ],
    ids=["a kind that is not fetched", "no kind", "too long for a caption"],
)
def test_stands_in_the_text_otherwise(bot: Telegram, api: respx.MockRouter, text: str, file: str) -> None:
    route = api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(bot, text, file) == Done("77")
    assert last_body(route)["text"] == f"{text}\n{file}"


def test_switched_off(make_bot: Make, api: respx.MockRouter) -> None:
    route = api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(make_bot(files=False), "Памятка", MEMO) == Done("77")
    assert last_body(route)["text"] == f"Памятка\n{MEMO}"


def test_what_telegram_cannot_fetch_is_told_in_words_at_once(
    bot: Telegram, api: respx.MockRouter, pace: CountedPace
) -> None:
    described = "Bad Request: failed to get HTTP URL content"
    refused = {"ok": False, "error_code": 400, "description": described}
    api.post("/sendDocument").respond(400, json=refused)
    route = api.post("/sendMessage").respond(json=ACCEPTED)
    assert sent(bot, "Памятка", MEMO) == Done("77")
    assert last_body(route)["text"] == f"Памятка\n{MEMO}"
    assert len(pace.slots) == 2


def test_who_has_blocked_the_bot_is_not_written_to_twice(bot: Telegram, api: respx.MockRouter) -> None:
    described = "Forbidden: bot was blocked by the user"
    api.post("/sendDocument").respond(403, json={"ok": False, "error_code": 403, "description": described})
    outcome = sent(bot, "Памятка", MEMO)
    assert isinstance(outcome, Refused)
    assert outcome.code == "blocked"


@pytest.mark.parametrize(
    ("address", "found"),
    [(MEMO, ".pdf"), (PHOTO, ".jpg"), ("https://a.kz/x.tar.GZ", ".gz"), ("https://a.kz/", ""), ("https://a.kz", "")],
)  # fmt: skip
def test_the_kind_of_a_file(address: str, found: str) -> None:
    assert ending(address) == found

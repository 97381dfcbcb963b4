"""Stories of a bot: this connector and the simulated Telegram, over real requests."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from connectors.telegram.connector import connector
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft
from qc_engine.ports import Broken, Done, OutcomeUnknown, Refused, TryLater
from sandbox.telegram.account import NICK, TOKEN, TelegramBot
from tests.conftest import NOON
from tests.connectors.bots.yard import Yard

ours = TelegramSettings(
    base_url="http://localhost/telegram", token=TOKEN, bot=NICK, webhook_secret="open-sesame-open-sesame"
)


@pytest.fixture
def yard() -> Iterator[Yard]:
    clock = FixedClock(NOON)
    yard = Yard(
        clock, TelegramBot, lambda http, pace: connector(ours, clock, pace, http, "http://us/hooks/telegram")
    )
    yard.watch()
    yield yard
    yard.close()


def test_invited_asked_and_answered(yard: Yard) -> None:
    chat = yard.joined("K7-q_2")
    first = yard.send(chat, "Оцените нас: http://s.kz/1")
    yard.control(f"chats/{chat}/messages", text="9")
    assert isinstance(first, Done)
    joined, answer = yard.events
    assert joined == ChannelJoined(str(chat), "K7-q_2", NOON)
    assert isinstance(answer, AnswerReceived)
    assert (answer.address, answer.phone, answer.text) == (str(chat), "", "9")
    assert answer.message_id > int(first.result)  # one counter: an answer is told from what was before
    (shown,) = [one for one in yard.control(f"chats/{chat}", "GET")["messages"] if one["from"] == "us"]
    assert (shown["text"], shown["preview"]) == ("Оцените нас: http://s.kz/1", False)


@pytest.mark.parametrize("kind", ["voice", "photo", "video", "sticker", "location", "file", "contact"])
def test_something_else_than_words(yard: Yard, kind: str) -> None:
    chat = yard.joined()
    yard.control(f"chats/{chat}/messages", kind=kind)
    answer = yard.events[-1]
    assert isinstance(answer, AnswerReceived)
    assert (answer.kind, answer.text) == (kind, "")


def test_a_mended_score_keeps_its_number(yard: Yard) -> None:
    chat = yard.joined()
    number = yard.control(f"chats/{chat}/messages", text="3")["message_id"]
    yard.clock.sleep(5)
    yard.control(f"chats/{chat}/edit", message_id=number, text="8")
    before, after = yard.events[1:]
    assert isinstance(before, AnswerReceived)
    assert isinstance(after, AnswerReceived)
    assert (before.text, after.text) == ("3", "8")
    assert before.message_id == after.message_id == number
    assert after.at > before.at


def test_whoever_never_opened_the_bot_cannot_be_written_to(yard: Yard) -> None:
    stranger = yard.bot.chats.new()
    outcomes = [yard.send(stranger.id, "Здравствуйте"), yard.send(42, "Здравствуйте")]
    assert [getattr(one, "code", one) for one in outcomes] == ["no_account", "no_account"]


def test_blocked_and_let_in_again(yard: Yard) -> None:
    chat = yard.joined()
    yard.control(f"chats/{chat}/block")
    refused = yard.send(chat, "Оцените")
    assert isinstance(refused, Refused)
    assert refused.code == "blocked"
    yard.clock.sleep(60)
    yard.control("chats/open", chat=chat)
    assert [type(one) for one in yard.events] == [ChannelJoined, ChannelLeft, ChannelJoined, ChannelJoined]
    assert isinstance(yard.send(chat, "Оцените"), Done)


def test_an_account_that_is_gone(yard: Yard) -> None:
    chat = yard.joined()
    yard.control(f"chats/{chat}/delete")
    refused = yard.send(chat, "Оцените")
    assert isinstance(refused, Refused)
    assert refused.code == "no_account"


def test_the_connector_is_never_too_fast_for_one_chat(yard: Yard) -> None:
    chat = yard.joined()
    assert isinstance(yard.send(chat, "1"), Done)
    soon = yard.send(chat, "2")
    assert isinstance(soon, TryLater)
    assert soon.after is not None
    yard.clock.advance(soon.after)
    assert isinstance(yard.send(chat, "2"), Done)
    assert yard.bot.tally["rate_limited"] == 0


def test_too_many_in_all(yard: Yard) -> None:
    chats = [yard.joined(f"t{n}") for n in range(3)]
    yard.control("switches", requests_per_second=2)
    outcomes = [yard.send(chat, "Оцените") for chat in chats]
    assert [type(one) for one in outcomes[:2]] == [Done, Done]
    late = outcomes[2]
    assert isinstance(late, TryLater)
    assert late.after == timedelta(seconds=1)
    assert yard.pace.pauses == [1.0]


@pytest.mark.parametrize(
    ("how", "meaning", "reached"),
    [
        ("limit", TryLater, 0),
        ("auth", Broken, 0),
        ("refuse", Refused, 0),
        ("error500", OutcomeUnknown, 0),
        ("html503", OutcomeUnknown, 0),
        ("not_done_no_answer", OutcomeUnknown, 0),
        ("done_no_answer", OutcomeUnknown, 1),
        ("empty", OutcomeUnknown, 1),
    ],
)
def test_faults(yard: Yard, how: str, meaning: type[Exception], reached: int) -> None:
    chat = yard.joined()
    yard.control("faults", match="POST /sendMessage", how=how)
    assert isinstance(yard.send(chat, "Оцените"), meaning)
    assert len(yard.from_us(chat)) == reached
    assert all(secret not in str(meaning) for secret in (TOKEN, "sesame"))


def test_our_door_is_down_for_an_hour(yard: Yard) -> None:
    chat = yard.joined()
    yard.status = 503
    yard.control(f"chats/{chat}/messages", text="9")
    assert len(yard.events) == 1
    assert ours_of(yard)["pending_update_count"] == 1
    for _ in range(40):
        yard.later(60)
    yard.status = None
    yard.later(3600)
    assert [getattr(one, "text", None) for one in yard.events] == [None, "9"]
    assert ours_of(yard)["pending_update_count"] == 0


def ours_of(yard: Yard) -> dict[str, object]:
    answer = yard.call("GET", f"http://localhost/telegram/bot{TOKEN}/getWebhookInfo")
    found: dict[str, object] = answer.json()["result"]
    return found


def test_what_came_before_the_webhook_is_not_lost(yard: Yard) -> None:
    yard.call("POST", f"http://localhost/telegram/bot{TOKEN}/deleteWebhook")
    chat = yard.joined()
    assert yard.events == []
    yard.watch()
    assert yard.events == [ChannelJoined(str(chat), "tok_1", NOON)]


def test_repeated_and_out_of_order(yard: Yard) -> None:
    yard.control("switches", hook_duplicate_percent=100, hook_reorder_percent=50, hook_reorder_seconds=30)
    chat = yard.joined()
    for n in range(1, 8):
        yard.clock.sleep(1)
        yard.control(f"chats/{chat}/messages", text=str(n))
    yard.later(60)
    texts = [one.text for one in yard.events if isinstance(one, AnswerReceived)]
    assert sorted(texts) == list("1234567")
    assert texts != sorted(texts)
    assert len(yard.calls) == 16


def test_somebody_else_calls_our_door(yard: Yard) -> None:
    yard.control("switches", hook_wrong_secret=True)
    yard.joined()
    assert yard.events == []
    assert ours_of(yard)["last_error_message"] == "Wrong response from the webhook: 403"


def test_a_link_to_another_bot(yard: Yard) -> None:
    answer = yard.call(
        "POST", "http://sandbox/sandbox/telegram/chats/open", json={"link": "https://t.me/other?start=x"}
    )
    assert (answer.status_code, yard.events) == (400, [])


def test_the_doctor_is_content(yard: Yard) -> None:
    found = yard.ours.doctor()
    assert [one.what for one in found if not one.ok] == []
    assert urlsplit(yard.bot.hooks.all()[0].url).path == "/hooks/telegram"


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("https://acme.example/memo.pdf", ("file", "Памятка", "https://acme.example/memo.pdf")),
        ("https://acme.example/hall.png", ("photo", "Памятка", "https://acme.example/hall.png")),
        ("https://acme.example/act.doc", ("text", "Памятка\nhttps://acme.example/act.doc", "")),
    ],
)
def test_a_file_beside_the_words(yard: Yard, file: str, shown: tuple[str, str, str]) -> None:
    chat = yard.joined()
    assert isinstance(yard.send(chat, "Памятка", file=file), Done)
    last = yard.control(f"chats/{chat}", "GET")["messages"][-1]
    assert (last["kind"], last["text"], last["file"]) == shown

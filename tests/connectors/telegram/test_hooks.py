"""What arrives from Telegram, and what it means."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram.connector import Telegram
from connectors.telegram.hooks import read_hook
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft, Event
from qc_engine.ports import Forbidden, Request, Unreadable

Make = Callable[..., Telegram]
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
AT = datetime(2026, 7, 10, 17, 59, tzinfo=UTC)
DATE = int(AT.timestamp())
LATER = datetime(2026, 7, 10, 17, 59, 30, tzinfo=UTC)
CHAT = {"id": 5100000001, "first_name": "Айгуль", "type": "private"}
PERSON = {"id": 5100000001, "is_bot": False, "first_name": "Айгуль"}
BOT = {"user": {"id": 1, "is_bot": True}}
ADDRESS = "5100000001"


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 12, "from": PERSON, "chat": CHAT, "date": DATE} | fields


def edited(**fields: Any) -> dict[str, Any]:
    return {"update_id": 871000001, "edited_message": message(edit_date=int(LATER.timestamp()), **fields)}


def new(**fields: Any) -> dict[str, Any]:
    return {"update_id": 871000001, "message": message(**fields)}


def member(before: str, after: str, chat: Any = CHAT) -> dict[str, Any]:
    change = {
        "chat": chat,
        "from": PERSON,
        "date": DATE,
        "old_chat_member": BOT | {"status": before},
        "new_chat_member": BOT | {"status": after},
    }
    return {"update_id": 871000001, "my_chat_member": change}


def read(update: Any) -> list[Event]:
    return [one.event for one in read_hook(json.dumps(update).encode(), NOW)]


def said(text: str, kind: str = "text") -> AnswerReceived:
    return AnswerReceived("", text, AT, 12, kind, ADDRESS)


@pytest.mark.parametrize(
    ("update", "event"),
    [
        (new(text="9"), said("9")),
        (new(text=" 9\u200b\n"), said("9")),
        (new(text="<b>8</b> & всё"), said("<b>8</b> & всё")),
        (new(text="/stop"), said("/stop")),
        (new(text="/8"), said("/8")),
        (new(text="start"), said("start")),
        (new(photo=[{"file_id": "x"}], caption="8 из 10"), said("8 из 10")),
        (new(voice={"file_id": "x"}), said("", "voice")),
        (new(audio={"file_id": "x"}), said("", "voice")),
        (new(video_note={"file_id": "x"}), said("", "video")),
        (new(video={"file_id": "x"}), said("", "video")),
        (new(photo=[{"file_id": "x"}]), said("", "photo")),
        (new(animation={"file_id": "x"}, document={"file_id": "x"}), said("", "photo")),
        (new(sticker={"file_id": "x", "emoji": "👍"}), said("", "sticker")),
        (new(location={"latitude": 1, "longitude": 2}), said("", "location")),
        (new(venue={"title": "x"}, location={"latitude": 1}), said("", "location")),
        (new(document={"file_id": "x"}), said("", "file")),
        (new(contact={"phone_number": "7701"}), said("", "contact")),
        (new(dice={"value": 5}), said("", "other")),
        # What a bot is started with.
        (new(text="/start"), ChannelJoined(ADDRESS, "", AT)),
        (new(text="/start K7-q_2"), ChannelJoined(ADDRESS, "K7-q_2", AT)),
        (new(text="/start@quality_bot K7-q_2"), ChannelJoined(ADDRESS, "K7-q_2", AT)),
        (new(text="/start two words"), ChannelJoined(ADDRESS, "", AT)),
        (new(text="/start ключ"), ChannelJoined(ADDRESS, "", AT)),
        (new(text="/start " + "x" * 65), ChannelJoined(ADDRESS, "", AT)),
        # Mended words are a correction under the number of the words before.
        (edited(text="8"), AnswerReceived("", "8", LATER, 12, address=ADDRESS)),
        (edited(caption="8", photo=[{}]), AnswerReceived("", "8", LATER, 12, address=ADDRESS)),
        # Blocked, and let in again.
        (member("member", "kicked"), ChannelLeft(ADDRESS, AT)),
        (member("kicked", "member"), ChannelJoined(ADDRESS, "", AT)),
        # Neither of the clocks need be right.
        (new(text="9", date=DATE + 86400), AnswerReceived("", "9", NOW, 12, address=ADDRESS)),
        (new(text="9", date="yesterday"), AnswerReceived("", "9", NOW, 12, address=ADDRESS)),
        (new(text="9", date=10**18), AnswerReceived("", "9", NOW, 12, address=ADDRESS)),
    ],
)
def test_what_it_means(update: Any, event: Event) -> None:
    assert read(update) == [event]


@pytest.mark.parametrize(
    "update",
    [
        new(text="9", chat={"id": -100500, "type": "supergroup", "title": "x"}),
        new(text="9", chat={"id": -100500, "type": "group"}),
        new(text="9", chat={"id": 5, "type": "channel"}),
        new(text="9", chat={"id": 5}),
        new(text="9", chat={"id": "5", "type": "private"}),
        new(text="9", chat=None),
        new(text="9", **{"from": {"id": 7, "is_bot": True}}),
        new(),
        new(text="  "),
        new(pinned_message={"message_id": 1}),
        new(message_auto_delete_timer_changed={"message_auto_delete_time": 1}),
        edited(location={"latitude": 1}),  # a shared place moves
        edited(text="/start x"),
        edited(text="9", chat={"id": -5, "type": "group"}),
        edited(text="9", **{"from": {"is_bot": True}}),
        member("restricted", "member"),
        member("member", "kicked", chat={"id": -5, "type": "group"}),
        member("member", "administrator"),
        {"update_id": 1, "callback_query": {"id": "4382", "from": PERSON, "data": "9"}},
        {"update_id": 1, "channel_post": message(text="9")},
        {"update_id": 1, "message_reaction": {"chat": CHAT, "message_id": 12}},
        {"update_id": 1, "message": ["9"]},
        {"update_id": 1, "my_chat_member": None},
        {"update_id": 1},
    ],
)
def test_what_does_not_concern_us(update: Any) -> None:
    assert read(update) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": NaN}',
        b"{}",
        b'{"update_id": null, "message": {}}',
        b'{"update_id": "7"}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        json.dumps(new(text="9", message_id=None)).encode(),
        json.dumps(new(text="9", message_id=2**70)).encode(),
    ],
)
def test_what_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_hook(raw, NOW)


def test_nothing_is_nothing() -> None:
    assert read_hook(b" ", NOW) == []


def test_the_same_update_has_the_same_key() -> None:
    first, again = (read_hook(json.dumps(new(text="9")).encode(), NOW) for _ in range(2))
    other = read_hook(json.dumps(edited(text="9") | {"update_id": 871000002}).encode(), NOW)
    assert first[0].key == again[0].key == "update:871000001"
    assert other[0].key != first[0].key


def test_ten_photos_at_once_are_one_answer() -> None:
    album = [new(photo=[{}], media_group_id="77", message_id=n) | {"update_id": n} for n in (1, 2, 3)]
    words = new(photo=[{}], media_group_id="77", caption="8", message_id=4) | {"update_id": 4}
    keys = [read_hook(json.dumps(one).encode(), NOW)[0].key for one in (*album, words)]
    assert keys == [f"album:{ADDRESS}:77"] * 3 + ["update:4"]


# --- the door ---


def request(secret: str | None, body: bytes = b"") -> Request:
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    return Request("", headers, body)


def test_whoever_knows_the_secret_is_heard(bot: Telegram) -> None:
    body = json.dumps(new(text="9")).encode()
    (arrival,) = bot.parse(request("open-sesame-open-sesame", body))
    assert arrival.event == said("9")


@pytest.mark.parametrize("secret", [None, "", "open-sesame", "open-sesame-open-sesame ", "ключ\udcff"])
def test_nobody_else_is(bot: Telegram, secret: str | None) -> None:
    with pytest.raises(Forbidden):
        bot.parse(request(secret, b"{"))


def test_while_the_secret_is_changed_both_are_believed(make_bot: Make) -> None:
    body = json.dumps(new(text="9")).encode()
    bot = make_bot(
        webhook_secret="a-newer-sesame-of-today", previous_webhook_secret="open-sesame-open-sesame"
    )
    for secret in ("a-newer-sesame-of-today", "open-sesame-open-sesame"):
        assert bot.parse(request(secret, body))
    for secret in ("", "another-sesame-of-nobody"):
        with pytest.raises(Forbidden):
            bot.parse(request(secret, body))


# --- hostile bodies ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "text",
    "caption",
    "photo",
    "media_group_id",
    "voice",
]
MESSAGES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(FIELDS, JSON)
    | {"chat": st.just(CHAT) | JSON, "from": st.just(PERSON) | JSON, "message_id": st.just(5) | JSON},
)
KINDS = ["message", "edited_message", "my_chat_member", "callback_query"]
UPDATES = st.fixed_dictionaries(
    {"update_id": st.just(1) | JSON}, optional=dict.fromkeys(KINDS, MESSAGES | JSON)
)


@settings(max_examples=200, deadline=None)
@given(UPDATES | JSON)
def test_any_body_is_read_or_unreadable(body: Any) -> None:
    try:
        arrivals = read_hook(json.dumps(body).encode(), NOW)
    except Unreadable:
        return
    for one in arrivals:
        assert isinstance(one.event, AnswerReceived | ChannelJoined | ChannelLeft)
        assert one.event.address
        assert one.event.at <= NOW
        json.dumps(one.key).encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    try:
        arrivals = read_hook(raw, NOW)
    except Unreadable:
        arrivals = []
    # So few bytes hold no message: what can be read of them says nothing.
    assert arrivals == []

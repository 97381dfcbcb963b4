"""What arrives from MAX, and what it means."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.max.connector import Max
from connectors.max.hooks import read_hook
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft, Event
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
AT = datetime(2026, 6, 9, 10, 13, 20, tzinfo=UTC)  # of the samples
LATER = datetime(2026, 6, 9, 10, 13, 50, tzinfo=UTC)
STAMP = 1781000000000


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.derived.json").read_text(encoding="utf-8"))
    return found


def created(**body: Any) -> dict[str, Any]:
    update = sample("message_created")
    update["message"]["body"] |= body
    return update


def altered(**message: Any) -> dict[str, Any]:
    update = sample("message_created")
    update["message"] |= message
    return update


def attached(kind: Any, **more: Any) -> dict[str, Any]:
    return created(text=None, attachments=[{"type": kind, "payload": {}}], **more)


def edited(text: Any, **more: Any) -> dict[str, Any]:
    return created(text=text) | {"update_type": "message_edited", "timestamp": STAMP + 30_000} | more


def about(kind: str, **more: Any) -> dict[str, Any]:
    return sample("bot_started") | {"update_type": kind} | more


def read(update: Any, by: Any = "chat_id") -> list[Arrival]:
    return read_hook(json.dumps(update).encode(), NOW, by)


def said(text: str, kind: str = "text", at: datetime = AT) -> AnswerReceived:
    return AnswerReceived("", text, at, 1, kind, "2002")


@pytest.mark.parametrize(
    ("update", "event"),
    [
        (sample("message_created"), said("9")),
        (created(text=" 9\u200b\n"), said("9")),
        (created(text="8 из 10", attachments=[{"type": "image"}]), said("8 из 10")),
        (attached("audio"), said("", "voice")),
        (attached("image"), said("", "photo")),
        (attached("video"), said("", "video")),
        (attached("sticker"), said("", "sticker")),
        (attached("location"), said("", "location")),
        (attached("contact"), said("", "contact")),
        (attached("file"), said("", "file")),
        (attached("share"), said("", "other")),
        (attached(None), said("", "other")),
        (created(text=None, attachments=None), said("", "other")),
        (created(seq=None), AnswerReceived("", "9", AT, 0, address="2002")),
        (
            created(seq=116_123_456_789_012_345),
            AnswerReceived("", "9", AT, 116_123_456_789_012_345, address="2002"),
        ),
        # Only passed on from elsewhere: there is no body.
        (altered(body=None, link={"type": "forward"}), AnswerReceived("", "", AT, 0, "other", "2002")),
        (edited("8"), said("8", at=LATER)),
        (sample("bot_started"), ChannelJoined("2002", "opaque-token", AT)),
        (about("bot_started", payload=None), ChannelJoined("2002", "", AT)),
        (about("bot_started", payload="two words"), ChannelJoined("2002", "", AT)),
        (about("bot_started", payload="x" * 65), ChannelJoined("2002", "", AT)),
        (about("bot_started", chat_id=-2002), ChannelJoined("-2002", "opaque-token", AT)),
        (about("bot_stopped"), ChannelLeft("2002", AT)),
        (about("dialog_removed"), ChannelLeft("2002", AT)),
        # Neither of the clocks need be right.
        (altered(timestamp=STAMP * 2), AnswerReceived("", "9", NOW, 1, address="2002")),
        (altered(timestamp="yesterday"), AnswerReceived("", "9", NOW, 1, address="2002")),
        (altered(timestamp=None), said("9")),
    ],
)
def test_what_it_means(update: Any, event: Event) -> None:
    assert [one.event for one in read(update)] == [event]


@pytest.mark.parametrize(
    ("update", "address"),
    [
        (sample("message_created"), "1001"),
        (edited("8"), "1001"),
        (about("bot_started"), "1001"),
        (about("bot_stopped"), "1001"),
    ],
)
def test_by_the_number_of_the_person(update: Any, address: str) -> None:
    (arrival,) = read(update, "user_id")
    assert isinstance(arrival.event, AnswerReceived | ChannelJoined | ChannelLeft)
    assert arrival.event.address == address


@pytest.mark.parametrize(
    "update",
    [
        altered(recipient={"chat_id": 5, "chat_type": "chat", "user_id": None}),
        altered(recipient={"chat_id": 5, "chat_type": "channel"}),
        altered(recipient=None),
        altered(sender={"user_id": 3003, "is_bot": True}),
        edited(None),
        edited("  "),
        edited("8", message={}),
        about("message_callback", callback={"callback_id": "1", "payload": "9"}),
        about("message_removed"),
        about("dialog_muted"),
        about("dialog_cleared"),
        about("bot_added"),
        about("something_new"),
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
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"update_type": null}',
        b'{"update_type": ["bot_started"]}',
        b'{"update_type": "bot_started"}',
        b'{"update_type": "bot_stopped", "chat_id": "2002"}',
        b'{"update_type": "bot_started", "chat_id": ' + b"9" * 5000 + b"}",
        json.dumps(altered(recipient={"chat_id": None, "chat_type": "dialog"})).encode(),
    ],
)
def test_what_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_hook(raw, NOW, "chat_id")


def test_nothing_is_nothing() -> None:
    assert read_hook(b" ", NOW, "chat_id") == []


def test_keys() -> None:
    """The same update twice is one event; each state of a message, and each start, is one of its own."""
    updates = [
        sample("message_created"),
        edited("8"),
        edited("7", timestamp=STAMP + 60_000),
        about("bot_started"),
        about("bot_started", timestamp=STAMP + 1),
        about("bot_stopped"),
        about("dialog_removed"),
        altered(body=None),
    ]
    keys = [read(one)[0].key for one in updates]
    assert keys == [read(one)[0].key for one in updates]
    assert len(set(keys)) == len(updates)
    assert keys[0] == "message:mid.0001"


# --- the door ---


def request(secret: str | None, body: bytes = b"") -> Request:
    return Request("", {} if secret is None else {"x-max-bot-api-secret": secret}, body)


def test_whoever_knows_the_secret_is_heard(bot: Max) -> None:
    (arrival,) = bot.parse(request("open-sesame-open-sesame", json.dumps(sample("message_created")).encode()))
    assert arrival.event == said("9")


@pytest.mark.parametrize("secret", [None, "", "open-sesame", "OPEN-SESAME-OPEN-SESAME", "ключ\udcff"])
def test_nobody_else_is(bot: Max, secret: str | None) -> None:
    with pytest.raises(Forbidden):
        bot.parse(request(secret, b"{"))


# --- hostile bodies ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
USERS = st.fixed_dictionaries({}, optional={"user_id": st.just(1001) | JSON, "is_bot": JSON})
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "sender": USERS | JSON,
        "recipient": st.just({"chat_id": 2002, "chat_type": "dialog"}) | JSON,
        "timestamp": st.just(STAMP) | JSON,
        "body": st.fixed_dictionaries({}, optional=dict.fromkeys(("mid", "seq", "text", "attachments"), JSON))
        | JSON,
    },
)
TYPES = (
    "message_created",
    "message_edited",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
    "message_callback",
)
UPDATES = st.fixed_dictionaries(
    {"update_type": st.sampled_from(TYPES) | JSON},
    optional={
        "timestamp": st.just(STAMP) | JSON,
        "chat_id": st.just(2002) | JSON,
        "user": USERS | JSON,
        "payload": JSON,
        "message": MESSAGES | JSON,
    },
)


@settings(max_examples=200, deadline=None)
@given(UPDATES | JSON, st.sampled_from(("chat_id", "user_id")))
def test_any_body_is_read_or_unreadable(body: Any, by: str) -> None:
    try:
        arrivals = read(body, by)
    except Unreadable:
        return
    for one in arrivals:
        assert isinstance(one.event, AnswerReceived | ChannelJoined | ChannelLeft)
        assert one.event.address
        assert one.event.at <= NOW
        one.key.encode("utf-8")

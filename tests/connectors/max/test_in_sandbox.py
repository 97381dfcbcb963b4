"""Stories of a bot: this connector and the simulated MAX, over real requests."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.max.connector import connector
from connectors.max.settings import MaxSettings
from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft
from qc_engine.ports import Absent, Broken, Done, OutcomeUnknown, Refused, TryLater
from sandbox.max.account import NICK, TOKEN, MaxBot
from tests.conftest import NOON
from tests.connectors.bots.yard import Yard, job


def yard_of(**changes: Any) -> Yard:
    values = {
        "base_url": "http://localhost/max",
        "token": TOKEN,
        "bot": NICK,
        "webhook_secret": "open-sesame-open-sesame",
    }
    ours, clock = MaxSettings(**(values | changes)), FixedClock(NOON)
    yard = Yard(clock, MaxBot, lambda http, pace: connector(ours, clock, pace, http, "http://us/hooks/max"))
    yard.watch()
    return yard


@pytest.fixture
def yard() -> Iterator[Yard]:
    yard = yard_of()
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


def test_by_the_number_of_the_person() -> None:
    yard = yard_of(recipient="user_id")
    chat = yard.bot.chats.get(yard.joined())
    assert chat is not None
    joined = yard.events[0]
    assert isinstance(joined, ChannelJoined)
    assert joined.address == str(chat.user_id) != str(chat.id)
    assert isinstance(yard.send(joined.address, "Оцените"), Done)
    assert yard.from_us(chat.id) == ["Оцените"]
    yard.close()


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
    assert after.at - before.at == timedelta(seconds=5)


def test_whoever_never_opened_the_bot_cannot_be_written_to(yard: Yard) -> None:
    stranger = yard.bot.chats.new()
    outcomes = [yard.send(stranger.id, "Здравствуйте"), yard.send(42, "Здравствуйте")]
    assert [getattr(one, "code", one) for one in outcomes] == ["no_account", "no_account"]


@pytest.mark.parametrize(("act", "told"), [("block", 1), ("delete", 2)])
def test_stopped_and_started_again(yard: Yard, act: str, told: int) -> None:
    chat = yard.joined()
    yard.control(f"chats/{chat}/{act}")
    refused = yard.send(chat, "Оцените")
    assert isinstance(refused, Refused)
    assert refused.code == "blocked"
    yard.clock.sleep(60)
    yard.control("chats/open", chat=chat)
    assert [type(one) for one in yard.events] == [ChannelJoined, *[ChannelLeft] * told, ChannelJoined]
    assert isinstance(yard.send(chat, "Оцените"), Done)


def test_the_connector_is_never_too_fast_for_one_dialog(yard: Yard) -> None:
    chat = yard.joined()
    for text in ("1", "2", "3"):
        outcome = yard.send(chat, text)
        if isinstance(outcome, TryLater) and outcome.after:
            yard.clock.advance(outcome.after)
            outcome = yard.send(chat, text)
        assert isinstance(outcome, Done)
    assert yard.bot.tally["rate_limited"] == 0
    assert yard.clock.now() - NOON == timedelta(seconds=1)


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
def test_faults_and_what_was_really_sent(
    yard: Yard, how: str, meaning: type[Exception], reached: int
) -> None:
    chat = yard.joined()
    yard.control("faults", match="POST /messages", how=how)
    assert isinstance(yard.send(chat, "Оцените"), meaning)
    assert len(yard.from_us(chat)) == reached
    performs = yard.ours.performs
    assert performs is not None
    found = performs.find(job(str(chat), "Оцените", first_tried_at=yard.clock.now()))
    assert isinstance(found, Done if reached else Absent)


def test_our_door_is_down_for_a_night(yard: Yard) -> None:
    """After 8 hours MAX forgets us; the watchdog begins again, and what came meanwhile is repeated no more."""
    chat = yard.joined()
    yard.status = 503
    yard.control(f"chats/{chat}/messages", text="9")
    for _ in range(12):
        yard.later(3600)
    assert yard.bot.hooks.all() == []
    yard.status = None
    yard.watch()
    assert [one.url for one in yard.bot.hooks.all()] == ["http://us/hooks/max"]
    yard.control(f"chats/{chat}/messages", text="10")
    assert [one.text for one in yard.events if isinstance(one, AnswerReceived)] == ["10"]


def test_our_door_is_down_for_an_hour(yard: Yard) -> None:
    chat = yard.joined()
    yard.status = 503
    yard.control(f"chats/{chat}/messages", text="9")
    yard.later(1800)
    yard.status = None
    for _ in range(6):
        yard.later(1800)
    assert [one.text for one in yard.events if isinstance(one, AnswerReceived)] == ["9"]


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


def test_somebody_else_calls_our_door(yard: Yard) -> None:
    yard.control("switches", hook_wrong_secret=True)
    yard.joined()
    assert yard.events == []


def test_the_doctor_is_content(yard: Yard) -> None:
    assert [one.what for one in yard.ours.doctor() if not one.ok] == []

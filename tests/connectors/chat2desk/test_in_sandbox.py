"""Stories of real days: the engine, this connector, and the simulated account that behaves as the real one may."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from qc_engine.core.effects import NotifyStaff, SetFields
from qc_engine.store import messages
from qc_engine.store.tables import CaseRow, EffectRow
from tests.connectors.chat2desk.town import CHANNEL, FIRST, HOUR, MINUTE, SECOND, SECRET, TOKEN, Town, Way
from tests.flow.fakes import PHONE

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_day_that_goes_well(town: Town) -> None:
    town.asked()
    town.writes("9")
    town.writes("10!!")
    texts = town.from_us()
    assert texts[:2] == [FIRST, SECOND]
    assert texts[2].startswith("Спасибо за высокую оценку!")
    assert town.scores() == ["9", "10"]
    assert all(client["tags"] == [] for client in town.clients())


# --- somebody else in the chat ------------------------------------------------------------------


def test_an_operator_grabs_the_dialog_in_mid_survey(town: Town) -> None:
    town.asked()
    town.writes("9")
    town.clock.advance(MINUTE)
    town.control(f"{PHONE}/operator", text="Здравствуйте, это Анна. Когда Вам удобно приехать?")
    town.settle()
    town.writes("в 5")  # to the operator
    town.writes("лучше 7")
    assert town.scores() == ["9"]
    said = len(town.from_us())
    town.later(HOUR)
    assert len(town.from_us()) == said  # not a word between them
    town.later(2 * HOUR)
    town.writes("10")
    assert town.scores() == ["9", "10"]


def test_an_operator_before_the_question_holds_it_back(town: Town) -> None:
    town.flow.close_order()
    town.later(timedelta(hours=23))
    town.control(f"{PHONE}/operator", text="Забрали машину?")
    town.later(timedelta(hours=1, minutes=50))
    assert town.from_us() == []
    town.later(HOUR)
    assert town.from_us() == [FIRST]


@pytest.mark.parametrize(("foreign_bots", "waits"), [("pause", True), ("ignore", False)])
def test_the_companys_own_menu(build: Any, foreign_bots: str, waits: bool) -> None:
    town = build(foreign_bots=foreign_bots)
    town.account.switches.set("menu_text", "1. Запись 2. Цены")
    town.asked()
    town.writes("9")
    assert town.scores() == ["9"]
    assert (SECOND not in town.from_us()) is waits
    town.later(timedelta(hours=2, minutes=10))
    assert SECOND in town.from_us()


def test_a_tag_keeps_the_menu_away_while_it_is_needed(build: Any) -> None:
    town = build(survey_tag=970)
    made = town.call(
        "POST",
        "http://sandbox/chat2desk/v1/tags",
        json={"tag_label": "survey"},
        headers={"Authorization": TOKEN},
    )
    assert made.json()["data"]["id"] == 970
    town.account.switches.set("menu_text", "1. Запись 2. Цены")
    town.account.switches.set("menu_skips_tag", 970)
    town.asked()
    assert [tag["id"] for client in town.clients() for tag in client["tags"]] == [970]
    town.writes("9")
    town.writes("10")
    assert [one["text"] for one in town.bubbles() if one["from"] == "menu"] == []
    assert [client["tags"] for client in town.clients()] == [[]]
    town.writes("спасибо")
    assert [one["text"] for one in town.bubbles() if one["from"] == "menu"] == ["1. Запись 2. Цены"]


@pytest.mark.parametrize(("close_request", "closed"), [(True, True), (False, False)])
def test_the_request_is_closed_when_wanted(build: Any, close_request: bool, closed: bool) -> None:
    town = build(close_request=close_request)
    town.asked()
    town.writes("9")
    town.writes("10")
    desk = town.account._desk
    assert [bool(one.end) for one in desk.books.requests.values()] == [closed]


# --- the vendor is down -------------------------------------------------------------------------


def at(town: Town, hour: int) -> None:
    """Move to the next such hour of Almaty."""
    local = town.clock.now() + timedelta(hours=5)
    target = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    span = target - local
    town.later(span if span > timedelta() else span + timedelta(days=1))


def test_down_for_six_hours_over_the_night(town: Town) -> None:
    """Due at eight in the evening, back at two in the night: asked at nine, once, and never in the dark."""
    at(town, 20)
    town.flow.close_order()
    town.later(timedelta(hours=23, minutes=50), HOUR)
    town.account.faults.add({"how": "html503", "match": "*", "times": 100_000})
    town.later(timedelta(hours=6, minutes=10))
    assert town.from_us() == []
    town.account.faults.clear()
    town.later(timedelta(hours=6, minutes=50))
    assert town.from_us() == []  # 08:50
    town.later(timedelta(minutes=20))
    assert town.from_us() == [FIRST]
    (bubble,) = [one for one in town.bubbles() if one["from"] == "us"]
    assert (datetime.fromisoformat(bubble["at"]) + timedelta(hours=5)).hour == 9


def test_what_became_stale_meanwhile_is_not_sent(town: Town) -> None:
    """Down for four days; whoever should have been asked three days ago is left alone."""
    town.flow.close_order()
    town.later(timedelta(hours=23), HOUR)
    town.account.faults.add({"how": "html503", "match": "*", "times": 1_000_000})
    town.later(timedelta(days=4), timedelta(hours=2))
    town.account.faults.clear()
    town.later(timedelta(days=1), HOUR)
    assert town.from_us() == []
    assert town.case().outcome == "undelivered"


@pytest.mark.parametrize("external_id", [False, True])
def test_accepted_and_then_cut_off(build: Any, external_id: bool) -> None:
    """The client is not asked twice; found by our id where it comes back, by the words where it does not."""
    town = build()
    town.account.switches.set("show_external_id", external_id)
    town.account.faults.add({"how": "done_no_answer", "match": "POST /v1/messages"})
    town.asked()
    town.later(timedelta(minutes=30))
    assert town.from_us() == [FIRST]
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    assert effect.state == "done"
    town.writes("9")
    assert town.scores() == ["9"]


def test_not_accepted_and_cut_off_goes_to_a_person(town: Town) -> None:
    town.account.faults.add({"how": "not_done_no_answer", "match": "POST /v1/messages"})
    town.asked()
    town.later(HOUR)
    assert town.from_us() == []
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    assert effect.state == "review"


def test_a_webhook_that_was_switched_off_is_mended_and_what_was_missed_comes(town: Town) -> None:
    town.asked()
    town.hooked = False
    town.writes("9")
    town.later(timedelta(hours=5, minutes=20))
    assert [one["status"] for one in town.hooks()] == ["disable"]
    assert town.scores() == []
    town.hooked = True
    town.writes("9, я же писал")  # nobody is told
    assert town.scores() == []
    town.ask("watchdog")
    assert [one["status"] for one in town.hooks()] == ["enable"]
    town.ask("backfill")
    assert town.scores() == ["9"]
    town.settle()
    assert town.from_us().count(SECOND) == 1
    town.ask("backfill")
    town.later(timedelta(hours=3))  # late repeats of the webhook bring the same again
    assert town.from_us().count(SECOND) == 1
    assert town.flow.world.done(SetFields)[0] == SetFields(4312, {"UF_S1": "9"})


def test_registration_is_made_once(town: Town) -> None:
    for _ in range(3):
        town.ask("watchdog")
    (hook,) = town.hooks()
    assert hook["url"] == f"http://us/hooks/chat2desk/{SECRET}"
    assert hook["channels"] == [CHANNEL]


def test_a_channel_added_later_is_heard(build: Any) -> None:
    first, second = build(), build(other_channels=(17,))
    second.chat.performs.client.transport.http = httpx.Client(transport=Way(first))
    second.ask("watchdog")
    (hook,) = first.hooks()
    assert hook["channels"] == [17, CHANNEL]


# --- two deals, one phone -----------------------------------------------------------------------


def test_two_deals_of_one_phone_are_one_conversation(town: Town) -> None:
    town.flow.close_order(4312)
    town.flow.close_order(4313)
    town.later(timedelta(days=1), HOUR)
    assert town.from_us() == [FIRST]
    town.writes("9")
    town.writes("10")
    assert town.from_us().count(SECOND) == 1
    outcomes = {row.deal_id: row.outcome for row in town.rows(CaseRow)}
    assert sorted(outcomes.values()) == ["", "asked_recently"]


# --- what the channel tells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "poll", "states"),
    [
        ({}, False, []),
        ({"delivered_outbox_status": True}, False, ["delivered", "read"]),
        ({"delivered_outbox_status": True, "sent_outbox_status": True}, False, ["delivered", "read", "sent"]),
        (
            {
                "delivered_outbox_status": True,
                "gateway_status_delivered": "DELIVERED",
                "gateway_status_read": "seen",
            },
            False,
            ["delivered", "read"],
        ),
        ({"delivered_outbox_status": True, "gateway_status_read": "42"}, False, ["delivered"]),
        ({"delivered_outbox_status": True, "hook_string_ids": True}, False, ["delivered", "read"]),
        (
            {"delivered_outbox_status": True, "hook_reorder_percent": 100.0, "hook_duplicate_percent": 100.0},
            False,
            ["delivered", "read"],
        ),
        ({"show_recipient_status": True}, True, ["read"]),
        ({"show_recipient_status": False}, True, []),
    ],
)
def test_delivery_is_known(town: Town, switches: dict[str, Any], poll: bool, states: list[str]) -> None:
    for name, value in switches.items():
        town.account.switches.set(name, value)
    town.ask("statuses")
    town.asked()
    town.clock.advance(MINUTE)
    town.call("GET", f"http://sandbox/sandbox/phones/{PHONE}")  # the client opens the chat
    town.later(timedelta(minutes=10))
    if poll:
        town.ask("statuses")
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    with town.database.reading() as session:
        assert sorted(messages.told_of(session, [effect]).get(effect.key, {})) == states


@pytest.mark.parametrize("window_outbox_status", [False, True])
@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("24 hours passed since the last client message. Use approved WhatsApp templates", "window_closed"),
        ("На этом номере нет WhatsApp", "no_account"),
        ("The recipient is not available", ""),
    ],
)
def test_a_refusal_comes_back(town: Town, window_outbox_status: bool, reason: str, code: str) -> None:
    """By the system message, by the status too, or by either of them first: one failure with its reason."""
    town.account.switches.set("window_outbox_status", window_outbox_status)
    town.control(f"{PHONE}/refuse", reason=reason)
    town.asked()
    assert town.case().outcome == "undelivered"
    assert len(town.flow.world.done(NotifyStaff)) == 1
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    with town.database.reading() as session:
        failed = messages.told_of(session, [effect])[effect.key]["failed"]
    assert (failed.code, failed.reason) == (code, reason)


def test_a_client_on_the_black_list(town: Town) -> None:
    town.asked()
    town.control(f"{PHONE}/blacklist")
    town.settle()
    assert town.case().outcome == "undelivered"


@pytest.mark.parametrize(
    ("switches", "how"),
    [
        ({}, {}),
        (
            {"hook_sign_algorithm": "sha1", "hook_sign_encoding": "base64"},
            {"algorithm": "sha1", "encoding": "base64"},
        ),
        ({"hook_sign_prefix": "sha256="}, {"prefix": "sha256="}),
        ({"hook_timestamp_header": "X-Time"}, {"timestamp_header": "X-Time"}),
        (
            {"hook_timestamp_header": "X-Time", "hook_sign_timestamp": True},
            {"timestamp_header": "X-Time", "signed": "timestamp.body"},
        ),
    ],
)
@pytest.mark.parametrize("wrong", [False, True])
def test_signed_webhooks(build: Any, switches: dict[str, Any], how: dict[str, str], wrong: bool) -> None:
    town = build(hmac={"secret": "signing-key", **how})
    for name, value in {"hook_sign_secret": "signing-key", "hook_wrong_signature": wrong, **switches}.items():
        town.account.switches.set(name, value)
    town.asked()
    town.writes("9")
    assert town.scores() == ([] if wrong else ["9"])


@pytest.mark.parametrize(
    "switch",
    [
        "hook_html_text",
        "hook_null_fields",
        "hook_string_ids",
        "hook_flags_as_numbers",
        "hook_extra_data_as_list",
    ],
)
def test_however_webhooks_look(town: Town, switch: str) -> None:
    town.account.switches.set(switch, True)
    town.asked()
    town.writes("9")
    town.writes("8/10")
    assert town.scores() == ["9", "8"]


@pytest.mark.parametrize(
    "switch", ["inbox_opens_dialog", "outgoing_opens_request", "external_id_deduplicates"]
)
@pytest.mark.parametrize("position", [False, True])
def test_whatever_the_account_does(town: Town, switch: str, position: bool) -> None:
    town.account.switches.set(switch, position)
    town.asked()
    town.writes("9")
    town.writes("10")
    assert town.scores() == ["9", "10"]
    assert len(town.from_us()) == 3


@pytest.mark.parametrize("start_id_inclusive", [False, True])
def test_however_a_list_begins(town: Town, start_id_inclusive: bool) -> None:
    town.account.switches.set("start_id_inclusive", start_id_inclusive)
    town.account.switches.set("hook_drop_percent", 100.0)
    town.asked()
    town.writes("9")
    assert town.scores() == []
    town.ask("backfill")
    town.writes("10")
    town.ask("backfill")
    assert town.scores() == ["9", "10"]
    assert len(town.from_us()) == 3

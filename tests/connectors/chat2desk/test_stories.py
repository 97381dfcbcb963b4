"""More real days: what the account may do that nobody has confirmed, and what people do with it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from qc_engine.ports import Finding, Request
from qc_engine.store.tables import DeliveryRow, EffectRow
from tests.connectors.chat2desk.town import CHANNEL, FIRST, HOUR, MINUTE, SECOND, SECRET, TOKEN, Town
from tests.flow.fakes import PHONE

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
Build = Callable[..., Town]
DAY = timedelta(days=1)


def finished(town: Town) -> None:
    """Asked, answered twice, thanked: once each."""
    town.asked()
    town.writes("9")
    town.writes("10")
    assert town.scores() == ["9", "10"]
    assert len(town.from_us()) == 3


# --- the REST door ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {"post_status": 201},
        {"message_id_as_id": True},
        {"rest_dates_dotted": True},
        {"errors_in_data": True},
        {"errors_with_200": True},
        {"errors_with_200": True, "errors_in_data": True},
        {"encrypted_masked": True},
        {"autoreply_opens_request": False},
        {"outgoing_opens_request": False},
        {"inbox_operator": 31911},
        {"hook_shows_video": True},
        {"hook_external_id": True},
        {"help_without_token": True},
    ],
    ids=str,
)
def test_whatever_nobody_has_confirmed(town: Town, switches: dict[str, Any]) -> None:
    for name, value in switches.items():
        town.account.switches.set(name, value)
    finished(town)


@pytest.mark.parametrize(
    "switches", [{"rest_dates_dotted": True}, {"message_id_as_id": True}, {"post_status": 201}]
)
def test_a_lost_answer_is_found_whatever_answers_look_like(town: Town, switches: dict[str, Any]) -> None:
    for name, value in switches.items():
        town.account.switches.set(name, value)
    town.account.faults.add({"how": "done_no_answer", "match": "POST /v1/messages"})
    town.asked()
    town.later(timedelta(minutes=30))
    assert town.from_us() == [FIRST]
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    assert effect.state == "done"


@pytest.mark.parametrize(
    ("switches", "kind"),
    [
        ({"rate_per_second": 0.001}, "postponed"),
        ({"rate_per_second": 0.001, "rate_status": 503}, "postponed"),
        ({"rate_per_second": 0.001, "errors_with_200": True, "retry_after": "7"}, "postponed"),
        ({"monthly_quota": 1}, "broken"),
        ({"monthly_quota": 1, "quota_status": 403, "errors_in_data": True}, "broken"),
    ],
)
def test_limits_in_any_words(town: Town, switches: dict[str, Any], kind: str) -> None:
    town.flow.close_order()
    town.later(timedelta(hours=23), HOUR)
    for name, value in switches.items():
        town.account.switches.set(name, value)
    town.later(2 * HOUR)
    assert town.from_us() == []
    (effect,) = [row for row in town.rows(EffectRow) if row.kind == "SendMessage"]
    assert effect.state == "planned"
    assert ("месячный запас" in effect.error) is (kind == "broken")
    town.account.switches.set("rate_per_second", 0)
    town.account.switches.set("monthly_quota", 0)
    town.later(HOUR)
    assert town.from_us() == [FIRST]


@pytest.mark.parametrize("auth_status", [401, 403, 400])
def test_a_key_that_is_refused(town: Town, auth_status: int) -> None:
    town.account.switches.set("auth_status", auth_status)
    town.chat.performs.client.transport.settings = town.chat.performs.settings.model_copy(  # type: ignore[union-attr]
        update={"token": type(town.chat.performs.settings.token)("wrong")}  # type: ignore[union-attr]
    )
    found = [one for one in town.chat.doctor() if "доступ закрыт" in one.what]
    assert found
    assert all("ключ API не принят" in one.what for one in found)


# --- how webhooks look ---------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["digits", "plus", "eight", "spaced"])
def test_numbers_in_any_form(town: Town, style: str) -> None:
    town.account.switches.set("hook_phone_format", style)
    finished(town)


@pytest.mark.parametrize("delay", [0.0, 30.0])
def test_late_webhooks(town: Town, delay: float) -> None:
    town.account.switches.set("hook_delay_seconds", delay)
    town.asked()
    town.writes("9")
    town.later(2 * MINUTE, MINUTE)
    assert town.scores() == ["9"]


def test_two_webhooks_tell_the_same(town: Town) -> None:
    """The former address is still registered, and another system listens too."""
    body = {"url": f"http://us/hooks/chat2desk/{SECRET}", "name": "twin", "events": ["inbox", "outbox"]}
    url = "http://sandbox/chat2desk/v1/webhooks"
    assert town.call("POST", url, json=body, headers={"Authorization": TOKEN}).status_code == 200
    finished(town)


@pytest.mark.parametrize("press_comes_as", ["text", "payload", "extra_data"])
def test_a_pressed_button(build: Build, press_comes_as: str) -> None:
    town = build(transport="whatsapp", question_buttons=["8", "9", "10"])
    town.account.switches.set("transport", "whatsapp")
    town.account.switches.set("press_comes_as", press_comes_as)
    town.asked()
    town.clock.advance(MINUTE)
    town.control(f"{PHONE}/messages", text="9", button="9")
    town.settle()
    assert town.scores() == ["9"]


@pytest.mark.parametrize("button_transports", ["*", "telegram,viber*"])
def test_buttons_where_they_are_not_known(build: Build, button_transports: str) -> None:
    town = build(transport="whatsapp", question_buttons=["8", "9", "10"])
    town.account.switches.set("transport", "whatsapp")
    town.account.switches.set("button_transports", button_transports)
    finished(town)


def test_a_menu_inside_an_operators_dialog(town: Town) -> None:
    """The account gives every answer to an operator, and its menu speaks in his dialog."""
    for name, value in {
        "inbox_operator": 31911,
        "hook_shows_buttons": True,
        "menu_text": "Чем помочь?",
    }.items():
        town.account.switches.set(name, value)
    town.asked()
    town.writes("9")
    (told,) = [row for row in town.heard() if row["text"] == "Чем помочь?"]
    assert told["by"] == "bot"


# --- other messengers, and old conversations -----------------------------------------------------


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize(("tells_number", "scores"), [(True, ["9"]), (False, [])])
def test_the_same_person_answers_from_telegram(
    build: Build, dropped: bool, tells_number: bool, scores: list[str]
) -> None:
    town = build(other_channels=(17,))
    town.account.add_channel(17, "Telegram", "", "telegram")
    town.asked()
    town.account.switches.set("hook_drop_percent", 100.0 if dropped else 0.0)
    town.clock.advance(MINUTE)
    said = {"text": "9", "transport": "telegram", "channel_id": 17, "tells_number": tells_number}
    town.control(f"{PHONE}/messages", **said)
    town.settle()
    town.ask("backfill")
    town.settle()
    assert town.scores() == scores
    assert (SECOND in town.from_us()) is bool(scores)


def test_other_messengers_are_left_alone_unless_told(town: Town) -> None:
    town.account.add_channel(17, "Telegram", "", "telegram")
    town.asked()
    town.control(f"{PHONE}/messages", text="9", transport="telegram", channel_id=17)
    town.settle()
    town.ask("backfill")
    assert town.scores() == []


@pytest.mark.parametrize("imported_type", ["imported", "from_client"])
def test_an_imported_conversation_is_no_answer(town: Town, imported_type: str) -> None:
    town.account.switches.set("imported_type", imported_type)
    town.asked()
    town.control(f"{PHONE}/imported", text="3")
    town.settle()
    town.ask("backfill")
    assert town.scores() == []
    town.writes("9")
    assert town.scores() == ["9"]


@pytest.mark.parametrize("kind", ["voice", "photo", "video", "location", "file", "sticker", "contact"])
def test_instead_of_words(town: Town, kind: str) -> None:
    town.asked()
    town.writes("", kind=kind)
    assert town.scores() == []
    town.writes("9")
    assert town.scores() == ["9"]


# --- a caller who lies ---------------------------------------------------------------------------


def forged(town: Town, **changes: Any) -> None:
    """Somebody knows the webhook's address."""
    last = town.account._desk.books.messages[-1]
    body = {
        "hook_type": "inbox",
        "type": "from_client",
        "message_id": last.id,
        "text": "2",
        "client_id": last.client.id,
        "channel_id": CHANNEL,
        "client": {"id": last.client.id, "phone": PHONE},
    }
    assert town.chat.receives is not None
    town.hear(Request(SECRET, {}, json.dumps(body | changes).encode()))


@pytest.mark.parametrize(("reread", "scores"), [(True, []), (False, ["2"])])
def test_a_forged_answer(build: Build, reread: bool, scores: list[str]) -> None:
    town = build(reread=reread)
    town.asked()
    forged(town, message_id=999_999_999)
    if reread:
        town.ask("reread")
    town.settle()
    assert town.scores() == scores


def test_a_true_answer_goes_its_way(build: Build) -> None:
    town = build(reread=True)
    town.asked()
    town.writes("9")
    assert town.scores() == []
    town.ask("reread")
    assert town.scores() == ["9"]
    town.settle()
    assert SECOND in town.from_us()


def test_what_waits_to_be_read_again_survives_a_restart(build: Build) -> None:
    town = build(reread=True)
    town.asked()
    town.writes("9")
    town.restart()
    town.ask("backfill")  # every poll is asked at the start
    assert town.scores() == ["9"]


# --- the number that must not be banned ----------------------------------------------------------


def orders(town: Town, count: int) -> list[str]:
    phones = [f"7701555{number:04d}" for number in range(count)]
    for number, phone in enumerate(phones):
        town.flow.close_order(5000 + number, phone)
    return phones


@pytest.mark.parametrize("restarted", [False, True])
def test_a_cap_keeps_the_number_alive(build: Build, restarted: bool) -> None:
    town = build(daily_cap=3, min_spacing="1 min")
    town.account.switches.set("ban_after", 3)
    phones = orders(town, 7)
    town.later(DAY, HOUR)
    town.later(10 * MINUTE, MINUTE)
    assert sum(bool(town.from_us(phone)) for phone in phones) == 3
    if restarted:
        town.restart()
    town.later(6 * HOUR, HOUR)
    assert sum(bool(town.from_us(phone)) for phone in phones) == 3
    town.later(DAY - 6 * HOUR, HOUR)
    town.later(10 * MINUTE, MINUTE)
    assert sum(bool(town.from_us(phone)) for phone in phones) == 6
    assert town.account.ledger()["refused"] == 0


def test_without_a_cap_the_number_is_lost(town: Town) -> None:
    town.account.switches.set("ban_after", 3)
    phones = orders(town, 7)
    town.later(DAY + HOUR, HOUR)
    assert sum(bool(town.from_us(phone)) for phone in phones) == 3
    assert town.account.ledger()["refused"] == 4


def test_a_channel_that_is_off_stops_the_beginnings(build: Build) -> None:
    town = build(stop_after=2)
    town.account.switches.set("ban_after", 1)
    orders(town, 9)
    town.later(DAY + MINUTE * 10, HOUR)
    assert town.account.ledger()["messages_sent"] < 9


# --- templates -----------------------------------------------------------------------------------


def of_templates(town: Town) -> list[Finding]:
    return [one for one in town.chat.doctor() if "шаблон" in one.what]


def judge(town: Town, name: str, status: str) -> None:
    url = f"http://sandbox/sandbox/whatsapp_templates/{name}"
    assert town.call("POST", url, json={"status": status}).status_code == 200


@pytest.mark.parametrize("template_list", ["", "/v1/wa_templates"])
def test_a_template_that_was_paused(build: Build, template_list: str) -> None:
    town = build(template_list=template_list)
    town.account.switches.set("template_list", template_list)
    town.account.switches.set("delivered_outbox_status", True)
    assert all(one.ok for one in of_templates(town))
    judge(town, "visit_quality", "paused")
    town.asked()
    assert town.case().outcome == "undelivered"
    town.ask("backfill")  # where what was heard is written down
    town.restart()
    wrong = [one for one in of_templates(town) if not one.ok]
    assert [one.what.split()[1].strip(":") for one in wrong] == ["visit_quality"]


def test_the_picture_of_a_template_goes_along(build: Build) -> None:
    parts = {"visit_quality": {"header": "image", "url": "https://tyres.example/logo.png"}}
    with_picture, without = build(template_parts=parts), build()
    for town in (with_picture, without):
        body = "Здравствуйте, {{1}}! Вы были у нас: {{2}}. Оцените?"
        town.account.add_template("visit_quality", "ru", body, header="image")
    with_picture.asked()
    assert with_picture.from_us() == [FIRST]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("С момента последнего сообщения клиента прошло больше 24 часов", "window_closed"),
        ("Вне 24-часового окна: используйте шаблон", "window_closed"),
        ("24 hours passed since the last client message", "window_closed"),
    ],
)
def test_the_window_in_other_words(town: Town, text: str, code: str) -> None:
    """The template list of the scenario is empty for the second question; the window closed meanwhile."""
    town.account.switches.set("window_text", text)
    town.asked()
    town.account.switches.set("window_hours", 1e-12)
    town.writes("9")
    town.later(MINUTE)
    assert [row.code for row in town.rows(DeliveryRow) if row.state == "failed"] == [code]

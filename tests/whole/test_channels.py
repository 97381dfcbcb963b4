"""Telegram, MAX and SMS beside WhatsApp: the real engine against the simulated vendors, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.browsing import browser
from sandbox.demo.company import write_scenarios
from sandbox.demo.people import Person, Player
from sandbox.demo.play import Play
from sandbox.demo.processes import ROOT, free_port
from sandbox.max.account import NICK as MAX_BOT
from sandbox.max.account import TOKEN as MAX_TOKEN
from sandbox.sms.account import LOGIN, PASSWORD
from sandbox.telegram.account import NICK as TELEGRAM_BOT
from sandbox.telegram.account import TOKEN as TELEGRAM_TOKEN
from tests.whole.installation import Installation, installation, send_events, served, until, vendors

PHONE = "77015550000"
SCORES = ("UF_CRM_QC_SCORE_1", "UF_CRM_QC_SCORE_2", "UF_CRM_QC_AVERAGE")
SECRETS = {
    "QC_TELEGRAM__TOKEN": TELEGRAM_TOKEN,
    "QC_TELEGRAM__WEBHOOK_SECRET": "telegram-hook-0123456789",
    "QC_MAX__TOKEN": MAX_TOKEN,
    "QC_MAX__WEBHOOK_SECRET": "max-hook-0123456789",
    "QC_SMS__LOGIN": LOGIN,
    "QC_SMS__PASSWORD": PASSWORD,
    "QC_SMS__WEBHOOK_SECRET": "sms-hook-0123456789",
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    """A company with every channel; its engine is not running yet."""
    port, certificate = free_port(), tmp_path / "certificate.pem"
    tls = ("--tls-port", str(port), "--certificate", str(certificate))
    with vendors(tmp_path, *tls) as up, installation(up) as made:
        write_scenarios(ROOT / "scenarios", tmp_path / "scenarios")
        made.config |= {
            "scenarios": str(tmp_path / "scenarios"),
            "telegram": {"base_url": f"{up.url}/telegram", "bot": TELEGRAM_BOT},
            "max": {"base_url": f"{up.url}/max", "bot": MAX_BOT},
            "sms": {"base_url": f"https://127.0.0.1:{port}/sms", "sender": "TYRES"},
        }
        made.write()
        made.environment = {**made.environment, **SECRETS, "SSL_CERT_FILE": str(certificate)}
        up.post("switches", {"delivered_outbox_status": True})
        door = f"{made.engine_url}/hooks/sms/{SECRETS['QC_SMS__WEBHOOK_SECRET']}"
        up.post("sms/hooks", {"gateway": "smsc", "url": door})
        send_events(up, made)
        yield made


def lives(here: Installation, **person: Any) -> tuple[Play, Player]:
    """One client of this kind, whose order is closed."""
    here.start_engine()
    player = Player(Person("client", **person), "Айгуль", PHONE, here.config["branches"][0]["name"])
    return served(here, [player]), player


def scores(here: Installation, player: Player) -> list[str]:
    fields = here.vendors.deal(player.deal_id)["fields"]
    return [f"{float(fields[name]):g}" for name in SCORES]


def said(here: Installation, way: str, author: str = "us") -> list[str]:
    """In the only chat of this bot."""
    (chat,) = here.vendors.get(f"{way}/chats")["chats"]
    messages = here.vendors.get(f"{way}/chats/{chat['chat']}")["messages"]
    return [one["text"] for one in messages if one["from"] == author]


def test_telegram_takes_over_where_whatsapp_refuses(here: Installation) -> None:
    play, player = lives(here, replies=("", "9", "10"), way="telegram", whatsapp="refuses")
    play.run()
    welcome, first, second, thanks = said(here, "telegram")
    assert "можем писать" in welcome
    assert "качество работы" in first
    assert "вежливость" in second
    assert f"{here.engine_url}/r/" in thanks
    assert scores(here, player) == ["9", "10", "9.5"]
    assert here.vendors.messages(PHONE) == []
    assert "Дальше пишем через другой канал: Telegram" in here.qc("explain", str(player.deal_id)).out
    assert here.vendors.get("sms/ledger")["accepted"] == 0


def test_the_page_of_an_sms(here: Installation) -> None:
    words = "Спасибо мастеру Ерлану"
    play, player = lives(here, way="sms", whatsapp="refuses", on_page=("8", "9"), words=words)
    play.run()
    (sms,) = here.vendors.get(f"sms/phones/{PHONE}")["messages"]
    assert sms["state"] == "delivered"
    assert scores(here, player) == ["8", "9", "8.5"]
    assert words in str(here.vendors.get("state")["comments"])
    with browser() as phone:
        page = phone.get(sms["text"].split()[-1]).text
    assert "Спасибо за высокую оценку" in page
    assert f"{here.engine_url}/r/" in page


def test_who_joins_is_asked_there_again(here: Installation) -> None:
    play, player = lives(here)
    until(lambda: here.invitation(player.deal_id, "max"), "the case is open")
    here.vendors.post("clock", {"jump_seconds": 24 * 3600 + 60})
    until(lambda: here.vendors.messages(PHONE), "the question is in WhatsApp")
    (invited,) = [
        one["link"] for one in here.qc("invite", PHONE, "--json").document["links"] if one["channel"] == "max"
    ]
    assert invited == here.invitation(player.deal_id, "max")
    chat = here.vendors.post("max/chats/open", {"link": invited, "phone": PHONE})["chat"]
    until(lambda: said(here, "max"), "the question is in MAX")
    assert "качество работы" in said(here, "max")[0]
    for number, answer in enumerate(("9", "10"), 2):
        here.vendors.post(f"max/chats/{chat}/messages", {"text": answer})
        until(lambda number=number: len(said(here, "max")) == number, f"message {number} in MAX")  # type: ignore[misc]
    play.run()
    assert scores(here, player) == ["9", "10", "9.5"]
    assert len(here.vendors.messages(PHONE)) == 1


def test_the_doctor_looks_at_every_channel(here: Installation) -> None:
    here.start_engine()
    until(lambda: here.qc("doctor").code == 0, "the doctor finds nothing")
    told = here.qc("doctor").out
    for good in (TELEGRAM_BOT, MAX_BOT, "вход в шлюз SMS принят", "имя отправителя: «TYRES»"):
        assert any(line.startswith("✓") and good in line for line in told.splitlines()), told


@pytest.mark.parametrize(
    ("secret", "wrong", "what", "remedy"),
    [
        ("QC_TELEGRAM__TOKEN", "700100200:not-this-one-any-more", "getMe", "проверьте token"),
        ("QC_MAX__TOKEN", "not-this-one-any-more", "GET /me", "проверьте token"),
        ("QC_SMS__PASSWORD", "not-this-one-any-more", "шлюз SMS закрыт", "проверьте логин, пароль, ключ"),
    ],
)
def test_the_doctor_names_a_wrong_secret(
    here: Installation, secret: str, wrong: str, what: str, remedy: str
) -> None:
    here.environment = {**here.environment, secret: wrong}
    told = here.qc("doctor", "--json")
    assert told.code == 1
    (found,) = [one for one in told.document["findings"] if what in one["what"]]
    assert not found["ok"]
    assert remedy in found["remedy"]
    assert wrong not in str(told)

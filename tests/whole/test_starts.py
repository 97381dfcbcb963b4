"""Surveys that no stage begins, from outside: a changed field, an event of another system, a command."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo.play import open_orders
from sandbox.demo.processes import ROOT
from tests.whole.installation import Installation, clients, installation, send_events, until, vendors

FIELDS = {"EVENT_DATE": ("date", "Дата мероприятия"), "LANGUAGE": ("string", "Язык")}
BODY = "Здравствуйте, {{1}}! Дата изменилась: было {{2}}, стало {{3}}."
READY = """
scenario: ready
title: Машина готова
values: {place: {from_start: place}}
start: {event: car_ready}
contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}
steps:
  tell:
    do: [comment: "Место {place|неизвестно}", end: told]
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with vendors(tmp_path) as up, installation(up) as made:
        send_events(up, made)
        folder = tmp_path / "scenarios"
        folder.mkdir()
        shutil.copy(ROOT / "scenarios" / "examples" / "date_changed.yaml", folder)
        (folder / "ready.yaml").write_text(READY, encoding="utf-8")
        made.config["scenarios"] = str(folder)
        made.write()
        for code, (kind, label) in FIELDS.items():
            field = {"FIELD_NAME": code, "USER_TYPE_ID": kind, "LABEL": label}
            up.rest("crm.deal.userfield.add", {"fields": field})
        up.post("templates", {"name": "date_changed", "language": "ru", "body": BODY})
        yield made


def put_date(here: Installation, deal: int, day: str) -> None:
    fields = {"UF_CRM_EVENT_DATE": day}
    about = {"entityTypeId": 2, "id": deal, "fields": fields, "useOriginalUfNames": "Y"}
    here.vendors.rest("crm.item.update", about)


def watched(here: Installation, deal: int) -> str:
    with sqlite3.connect(here.plan.folder / "qc.db") as database:
        rows = database.execute("SELECT value FROM watched_fields WHERE deal_id = ?", (deal,)).fetchall()
    return rows[0][0][:10] if rows else ""


def tell(here: Installation, deal: int, number: str) -> int:
    body = {"event": "car_ready", "deal_id": deal, "values": {"place": "B7"}, "id": number}
    token = {"Authorization": f"Bearer {here.api_token}"}
    return here.http.post(f"{here.engine_url}/api/events", json=body, headers=token).status_code


def test_from_a_change_in_the_portal_to_the_clients_phone(here: Installation) -> None:
    (player,) = clients(here, "happy")
    open_orders(here, [player])
    put_date(here, player.deal_id, "2026-03-12")
    here.start_engine()
    until(lambda: watched(here, player.deal_id) == "2026-03-12", "the date is known")
    put_date(here, player.deal_id, "2026-03-14")
    until(lambda: here.status(full=True)["cases"] == {"waiting": 1}, "the change is known")
    here.vendors.post("clock", {"jump_seconds": 301})
    until(lambda: here.vendors.messages(player.phone), "the client knows")
    (said,) = here.vendors.messages(player.phone)
    assert "было 12 марта 2026, стало 14 марта 2026" in said
    assert "Начало: изменилось поле сделки" in here.qc("explain", str(player.deal_id)).out

    assert [tell(here, player.deal_id, number) for number in ("1", "1")] == [202, 200]
    until(lambda: here.status(full=True)["cases"].get("told") == 1, "the event began a case")
    started = here.qc("case", "start", "ready", "--deal", str(player.deal_id), "--by", "Мария")
    assert started.code == 0, started
    until(lambda: here.status(full=True)["cases"].get("told") == 2, "the command began another one")
    for said in ("Место B7", "Место неизвестно"):
        until(lambda said=said: said in str(here.vendors.get("state")["comments"]), f"the deal has: {said}")

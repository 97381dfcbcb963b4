"""An integrator edits, breaks, stops and takes back a scenario while the engine runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.headless import RATE
from sandbox.demo.people import Player
from sandbox.demo.play import close_orders, open_orders
from sandbox.demo.processes import ROOT
from tests.whole.installation import Installation, clients, installation, send_events, until, vendors

BY = ("--by", "Мария")
TYPO = ("average_below: 8", "average_bellow: 8")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with vendors(tmp_path) as up, installation(up) as made:
        shutil.copytree(ROOT / "scenarios", made.plan.folder / "scenarios")
        made.config["scenarios"] = str(made.plan.folder / "scenarios")
        made.write()
        send_events(up, made)
        made.start_engine()
        yield made


def edit(here: Installation, before: str, after: str) -> None:
    path = here.plan.folder / "scenarios" / "tyre_centre.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def scenario(here: Installation) -> dict[str, Any]:
    told: dict[str, Any] = next(
        one
        for one in here.qc("scenario", "list", "--json").document["scenarios"]
        if one["name"] == "tyre_centre"
    )
    return told


def health(here: Installation) -> list[str]:
    told: list[str] = here.vendors.http.get(f"{here.engine_url}/healthz").json().get("alarms", [])
    return told


def test_a_broken_edit_is_told_and_mended_and_survives_a_restart(here: Installation) -> None:
    first = scenario(here)["version"]
    edit(here, *TYPO)
    until(lambda: health(here), "the alarm is raised")
    (alarm,) = health(here)
    assert alarm.startswith("scenarios:main ")
    assert "tyre_centre.yaml:" in alarm
    status = here.qc("status")
    assert (status.code, "изменения в сценариях не вступили в силу" in status.out) == (1, True), status
    assert here.qc("check").code == 1
    here.stop_engine()
    here.start_engine()
    assert health(here)
    assert scenario(here)["version"] == first
    edit(here, *reversed(TYPO))
    until(lambda: not health(here), "the alarm is cleared")
    edit(here, "title: Шинный центр, опрос после визита", "title: Другое название")
    until(lambda: scenario(here)["version"] != first, "the mended file takes effect")
    log = here.qc("scenario", "log", "tyre_centre", "--json").document["log"]
    assert [(one["what"], one["by"]) for one in log] == [("activated", "file"), ("activated", "file")]


def test_frozen_in_mid_flow_taken_back_and_gone_on(here: Installation) -> None:
    up = here.vendors
    up.post("clock", {"rate": RATE})
    (player,) = clients(here, "silent")
    closed(here, player)
    until(lambda: here.status(full=True)["cases"] == {"waiting": 1}, "the order is known")
    entered = up.deal(player.deal_id)["stage"]
    up.post("clock", {"to": here.status()["next_at"]})
    until(lambda: up.messages(player.phone), "the question arrives")
    moved = up.deal(player.deal_id)["stage"]
    assert moved != entered
    frozen = here.qc(
        "scenario", "freeze", "tyre_centre", "--undo", "--yes", "--since", "2 days", "--json", *BY
    )
    assert frozen.code == 0, frozen
    assert (frozen.document["did"]["moves"], frozen.document["undo"]["planned"]) == (1, 1)
    until(lambda: up.deal(player.deal_id)["stage"] == entered, "the deal is back")
    assert "Сделанное в CRM отменено" in here.qc("explain", str(player.deal_id)).out
    assert here.qc("scenario", "thaw", "tyre_centre", "--yes", *BY).code == 0
    assert scenario(here)["state"] == "active"
    assert here.story(player.deal_id)["case"]["state"] == "active"


def closed(here: Installation, *players: Player) -> None:
    open_orders(here, list(players))
    close_orders(here, list(players))

"""Two portals in one engine: deals of the same numbers, words of their own, and one of them is down for a day."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.demo.headless import RATE
from sandbox.demo.people import Player
from sandbox.demo.play import Play
from sandbox.demo.processes import ROOT
from tests.whole.installation import (
    APPLICATION_TOKEN,
    Installation,
    Vendors,
    branches,
    clients,
    crm,
    installation,
    send_events,
    until,
    vendors,
)  # fmt: skip

LONGEST_PAUSE = timedelta(minutes=15)  # between two attempts
OUTAGE = timedelta(hours=26)  # from the closing of the orders: two hours more than the question waits
THANKS, OF_ASTANA = "Спасибо! А вежливость", "Рахмет! А вежливость"


class Both(Play):
    """People of two portals; both live in the same time."""

    def __init__(self, here: Installation, astana: Vendors, players: list[Player]) -> None:
        super().__init__(here, players, lambda _: None)
        self.astana = astana

    def _engine_busy(self) -> bool:
        """What waits for a portal that is down, and messages that come after it, are no work of this moment."""
        status = self.stage.status()
        lanes = {one["lane"]: one for one in status["lanes"]}
        waiting = lanes["crm:astana"]["count"] + lanes["crm:astana"]["later"]
        at_work = lanes["crm"]["count"] or lanes["channel"]["count"] > waiting
        return bool(status["inbox_open"] or at_work or self.stage.get("/sandbox/pending")["now"])

    def _jump_to(self, moment: datetime) -> None:
        lanes = {one["lane"]: one for one in self.stage.status()["lanes"]}
        if lanes["crm:astana"]["count"] + lanes["crm:astana"]["later"]:
            # A call under way tells no next moment: nobody may leap over its next attempt.
            moment = min(moment, self._now() + LONGEST_PAUSE)
        super()._jump_to(moment)
        self.astana.post("clock", {"to": self.stage.get("/sandbox/clock")["now"]})


@pytest.fixture
def astana(tmp_path: Path) -> Iterator[Vendors]:
    with vendors(tmp_path / "astana", "--branches", "2", "--branch-kind", "enumeration") as up:
        yield up


@pytest.fixture
def here(tmp_path: Path, astana: Vendors) -> Iterator[Installation]:
    with vendors(tmp_path / "main") as up, installation(up) as made:
        scenarios = made.plan.folder / "astana"
        shutil.copytree(ROOT / "scenarios", scenarios)
        file = scenarios / "tyre_centre.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace(THANKS, OF_ASTANA), encoding="utf-8")
        portal = {
            "bitrix24": {**crm(), "poll_every": "1 hour"},
            "scenarios": str(scenarios),
            "branches": branches(astana),
        }
        made.config["portals"] = {"astana": portal}
        made.config["bitrix24"]["poll_every"] = "1 hour"  # events must do
        made.environment = {
            **made.environment,
            "QC_PORTALS__ASTANA__BITRIX24__WEBHOOK_URL": astana.webhook_url,
            "QC_PORTALS__ASTANA__BITRIX24__APPLICATION_TOKEN": APPLICATION_TOKEN,
        }
        made.write()
        send_events(up, made)
        send_events(astana, made, "bitrix24-astana")
        made.start_engine()
        yield made


def test_one_is_down_and_the_other_does_not_notice(here: Installation, astana: Vendors) -> None:
    up = here.vendors
    ours = clients(here, "unhappy", "on the threshold")
    theirs = clients(here, "unhappy", "on the threshold", first=20)
    of_astana = [one["name"] for one in here.config["portals"]["astana"]["branches"]]
    for player, branch in zip(theirs, of_astana, strict=True):
        player.branch = branch
    for portal, players in ((up, ours), (astana, theirs)):
        portal.post("clock", {"rate": RATE})
        orders(portal, players)
    assert [one.deal_id for one in ours] == [one.deal_id for one in theirs]

    until(lambda: cases(here) == 4, "both portals told of their deals")
    astana.post(
        "faults",
        {"vendor": "bitrix24", "match": "*", "how": "outage", "as": "both", "times": 10_000,
         "for_seconds": OUTAGE.total_seconds()},
    )  # fmt: skip
    back = up.now() + OUTAGE
    Both(here, astana, [*ours, *theirs]).run()

    asked = first_messages(up)
    assert all(asked[one.phone] < back - timedelta(hours=1) for one in ours), (asked, back)
    assert all(asked[one.phone] >= back - timedelta(minutes=1) for one in theirs), (asked, back)
    for portal, players, words in ((up, ours, THANKS), (astana, theirs, OF_ASTANA)):
        well_served(up, portal, players, words)


def orders(portal: Vendors, players: list[Player]) -> None:
    """Made and closed at this portal."""
    rows = [{"client": one.name, "phone": f"+{one.phone}", "branch": one.branch} for one in players]
    for player, made in zip(players, portal.post("deals", {"deals": rows})["deals"], strict=True):
        player.deal_id, player.contact_id = made["deal_id"], made["contact_id"]
    moves = [{"deal_id": one.deal_id, "stage": "FINAL_INVOICE"} for one in players]
    portal.post("deals/stage", {"moves": moves})


def cases(here: Installation) -> int:
    return sum(here.status(full=True)["cases"].values())


def first_messages(up: Vendors) -> dict[str, datetime]:
    rows = up.get("outbox", after=0, limit=500)["messages"]
    return {one["phone"]: datetime.fromisoformat(one["at"]) for one in reversed(rows)}


def well_served(channel: Vendors, portal: Vendors, players: list[Player], words: str) -> None:
    """Everybody in the words of their portal's scenario; the complaint with the head of their own branch."""
    for player in players:
        messages = channel.messages(player.phone)
        assert len(messages) == player.person.messages, messages
        assert player.branch in messages[0]
        assert messages[1].startswith(words)
        assert portal.deal(player.deal_id)["stage"] == "WON"
    unhappy = players[0]
    state, company = portal.get("state"), portal.get("company")
    complaints = [one for one in state["deals"] if one["stage"] == "C7:NEW"]
    heads = {one["name"]: one["head"]["id"] for one in company["branches"]}
    assert [(one["contact_id"], one["assigned_to"]) for one in complaints] == [
        (unhappy.contact_id, heads[unhappy.branch])
    ]
    assert [one["deal_id"] for one in state["tasks"]] == [unhappy.deal_id]

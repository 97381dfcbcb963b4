"""A season in small at portals of different kinds: each position of the switches gives the same right result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.demo.headless import final_account
from sandbox.demo.play import Play
from tests.whole.installation import Installation, clients, installation, send_events, served, vendors

KINDS = ("happy", "unhappy", "just below", "opt-out")


class Renamed(Play):
    """The portal gets another address when the first client has answered."""

    was_renamed = False

    def _people_act(self) -> int:
        acted = super()._people_act()
        if self.answered and not self.was_renamed:
            self.stage.post("/sandbox/rename", {"host": new_host(self.stage.sandbox_url)})
            self.was_renamed = True
        return acted


def new_host(url: str) -> str:
    return f"localhost:{httpx.URL(url).port}"


@dataclass(frozen=True)
class Position:
    """Switches of the vendors, keys of config.yaml, and who plays."""

    name: str
    switches: dict[str, Any] = field(default_factory=dict)
    crm: dict[str, Any] = field(default_factory=dict)
    play: Callable[..., Play] = Play


POSITIONS = (
    Position("renamed in the middle", play=Renamed),
    Position("events are lost", {"event_drop_rate": 1.0}),
    Position(
        "events come twice and late", {"event_duplicate_rate": 1.0, "event_late_rate": 0.5}
    ),
    Position("a box", {"kind": "box"}, {"operating_limit": "0 s"}),
    Position(
        "an old box", {"kind": "box", "original_uf_names": False},
        {"operating_limit": "0 s", "use_original_uf_names": False},
    ),
)  # fmt: skip


@pytest.mark.parametrize("position", POSITIONS, ids=lambda one: one.name)
def test_everybody_as_expected(tmp_path: Path, position: Position) -> None:
    with vendors(tmp_path) as up, installation(up) as here:
        here.config["bitrix24"].update(position.crm)
        here.write()
        up.post("switches", position.switches)
        send_events(up, here)
        here.start_engine()
        plays(here, position)


def plays(here: Installation, position: Position) -> None:
    ordinary = served(here, clients(here, *KINDS))
    play = position.play(here, ordinary.players.values(), lambda _: None)
    play.run()
    account = final_account(here, play)
    assert account["ok"], account
    if isinstance(play, Renamed):
        assert play.was_renamed
        assert f"Портал переехал на адрес http://{new_host(here.sandbox_url)}" in here.qc("doctor").out

"""/api/scenarios: tried, lived through once more, moved, taken back and written, as by the buttons."""

from pathlib import Path

import pytest

from qc_engine.store.database import Database
from qc_engine.web.console.policy import Scope
from qc_engine.wiring import Installation
from tests.browser import until
from tests.flow.fakes import BRANCH
from tests.web.console.shop import STRICTER, THANKS, WHY, Shop, opened, portal_was_read
from tests.web.console.test_calls import Machine, told
from tests.web.console.test_scenarios_past import bench_of, lived, phone
from tests.web.console.test_scenarios_upkeep import asked, says

ONE = "/api/scenarios/main/small"
ALL = (Scope.SCENARIOS, Scope.SCENARIO_ACTS, Scope.SCENARIO_CASES)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    portal_was_read(monkeypatch)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


def test_a_candidate_is_tried_and_promoted(shop: Shop) -> None:
    machine, version = Machine(shop.house, *ALL), shop.kept(THANKS)
    seen = told(machine.get(ONE))["seen"]
    body = {"version": version, "mode": "share", "share": 12.5, "stop_if": {"undelivered": 5}, "seen": seen,
            "reason": WHY}  # fmt: skip
    wrong: list[tuple[dict[str, object], int]] = [
        ({"reason": " "}, 422), ({"share": 0}, 422), ({"share": 1e-9}, 422), ({"mode": "all"}, 400),
        ({"stop_if": {"beauty": 1}}, 422), ({"mode": "branches"}, 422), ({"seen": "x"}, 409),
        ({"mode": "branches", "branches": [BRANCH.name, "Чужой"]}, 422), ({"version": "feed0000"}, 409),
    ]  # fmt: skip
    for change, status in wrong:
        told(machine.post(f"{ONE}/try", {**body, **change}), status)
    told(machine.post(f"{ONE}/try", body))
    told(machine.post(f"{ONE}/try", body), 409)  # the same once more: it stands otherwise by now
    one = told(machine.get(ONE))["candidate"]
    assert (one["version"], one["mode"], one["share"], one["stop_if"]) == (
        version,
        "ramp",
        12.5,
        ["undelivered > 5%"],
    )
    told(machine.post(f"{ONE}/promote", {"version": shop.row.file_version, "reason": WHY}), 409)
    told(machine.post(f"{ONE}/promote", {"version": version, "reason": WHY}))
    assert shop.row.version == version
    assert [one[1] for one in shop.audit()[1:]] == ["scenario.ramp", "scenario.promote"]


def test_what_a_silent_one_would_have_done(shop: Shop) -> None:
    machine, version = Machine(shop.house, *ALL), shop.kept(THANKS)
    told(machine.get(f"{ONE}/beside"), 404)
    body = {"version": version, "mode": "shadow", "seen": told(machine.get(ONE))["seen"], "reason": WHY}
    told(machine.post(f"{ONE}/try", body))
    assert told(machine.get(f"{ONE}/beside"))["candidate"] == version
    assert told(machine.get(f"{ONE}/beside?version={version}"))["cases"] == 0


def test_the_past_is_lived_once_more(shop: Shop) -> None:
    lived(shop, d1="8", d2="3")
    machine, version = Machine(shop.house, *ALL), shop.kept(STRICTER)
    told(machine.post(f"{ONE}/past", {"text": "scenario: \ud800"}), 400)
    assert "small.yaml:" in told(machine.post(f"{ONE}/past", {"text": "not a scenario"}), 409)["detail"]
    begun = told(machine.post(f"{ONE}/past", {"version": version, "days": 30}), 202)
    path = f"{ONE}/past/{begun['id']}"
    until(lambda: bench_of(shop).under_way() is None)
    one = told(machine.get(path))
    assert (one["state"], one["done"], one["report"]["changed"], len(one["report"]["people"])) == (
        "done",
        2,
        1,
        1,
    )
    case_id = one["report"]["people"][0]["case_id"]
    assert told(machine.get(f"{path}/{case_id}"))["new"]["entries"]
    assert phone(1) not in str(one)
    only = Machine(shop.house, Scope.SCENARIOS)
    assert told(only.get(path))["report"]["people"] == [], "figures alone"
    told(machine.post(path, {"do": "cancel"}))
    for strange in ("NOBODY22", "x" * 40):
        told(machine.get(f"{ONE}/past/{strange}"), 404)


def test_running_cases_are_moved_and_deeds_taken_back(shop: Shop) -> None:
    asked(shop, 1, 2)
    says(shop, 2, "3")
    machine, version = Machine(shop.house, *ALL), shop.kept(THANKS)
    movable = told(machine.get(f"{ONE}/migrate?version={version}"))
    assert (movable["to"], movable["can"]) == (version, len(movable["cases"]))
    body = {"version": version, "reason": WHY}
    told(machine.post(f"{ONE}/migrate", {**body, "reason": ""}), 422)
    assert str(movable["can"]) in told(machine.post(f"{ONE}/migrate", body))["said"]
    told(machine.post(f"{ONE}/migrate", body), 409)
    assert told(machine.get(f"{ONE}/did?hours=2"))["did"]["moves"] == 2
    plan = told(machine.get(f"{ONE}/undo"))
    undo = {"seen": plan["seen"], "reason": WHY}
    assert (plan["moves"], plan["tasks"]) == (2, 1)
    told(machine.post(f"{ONE}/undo", undo), 409)  # it goes on
    told(machine.post(f"{ONE}/acts", {"do": "freeze", "reason": WHY}))
    told(machine.post(f"{ONE}/undo", undo))
    told(machine.post(f"{ONE}/undo", undo), 409)
    told(machine.get(f"{ONE}/undo?hours=3"), 400)
    assert [what for what, *_ in shop.log[-2:]] == ["frozen", "undone"]


def test_texts_are_compared_kept_and_written(shop: Shop) -> None:
    machine, file = Machine(shop.house, *ALL), f"{ONE}/file"
    draft = told(machine.get(file))
    assert (draft["file"], draft["text"]) == ("small.yaml", shop.text)
    text = shop.text.replace(*THANKS)
    kept = told(machine.post(f"{ONE}/versions", {"text": text, "reason": WHY}))["version"]
    assert shop.row.version != kept
    told(machine.post(f"{ONE}/versions", {"text": text, "reason": WHY}), 409)
    compared = told(machine.get(f"{ONE}/compare?after={kept}"))
    assert (bool(compared["words"]), any(THANKS[1] in line for line in compared["lines"])) == (True, True)
    save = {"text": text, "stamp": draft["stamp"], "reason": WHY}
    told(machine.post(file, {**save, "text": shop.text.replace(*STRICTER)}), 409)  # its tests
    told(machine.post(file, save))
    assert (shop.row.version, shop.text) == (kept, text)
    assert "Somebody else" in told(machine.post(file, save), 409)["detail"]

"""/api/scenarios: the same conditions as on the page, and the same line in the log and in the audit."""

from pathlib import Path

import pytest

from qc_engine.store.database import Database
from qc_engine.web.console.policy import Place, Scope
from qc_engine.wiring import Installation
from tests.flow.fakes import BRANCH
from tests.web.console.shop import BROKEN, STRICTER, THANKS, WHY, Shop, opened
from tests.web.console.test_calls import Machine, told

ONE = "/api/scenarios/main/small"


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def machine(shop: Shop) -> Machine:
    return Machine(shop.house, Scope.SCENARIOS, Scope.SCENARIO_ACTS)


def test_how_it_stands(shop: Shop, machine: Machine) -> None:
    waiting = shop.edit(THANKS)
    (one,) = told(machine.get("/api/scenarios"))["scenarios"]
    assert (one["name"], one["state"], one["version"], one["waiting"]) == (
        "small",
        "active",
        shop.row.version,
        waiting,
    )
    whole = told(machine.get(ONE))
    assert {row["version"] for row in whole["kept"]} == {shop.row.version, waiting}
    assert whole["log"][-1]["what"] == "activated"
    assert THANKS[0] in told(machine.get(f"{ONE}/text"))["text"]
    assert THANKS[1] in told(machine.get(f"{ONE}/text?version={waiting}"))["text"]
    for path in (f"{ONE}/text?version=nothing", f"{ONE}/text?version=..", "/api/scenarios/main/other"):
        told(machine.get(path), 404)


def test_put_in_force_what_was_played(shop: Shop, machine: Machine) -> None:
    shop.edit(THANKS)
    played = told(machine.post(f"{ONE}/tests", {"version": "file"}))
    assert (played["is_fine"], [one["fault"] for one in played["tests"]]) == (True, [None, None])
    body = {"version": played["version"], "of_file": True, "reason": WHY}
    told(machine.post(f"{ONE}/activate", {**body, "reason": " "}), 422)
    told(machine.post(f"{ONE}/activate", {**body, "version": "another"}), 409)
    told(machine.post(f"{ONE}/activate", body))
    assert shop.row.version == played["version"]
    assert shop.log[-1] == ("activated", "Касса", WHY)
    assert ("Касса", "scenario.activate", "scenario:main:small") in shop.audit()


def test_not_with_a_test_that_does_not_hold(shop: Shop, machine: Machine) -> None:
    before, version = shop.row.version, shop.edit(STRICTER)
    played = told(machine.post(f"{ONE}/tests", {"version": "file"}))
    assert (played["is_fine"], sum(one["fault"] is not None for one in played["tests"])) == (False, 1)
    body = {"version": version, "of_file": True, "reason": WHY}
    refused = told(machine.post(f"{ONE}/activate", body), 409)
    assert "small" in refused["detail"]
    assert shop.row.version == before


def test_a_text_is_checked_and_nothing_is_kept(shop: Shop, machine: Machine) -> None:
    before = shop.audit()
    assert told(machine.post(f"{ONE}/check", {"text": shop.text})) == {"faults": []}
    (fault,) = told(machine.post(f"{ONE}/check", {"text": shop.text.replace(*BROKEN)}))["faults"]
    assert (Path(fault["file"]).name, fault["line"] > 1, "average_at_leest" in fault["text"]) == (
        "small.yaml",
        True,
        True,
    )
    told(machine.post(f"{ONE}/check", {"text": "x" * 800_000}), 413)
    assert shop.audit() == before


def test_stands_still_and_goes_on(shop: Shop, machine: Machine) -> None:
    for do, status in (
        ("pause", 200),
        ("pause", 409),
        ("resume", 200),
        ("freeze", 200),
        ("thaw", 200),
        ("stop", 409),
    ):
        told(machine.post(f"{ONE}/acts", {"do": do, "reason": WHY}), status)
    told(machine.post(f"{ONE}/acts", {"do": "pause", "reason": ""}), 422)
    told(machine.post(f"{ONE}/acts", {"do": "dance", "reason": WHY}), 400)
    assert [what for what, *_ in shop.log[-4:]] == ["paused", "resumed", "frozen", "thawed"]


def test_a_token_of_a_branch_sees_no_figures(shop: Shop) -> None:
    bound = Machine(shop.house, Scope.SCENARIOS, branches=(Place("main", BRANCH.name),))
    assert told(bound.get(ONE))["cases"] is None
    assert told(Machine(shop.house, Scope.SCENARIOS).get(ONE))["cases"] == []
    told(bound.post(f"{ONE}/acts", {"do": "pause", "reason": WHY}), 403)

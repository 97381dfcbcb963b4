"""The demo as a visitor's machine runs it: two real processes, real HTTP, outcomes read back from the CRM."""

from pathlib import Path

import pytest

from sandbox.demo.company import ScenarioChanged, through_channels
from sandbox.demo.headless import NOON, play_cast
from sandbox.demo.people import CAST
from sandbox.demo.stage import Plan, stage

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(240)


def plan(folder: Path, **changes: object) -> Plan:
    return Plan(folder, start=NOON, tick="0.1 s", poll="0.3 s", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("events", [True, False], ids=["with events", "polling alone"])
def test_the_whole_cast(tmp_path: Path, events: bool) -> None:
    with stage(plan(tmp_path, events=events)) as up:
        result = play_cast(up)
    assert [row["wrong"] for row in result["results"] if row["wrong"]] == []
    assert result["ok"]
    assert result["clients"] == len(CAST) == 17
    assert result["rejected_503"] == 0
    log = (tmp_path / "engine.log").read_text("utf-8")
    assert '"level": "error"' not in log
    assert "7701555" not in log


def test_the_shipped_scenario_by_every_channel() -> None:
    """The customer's own file stays as it is; the demo only puts lines in."""
    shipped = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
    assert "telegram" not in shipped
    more = through_channels(shipped).splitlines()
    assert [line for line in more if line in shipped.splitlines()] == shipped.splitlines()
    assert "  channels: [chat2desk, telegram, max, sms]" in more


def test_a_scenario_without_those_lines_is_refused() -> None:
    with pytest.raises(ScenarioChanged, match="contact"):
        through_channels("scenario: another\n")


def test_a_stop_is_orderly(tmp_path: Path) -> None:
    """SIGTERM: what is under way is finished, then the engine ends with 0 and says so."""
    with stage(plan(tmp_path)) as up:
        engine = up.processes["engine"]
        engine.terminate()
        assert engine.wait(20) == 0
    assert '"event": "stopped"' in (tmp_path / "engine.log").read_text("utf-8").splitlines()[-1]


def test_the_account_sees_a_wrong_outcome(tmp_path: Path) -> None:
    """With another threshold in the scenario the same cast is not as expected."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    text = (ROOT / "scenarios" / "tyre_centre.yaml").read_text("utf-8")
    changed = text.replace("average_at_least: 8", "average_at_least: 9").replace(
        "average_below: 8", "average_below: 9"
    )
    (scenarios / "tyre_centre.yaml").write_text(changed, "utf-8")
    with stage(plan(tmp_path, scenarios=scenarios)) as up:
        result = play_cast(up)
    assert not result["ok"]
    assert [row["kind"] for row in result["results"] if not row["as_expected"]] == [
        "on the threshold",
        "unclear answer",
    ]

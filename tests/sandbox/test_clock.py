"""The sandbox's time: jumps, speed, the shared file, and waiting."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import SandboxClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_without_anything_it_is_the_machines_time() -> None:
    assert abs(SandboxClock().now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_a_jump_moves_it_and_the_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = SandboxClock(path, START)
    clock.jump(86_400)
    assert timedelta(days=1) <= clock.now() - START < timedelta(days=1, seconds=1)
    shared = json.loads(path.read_text(encoding="utf-8"))
    assert shared["virtual"] == pytest.approx(START.timestamp() + 86_400, abs=1)
    assert shared["rate"] == 1.0


def test_every_change_gives_the_file_another_time(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = SandboxClock(path, START)
    stamps = {path.stat().st_mtime_ns}
    for _ in range(5):
        clock.jump(1)
        stamps.add(path.stat().st_mtime_ns)
    assert len(stamps) == 6


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_time_runs_forward_only(rate: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        SandboxClock().set_rate(rate)


def test_a_faster_clock_wakes_sooner() -> None:
    async def story() -> float:
        clock = SandboxClock(start=START)
        clock.set_rate(1000)
        began = asyncio.get_running_loop().time()
        await clock.sleep(20)
        return asyncio.get_running_loop().time() - began

    assert 0.01 < asyncio.run(story()) < 2


def test_a_jump_wakes_sleepers_in_the_order_of_their_time() -> None:
    async def story() -> list[str]:
        clock, woken = SandboxClock(start=START), list[str]()
        clock.call_later(7200, lambda: woken.append("two hours"))
        clock.call_later(3600, lambda: woken.append("one hour"))
        clock.call_later(90_000, lambda: woken.append("tomorrow"))
        clock.jump(10_000)
        await clock.sleep(0)
        return woken

    assert asyncio.run(story()) == ["one hour", "two hours"]


def test_time_that_slows_down_goes_back_for_nobody(tmp_path: Path) -> None:
    """Another process that reads the file a moment late was at the old rate until then."""
    clock = SandboxClock(tmp_path / "clock.json")
    clock.set_rate(1000)
    late = json.loads((tmp_path / "clock.json").read_text())
    clock.set_rate(0.5)
    read_at = time.time()
    assert clock.timestamp() >= late["virtual"] + (read_at - late["real"]) * late["rate"]

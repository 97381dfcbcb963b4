"""The arithmetic of both limits."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.limits import Bucket, Operating
from sandbox.bitrix24.portal import Portal

from .conftest import StillClock


@pytest.mark.parametrize(("plan", "burst", "per_second"), [("standard", 50, 2), ("enterprise", 250, 5)])
def test_a_full_bucket_leaks_at_its_pace(plan: str, burst: int, per_second: int) -> None:
    bucket = Bucket()
    assert sum(bucket.admit("a", 100.0, plan) for _ in range(burst + 20)) == burst
    assert sum(bucket.admit("a", 101.0, plan) for _ in range(20)) == per_second
    assert sum(bucket.admit("a", 111.0, plan) for _ in range(100)) == 10 * per_second
    assert bucket.highest == burst


def test_each_source_has_its_own_bucket_and_a_box_has_none() -> None:
    bucket = Bucket()
    for _ in range(50):
        bucket.admit("a", 0.0, "standard")
    assert not bucket.admit("a", 0.0, "standard")
    assert bucket.admit("b", 0.0, "standard")
    assert all(bucket.admit("a", 0.0, "off") for _ in range(100))


def test_rejected_requests_may_fill_the_bucket_too() -> None:
    bucket = Bucket()
    for _ in range(60):
        bucket.admit("a", 0.0, "standard", rejected_counts=True)
    assert not bucket.admit("a", 5.0, "standard", rejected_counts=True)  # 60 - 10 = 50, still full
    assert bucket.admit("a", 6.0, "standard", rejected_counts=True)


def test_run_time_falls_out_after_ten_minutes() -> None:
    account = Operating()
    account.spend("m", 100.0, 1000.0)
    account.spend("m", 50.0, 1059.0)
    account.spend("m", 5.0, 1060.0)
    assert account.used("m", 1100.0) == 155.0
    assert account.reset_at("m", 1100.0) == 1600
    assert account.used("m", 1600.0) == 5.0
    assert account.reset_at("m", 1600.0) == 1660
    assert account.used("other", 1100.0) == 0.0


def test_the_call_that_crosses_the_limit_still_completes(
    portal: Portal, call: Callable[..., Any], clock: StillClock
) -> None:
    portal.switches.set("operating_costs", {"server.time": 300.0})
    call("server.time")
    call("server.time")
    with pytest.raises(Say) as no:
        call("server.time")
    assert (no.value.status, no.value.code) == (429, "OPERATION_TIME_LIMIT")
    call("profile")
    clock.wait(600)
    call("server.time")
    assert portal.ledger.rejected_429 == 1

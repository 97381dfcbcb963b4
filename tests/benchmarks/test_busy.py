"""The benchmark with everything going on at once: its arithmetic, and a small run of the whole."""

from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import redirect, redirect_busy
from benchmarks.open_loop import Hit, fire, planned, quantile, spread
from benchmarks.redirect_load import wait_for
from benchmarks.redirect_servers import fill


@pytest.mark.parametrize(("part", "value"), [(0.5, 50), (0.99, 99), (0.999, 100), (1.0, 100), (0.001, 1)])
def test_quantiles(part: float, value: int) -> None:
    assert quantile(range(1, 101), part) == value


def test_a_request_that_left_late_was_slow() -> None:
    hits = [Hit("click", 0, 0.020, 0.019, 302, True), Hit("click", 1, 0.002, 0, 302, True)]
    found = spread(hits)
    assert (found["longest"], found["sent late, p99"], found["bad"]) == (20, 19, 0)


def test_strangers_come_at_random_moments_as_often_as_was_planned() -> None:
    shots = planned("click", [b"x"] * 5000, 302, 500, 1)
    assert shots == planned("click", [b"x"] * 5000, 302, 500, 1)
    assert 9 < shots[-1].at < 11
    assert any(later.at - one.at > 0.008 for one, later in pairwise(shots))


def test_nobody_waits_for_an_answer_to_ask(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ours.db"
    fill(url)
    server = redirect.start("ours", url)
    try:
        wait_for(server)
        asked = [redirect.visits().make(number) for number in range(60)]
        hits = fire(
            server.port, planned("click", [*asked, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"], 302, 200, 1)
        )
    finally:
        server.process.kill()
        server.process.wait()
    assert [one.status for one in hits] == [302] * 60 + [404]
    assert spread(hits)["bad"] == 1
    assert all(one.seconds > one.late for one in hits)


@pytest.mark.slow
def test_everything_at_once_and_no_click_is_lost(tmp_path: Path) -> None:
    """The running product: cases due, the portal gone, webhooks, clicks; a figure is no matter here."""
    size = redirect_busy.Size(cases=600, idle_seconds=1, busy_seconds=3)
    found = redirect_busy.measure(size, redirect.visits().make, str(tmp_path))
    assert found["clicks not stored"] == 0
    assert found["busy"]["bad"] == found["idle"]["bad"] == found["busy, webhooks"]["bad"] == 0
    beside = found["beside them"]
    assert beside["cases woken"] > 0
    assert beside["events handled"] > 0
    assert beside["quarantined"] == 0

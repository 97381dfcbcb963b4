"""The benchmarks of the hot doors: their arithmetic, and one short run through their servers."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from benchmarks import hooks, redirect, redirect_kill
from benchmarks.redirect_load import (
    Requests,
    Server,
    Slice,
    cpu_ratio,
    flush_ms,
    one_slice,
    ratio,
    verdict,
    wait_for,
)
from benchmarks.redirect_servers import LINKS, fill

# Short, because a figure is no matter here: that every answer is right is.
SECONDS = 1.0


def test_the_ratio_is_the_median_of_each_rounds_own() -> None:
    rounds = [
        {"ours": Slice(ours, 1, 30), "bare": Slice(bare, 1, 15)}
        for ours, bare in [(50, 100), (10, 100), (30, 50)]
    ]
    assert ratio(rounds, "ours", "bare") == 0.5
    assert cpu_ratio(rounds, "ours", "bare") == 2


@pytest.mark.parametrize(
    ("value", "gate", "aim", "less_is_better", "reached"),
    [
        (0.6, 0.35, 0.55, False, "aim"),
        (0.4, 0.35, 0.55, False, "gate"),
        (0.3, 0.35, 0.55, False, "MISSED"),
        (1.7, 2.5, 1.7, True, "aim"),
        (2.0, 2.5, 1.7, True, "gate"),
        (2.6, 2.5, 1.7, True, "MISSED"),
        (1, 0, 0, True, "MISSED"),
        (0, 0, 0, True, "aim"),
    ],
)
def test_what_was_reached(value: float, gate: float, aim: float, less_is_better: bool, reached: str) -> None:
    assert verdict(value, gate, aim, less_is_better=less_is_better) == reached


def test_a_visitor_asks_like_a_browser() -> None:
    asked = redirect.visits().make(LINKS + 7).decode()
    assert asked.startswith(f"GET /r/{7:022d} HTTP/1.1\r\n")
    assert "Accept-Language: ru-RU" in asked
    assert "X-Forwarded-For: 10.0.0.7\r\n" in asked


def test_one_message_in_ten_comes_twice() -> None:
    asked = hooks.posts("/hooks/json/x", "application/json", hooks._json_body(), 1)
    bodies = [asked.make(number).partition(b"\r\n\r\n")[2] for number in range(20)]
    assert [len(body) for body in bodies] == [hooks.BODY_BYTES] * 20
    assert len({json.loads(body)["message_id"] for body in bodies}) == 18


def test_a_flush_takes_time(tmp_path: Path) -> None:
    assert flush_ms(tmp_path, 3) >= 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def served(tmp_path: Path) -> Server:
    url = f"sqlite:///{tmp_path}/ours.db"
    fill(url)
    return redirect.start("ours", url)


def load(server: Server, requests: Requests) -> Slice:
    try:
        wait_for(server)
        return one_slice(server, requests, 8, SECONDS)
    finally:
        server.process.kill()
        server.process.wait()


@pytest.mark.parametrize("has_wrk", [True, False])
def test_every_visitor_of_the_benchmark_is_sent_on(
    served: Server, has_wrk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both generators; anything but a 302 would end the run: no visitor may look like a machine."""
    if not has_wrk:
        monkeypatch.setattr("benchmarks.redirect_load.shutil.which", lambda _: None)
    found = load(served, redirect.visits())
    assert found.requests > 50
    assert found.rate > 0


def test_a_wrong_answer_ends_the_run(served: Server) -> None:
    wrong = Server(served.name, served.port, served.process, 200)
    with pytest.raises(SystemExit):
        load(wrong, redirect.visits())


@pytest.mark.parametrize(
    ("kind", "name"), [("echo", "echo"), ("ours", "ours"), ("ours", "form"), ("naive", "naive")]
)
def test_every_webhook_of_the_benchmark_is_taken(tmp_path: Path, kind: str, name: str) -> None:
    server = hooks._start(kind, str(tmp_path))
    assert load(server, hooks._asked_of_each()[name]).requests > 5
    assert subprocess.Popen.poll(server.process) is not None


def test_killed_twice_and_nothing_that_was_answered_is_missing(tmp_path: Path) -> None:
    told: list[str] = []
    found = redirect_kill.kills(2, random.Random(3), told.append, str(tmp_path))
    assert [one["missing"] for one in found] == [0, 0]
    assert sum(one["answered"] for one in found) > 20
    assert len(told) == 2
